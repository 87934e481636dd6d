/** Money spent and earned, by provider: the moneys of two providers are never added up; pure. */
import { formatAmount } from '../../shared/amount.js'
import { visible } from '../../shared/command.js'

/** What was spent and earned with one provider; amounts in millionths. */
export interface Money {
  /** The provider's fingerprint. */
  readonly provider: string
  readonly currency: string
  readonly spent: bigint
  readonly earned: bigint
}

/** One row for each provider, in the order in which they come first. */
export function sumMoney(rows: readonly Money[]): Money[] {
  const sums = new Map<string, Money>()
  for (const row of rows) {
    const { earned, spent } = sums.get(row.provider) ?? { earned: 0n, spent: 0n }
    sums.set(row.provider, { ...row, spent: spent + row.spent, earned: earned + row.earned })
  }
  return [...sums.values()]
}

/** `spent 2.00  earned 0.01`; with several providers each with the name of its money. */
export function moneyText(rows: readonly Money[]): string {
  const [first, ...others] = sumMoney(rows)
  const amounts = first ?? { spent: 0n, earned: 0n }
  if (others.length === 0 || first === undefined) {
    return `spent ${formatAmount(amounts.spent)}  earned ${formatAmount(amounts.earned)}`
  }
  const list = (of: (row: Money) => bigint): string =>
    [first, ...others].map((row) => `${formatAmount(of(row))} ${visible(row.currency)}`).join(' + ')
  return `spent ${list(({ spent }) => spent)}  earned ${list(({ earned }) => earned)}`
}

/** The same for a program: two amounts, or a list of accounts with several providers. */
export function moneyFields(rows: readonly Money[]): Readonly<Record<string, unknown>> {
  const accounts = sumMoney(rows)
  if (accounts.length > 1) return { accounts }
  return { spent: accounts[0]?.spent ?? 0n, earned: accounts[0]?.earned ?? 0n }
}
