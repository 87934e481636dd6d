/**
 * Caps: how much money may be spent on one content, and in one day; no consent and no --yes goes
 * beyond them.
 *
 * They hold for each provider by itself, whose currency they are in, and count what the wallet
 * knows (client/pay/wallet/spending.ts), so no restart forgets them. They are looked up when money
 * is about to be ordered: what config.toml says then holds, not what it said when a daemon began.
 */
import { type Amount, formatAmount, parseAmount } from '../shared/amount.js'
import { type Options, stringOption, type Values, visible } from '../shared/command.js'
import { type Refusal, refuse, refused } from '../shared/errors.js'
import { type Found, withSettings } from '../shared/settings.js'
import { formatMoment } from '../shared/words.js'
import { nextMidnightOf, type Spent } from './pay/wallet/spending.js'

/** What may be spent at most, millionths; undefined is no cap. */
export interface Caps {
  /** On one content, pieces that are bought alone included, over all time. */
  readonly download: Amount | undefined
  /** Since midnight UTC, with one provider. */
  readonly day: Amount | undefined
  /** No cap: an account that holds less is worth a warning. */
  readonly low: Amount | undefined
}

/** Options of verbs that spend. */
export const CAP_OPTIONS = {
  'cap-download': {
    type: 'string',
    value: 'AMOUNT',
    help: 'never pay more than this for one content, lost pieces included',
  },
  'cap-day': {
    type: 'string',
    value: 'AMOUNT',
    help: 'never pay more than this in one day (UTC) to one provider',
  },
} as const satisfies Options

/** Names under which caps stand in the settings. */
export const CAP_NAMES = ['cap-download', 'cap-day', 'low-funds'] as const
type CapName = (typeof CAP_NAMES)[number]
const SETTLED = Object.fromEntries(CAP_NAMES.map((name) => [name, true]))

/** Reads caps as they are written; refuses as usage. */
export function readCaps(values: Values): Caps | Refusal {
  const download = capOption(values, 'cap-download')
  if (refused(download)) return download
  const day = capOption(values, 'cap-day')
  if (refused(day)) return day
  const low = capOption(values, 'low-funds')
  return refused(low) ? low : { download, day, low }
}

function capOption(values: Values, name: CapName): Amount | undefined | Refusal {
  const text = stringOption(values, name)
  if (text === undefined) return undefined
  const parsed = parseAmount(text)
  return refused(parsed) ? refuse('usage', `--${name}: ${parsed.message}`) : parsed
}

/** What is about to be paid. */
export interface Payment {
  readonly price: bigint
  readonly currency: string
  /** The tracker's time. */
  readonly time: number
}

/** Why a payment may not be made after what was spent; undefined when it may. */
export function capProblem(caps: Caps, spent: Spent, payment: Payment): Refusal | undefined {
  const { currency, price, time } = payment
  const money = (value: bigint): string => `${formatAmount(value)} ${visible(currency)}`
  const [content, day] = [spent.content + price, spent.day + price]
  if (caps.download !== undefined && content > caps.download) {
    const before = spent.content === 0n ? '' : `, with ${money(spent.content)} paid before`
    return refuse(
      'over-cap',
      `not bought: it costs ${money(price)}${before}, and cap-download allows ` +
        `${money(caps.download)} for one content; raise it to ${formatAmount(content)} to buy`,
    )
  }
  if (caps.day === undefined || day <= caps.day) return undefined
  return refuse(
    'over-cap',
    `not bought: ${money(spent.day)} of ${money(caps.day)} that cap-day allows are spent today, ` +
      `and it costs ${money(price)}; raise the cap to ${formatAmount(day)}, or buy it after ` +
      formatMoment(nextMidnightOf(time)),
  )
}

/** The caps of a command line, else those of the home's settings. Refusals: usage, not-readable. */
export function capsOf(
  values: Values,
  settings: ReadonlyMap<string, Found> | Refusal,
): Caps | Refusal {
  return refused(settings) ? settings : readCaps(withSettings(values, settings, SETTLED))
}

/** The caps of a command line, else those of whoever runs it for another; refuses as either. */
export function capsOver(values: Values, holder: Caps | Refusal): Caps | Refusal {
  const own = readCaps(values)
  if (refused(own) || refused(holder)) return refused(own) ? own : holder
  return {
    download: own.download ?? holder.download,
    day: own.day ?? holder.day,
    low: own.low ?? holder.low,
  }
}
