/** `payout`: asks the provider for money of the account; without an amount, how payouts stand. */
import { type Amount, formatAmount, parseSum } from '../../shared/amount.js'
import {
  fail,
  type Input,
  type Report,
  stringOption,
  type Verb,
  visible,
} from '../../shared/command.js'
import { Failure, must, refuse, refused } from '../../shared/errors.js'
import { PAYOUT_TO_MAX_BYTES } from '../../shared/money-limits.js'
import type { PayoutAnswer } from '../../shared/payouts.js'
import { formatMoment } from '../../shared/words.js'
import {
  asCustomer,
  type Context,
  type Customer,
  chooseProvider,
  TRACKER_OPTION,
} from '../customer.js'
import { type Asked, askPayout, deliverPayouts, isUnderWay, type Payee } from '../pay/paying-out.js'
import type { Provider } from '../pay/provider.js'

const STATES: Readonly<Record<string, string>> = {
  asked: 'waits for the provider since',
  paid: 'paid',
  returned: 'given back',
}

/** What is wanted: an amount and where to, checked before anything is asked. */
interface Wanted {
  readonly sum: Amount
  readonly to: string
}

function wantedOf({ positionals, values }: Input): Wanted | undefined {
  const to = stringOption(values, 'to')
  const [text] = positionals
  if (text === undefined) {
    return to === undefined ? undefined : fail('usage', 'say how much: payout AMOUNT --to TEXT')
  }
  const sum = must(parseSum(text))
  if (to === undefined) return fail('usage', 'say where the money shall go: --to TEXT')
  const plain = to.trim() !== '' && visible(to) === to
  if (!plain || Buffer.byteLength(to) > PAYOUT_TO_MAX_BYTES) {
    return fail('usage', `--to takes 1 to ${PAYOUT_TO_MAX_BYTES} bytes of text`)
  }
  return { sum, to }
}

function tell(report: Report, { row }: Provider, payout: PayoutAnswer): void {
  const { amount, asked, decided, note = '', number, state, to } = payout
  const { currency, fingerprint } = row
  const sum = `${formatAmount(amount)} ${visible(currency)}`
  const since = `${STATES[state] ?? `${visible(state)} since`} ${formatMoment(decided ?? asked)}`
  const why = note === '' ? '' : `: ${visible(note)}`
  const line = `payout ${number}: ${sum} to ${visible(to)}, ${since}${why}`
  report.event({ event: 'payout', provider: fingerprint, currency, ...payout }, line)
}

/** Asks again for what an earlier run left without an answer; fails when it gets none again. */
async function finish(payee: Payee, report: Report): Promise<Asked[]> {
  const done = await deliverPayouts(payee)
  for (const { payout, result } of done) {
    if (!refused(result)) continue
    const what = `${formatAmount(payout.amount)} to ${visible(payout.destination)}`
    if (isUnderWay(result)) {
      const later = 'it was asked for earlier and is asked for again with the next payout'
      throw new Failure(refuse(result.code, `${result.message}; ${what}: ${later}`))
    }
    const line = `the payout of ${what} was not taken: ${result.message}`
    report.event({ event: 'payout-refused', code: result.code, message: line }, line)
  }
  return done
}

async function confirm(
  { stop, terminal }: Customer,
  { report, values }: Input,
  provider: Provider,
  { sum, to }: Wanted,
): Promise<void> {
  const { currency, name } = provider.row
  const { spendable } = must(await provider.call('account', {})).body
  const unit = visible(currency)
  const money = `${formatAmount(sum)} ${unit}`
  if (sum > spendable) {
    fail('insufficient-funds', `you can spend ${formatAmount(spendable)} ${unit}, not ${money}`)
  }
  const left = formatAmount(spendable - sum)
  report.line(
    `${money} to ${visible(to)}; your account with ${visible(name)} keeps ${left} ${unit}`,
  )
  if (values.yes === true) return
  if (!terminal.interactive || report.json) fail('not-confirmed', `add --yes to ask for ${money}`)
  const answer = await terminal.ask(`Have ${money} paid out? [y/N] `, stop)
  if (answer === undefined) fail('interrupted', 'stopped before anything was asked for')
  if (!/^y(es)?$/i.test(answer)) fail('not-confirmed', 'nothing was asked for')
}

async function ask(
  customer: Customer,
  input: Input,
  payee: Payee,
  wanted: Wanted,
): Promise<PayoutAnswer> {
  const { report } = input
  for (const { payout, result } of await finish(payee, report)) {
    const same = payout.amount === wanted.sum && payout.destination === wanted.to
    if (!refused(result) && same) return result
    if (!refused(result)) tell(report, payee.provider, result)
  }
  await confirm(customer, input, payee.provider, wanted)
  const result = await askPayout(payee, wanted)
  if (!refused(result)) return result
  if (!isUnderWay(result)) throw new Failure(result)
  const later = 'the same command asks again, and the money leaves once'
  throw new Failure(refuse(result.code, `${result.message}; ${later}`))
}

async function list(input: Input, payee: Payee) {
  const { provider } = payee
  await finish(payee, input.report)
  const { payouts } = must(await provider.call('payouts', {})).body
  for (const each of payouts) tell(input.report, provider, each)
  if (payouts.length === 0) input.report.line('no payout was ever asked for')
  const waiting = payouts.filter(({ state }) => state === 'asked')
  const sum = waiting.reduce((total, { amount }) => total + amount, 0n)
  return { provider: provider.row.fingerprint, payouts: payouts.length, waiting: sum }
}

export const payout: Verb<Context> = {
  name: 'payout',
  summary: 'ask the provider to pay out money of your account; alone, how your payouts stand',
  usage: '[AMOUNT --to TEXT] [--yes] [--tracker WHICH]',
  options: {
    to: { type: 'string', value: 'TEXT', help: 'where the money shall go, as the provider asks' },
    yes: { type: 'boolean', short: 'y', help: 'ask for it without being asked' },
    ...TRACKER_OPTION,
  },
  examples: ["12.50 --to 'DE02 1203 0000 0000 2020 51, Carol'", ''],
  run: async (input, context) => {
    const wanted = wantedOf(input)
    return asCustomer(input, context, async (customer) => {
      const { random, wallet } = customer
      const provider = must(chooseProvider(customer, input.values))
      const payee = { provider, wallet, random }
      if (wanted === undefined) return list(input, payee)
      const taken = await ask(customer, input, payee, wanted)
      tell(input.report, provider, taken)
      const { amount, number, state } = taken
      return { provider: provider.row.fingerprint, number, amount, state }
    })
  },
}
