/** A word of warning before an account runs out, while something can still be done; pure. */
import { formatAmount } from '../../shared/amount.js'
import { visible } from '../../shared/command.js'
import { counted } from '../../shared/words.js'

/** What is known of an account; amounts in millionths. */
export interface Funds {
  readonly currency: string
  readonly spendable: bigint
  /** Pieces that are missing and may have to be bought again, and what they would cost. */
  readonly lost: { readonly pieces: number; readonly cost: bigint }
  /** Spent in the last seven days, and since midnight. */
  readonly week: bigint
  readonly today: bigint
  /** The cap of a day, and the amount below which a person wants to hear of it. */
  readonly dayCap: bigint | undefined
  readonly low: bigint | undefined
}

/** A warning comes when the pace of the last week leaves less than so many days. */
const DAYS_LEFT = 3n
const WEEK_DAYS = 7n
/** Part of a day's cap, in tenths, from which on it is worth a word. */
const CAP_TENTHS = 8n
const PAY_IN = 'pay in with the provider (floodgate redeem)'

/** What to be told of an account before it is empty; the most pressing thing alone. */
export function fundsWarning(funds: Funds): string | undefined {
  const { dayCap, lost, low, spendable, today, week } = funds
  const money = (value: bigint): string => `${formatAmount(value)} ${visible(funds.currency)}`
  const holds = `the account holds ${money(spendable)}`
  if (lost.cost > spendable) {
    const what = counted(lost.pieces, 'lost piece')
    return `${holds}, and ${what} may cost ${money(lost.cost)}: ${PAY_IN}`
  }
  if (low !== undefined && spendable < low) {
    return `${holds}, less than the ${money(low)} of low-funds: ${PAY_IN}`
  }
  if (week > 0n && spendable * WEEK_DAYS < week * DAYS_LEFT) {
    const hours = (spendable * WEEK_DAYS * 24n) / week
    const left = hours < 48n ? `${hours} hours` : `${hours / 24n} days`
    return `${holds}: at the pace of the last week that is ${left}; ${PAY_IN}`
  }
  if (dayCap === undefined || dayCap === 0n || today * 10n < dayCap * CAP_TENTHS) return undefined
  return `${money(today)} of the ${money(dayCap)} that cap-day allows are spent today`
}
