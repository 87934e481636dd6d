/**
 * What a person agrees to before money moves: the whole cost, what the account holds, the terms.
 *
 * Nothing here buys; whoever orders (purchase.ts) asks here first. Enter alone is a no.
 */
import { type Amount, formatAmount } from '../../shared/amount.js'
import { fail, type Report, visible } from '../../shared/command.js'
import { must, type Refusal, refuse, refused } from '../../shared/errors.js'
import type { PieceIndex } from '../../shared/identifier.js'
import { capProblem } from '../caps.js'
import type { Customer } from '../customer.js'
import { DAY_MS } from '../pay/wallet/spending.js'
import { termsFields, termsLines } from '../ui/terms.js'
import type { PaidContent } from './content.js'
import { fundsWarning } from './funds.js'

/** How a purchase is confirmed. */
export interface Consent {
  /** `--yes` was given. */
  readonly yes: boolean
  /** The price that a person agreed to elsewhere, as in a dialog: this one and no other is paid. */
  readonly agreed?: bigint
  /** Where the price is shown. */
  readonly report: Report
  /** What else to know about the price. */
  readonly note?: string
}

/** What is asked for: the price, the words before it, and which pieces when not the whole. */
export interface Offered {
  readonly price: Amount
  readonly offer: string
  readonly only: readonly PieceIndex[] | undefined
}

/** Shows the terms on which a whole content is sold, before anything is agreed. */
export function showTerms(
  { report }: Pick<Consent, 'report'>,
  { metainfo: { cid }, terms }: PaidContent,
): void {
  report.event({ event: 'terms', cid, ...termsFields(terms) })
  for (const line of termsLines(terms)) report.line(line)
}

/**
 * Shows the cost and takes the answer. Fails as over-cap and insufficient-funds before anybody is
 * asked, not-confirmed, interrupted, terms-changed when another price was agreed to, and as the
 * account's call does.
 *
 * Where a yes was given before, the tracker says itself that there is too little money: it knows of
 * purchases that a wallet from a backup has forgotten, and gives those again free of charge.
 */
export async function confirm(
  customer: Customer,
  content: PaidContent,
  { agreed, note, report, yes }: Consent,
  offered: Offered,
): Promise<void> {
  const { metainfo, provider } = content
  const { cid } = metainfo
  const { offer, only, price } = offered
  const { currency, name: seller } = provider.row
  const { spendable } = must(await provider.call('account', {})).body
  const cost = `${formatAmount(price)} ${visible(currency)}`
  const held = `${formatAmount(spendable)} ${visible(currency)}`
  const more = note === undefined ? '' : `; ${note}`
  const what = { price, spendable, currency, ...(only && { pieces: only.length }) }
  report.event(
    { event: 'offer', cid, ...what },
    `${offer} ${cost}; your account with ${visible(seller)} holds ${held}${more}`,
  )
  const problem = capProblemOf(customer, content, offered)
  if (problem !== undefined) must(problem)
  warnOf(customer, content, report, spendable - price, price)
  if (agreed !== undefined && agreed !== price) {
    fail('terms-changed', `not bought: it costs ${cost} now, not the price that was agreed to`)
  }
  if (yes || agreed !== undefined) return
  const poor = fundsProblem(customer, content, offered, spendable)
  if (poor !== undefined) fail(poor.code, `not bought: ${poor.message}`)
  const { interactive } = customer.terminal
  if (!interactive || report.json) fail('not-confirmed', `not bought: add --yes to pay ${cost}`)
  const answer = await customer.terminal.ask(`Pay ${cost}? [y/N] `, customer.stop)
  if (answer === undefined) fail('interrupted', 'stopped before anything was bought')
  if (!/^y(es)?$/i.test(answer)) fail('not-confirmed', 'not bought')
}

/**
 * Which cap a purchase would pass, so that nobody is asked for what is refused anyway; what counts
 * is looked at once more when it is ordered. Refuses as over-cap, usage, not-readable.
 */
export function capProblemOf(
  { caps, wallet }: Customer,
  { metainfo, provider }: PaidContent,
  { only, price }: Omit<Offered, 'offer'>,
): Refusal | undefined {
  const { currency, fingerprint } = provider.row
  const time = provider.trackerNow()
  const ordered = { fingerprint, cid: metainfo.cid, ...(only && { only }) }
  const allowed = caps()
  if (refused(allowed)) return allowed
  return capProblem(allowed, wallet.grants.spent(ordered, time), { price, currency, time })
}

/**
 * What is missing in money; refuses as insufficient-funds. An order whose answer got lost may have
 * been paid: whoever asks for it again needs no money.
 */
export function fundsProblem(
  { wallet }: Customer,
  { metainfo, provider }: PaidContent,
  { only, price }: Omit<Offered, 'offer'>,
  spendable: bigint,
): Refusal | undefined {
  const { currency, fingerprint } = provider.row
  const ordered = { fingerprint, cid: metainfo.cid, ...(only && { only }) }
  if (spendable >= price || wallet.grants.isUnderWay(ordered)) return undefined
  const missing = `${formatAmount(price - spendable)} ${visible(currency)} are missing`
  const sums = `it costs ${formatAmount(price)}, your account holds ${formatAmount(spendable)}`
  return refuse('insufficient-funds', `${missing}: ${sums}`)
}

/** Says that the account would run low by this purchase, where it would. */
function warnOf(
  { caps, wallet }: Customer,
  { provider }: PaidContent,
  report: Report,
  left: bigint,
  price: bigint,
): void {
  const { currency, fingerprint } = provider.row
  const now = provider.trackerNow()
  const { low } = must(caps())
  const week = wallet.summary.spentSince(fingerprint, now - 7 * DAY_MS) + price
  const rest = { today: 0n, dayCap: undefined, lost: { pieces: 0, cost: 0n } }
  const message =
    left < 0n ? undefined : fundsWarning({ currency, spendable: left, week, low, ...rest })
  if (message !== undefined) report.event({ event: 'low-funds', message }, `afterwards ${message}`)
}
