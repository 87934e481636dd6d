/** `earn`: lets the program buy and seed what pays, by itself, within what a person allows. */
import { join } from 'node:path'
import { formatAmount } from '../../shared/amount.js'
import { byWord, fail, type Input, type Verb, visible } from '../../shared/command.js'
import { EARN_DISK_SPARE_BYTES } from '../../shared/earn-limits.js'
import { must } from '../../shared/errors.js'
import { counted } from '../../shared/words.js'
import { TRADE_OPTIONS } from '../config.js'
import {
  asCustomer,
  type Context,
  type Customer,
  chooseProviders,
  TRACKER_OPTION,
} from '../customer.js'
import type { Household } from '../daemon/household.js'
import { inHousehold, type Standing } from '../daemon/serving.js'
import { choose } from '../earn/chooser.js'
import { Dealing } from '../earn/dealing.js'
import { freeBytes } from '../earn/disk.js'
import { Earning } from '../earn/earning.js'
import { listingOf } from '../earn/listing.js'
import { sightOf } from '../earn/sight.js'
import { earnState, earnStateOf, stateOfWallet } from '../earn/state.js'
import { agreementLines, EARN_OPTIONS, misreadTerms, readAgreement } from '../earn/terms.js'
import { monthOf } from '../earn/traffic.js'
import type { EarnState } from '../local/rows.js'
import type { Provider } from '../pay/provider.js'
import type { Agreement } from '../pay/wallet/earn.js'
import { earnHead, earnTable } from '../ui/earn.js'
import { YES_OPTION } from './buy.js'
import { stopped } from './trading.js'

type Result = Readonly<Record<string, unknown>>

const SHOWN_PASSED = 20
/** Below the home: where contents lie unless --folder says otherwise. */
const FOLDER = 'earn'

/** The provider that is meant: earn works with one. */
function providerFor(customer: Customer, { values }: Input): Provider {
  const known = customer.wallet.earn.agreement()
  const providers = must(chooseProviders(customer, values))
  const [first] = providers
  if (first !== undefined && providers.length === 1) return first
  const before = providers.find(({ row }) => row.fingerprint === known?.fingerprint)
  return before ?? fail('usage', 'earn works with one provider: say which with --tracker WHICH')
}

function agreementFor(customer: Customer, input: Input, provider: Provider): Agreement {
  const { folder, home, wallet } = customer
  const known = wallet.earn.agreement()
  const { fingerprint } = provider.row
  const before = known?.fingerprint === fingerprint ? known : undefined
  const places = { home: join(home.folder, FOLDER), folder }
  return must(readAgreement(input.values, fingerprint, before, places))
}

function currencyOf({ wallet }: Customer): string {
  const fingerprint = wallet.earn.agreement()?.fingerprint
  return fingerprint === undefined ? '' : (wallet.providers.get(fingerprint)?.currency ?? '')
}

function tell({ report }: Input, state: EarnState, currency: string): Result {
  for (const line of earnHead(state, currency)) report.line(line)
  for (const line of earnTable(state, SHOWN_PASSED)) report.line(line)
  return { ...state }
}

/** More money than was allowed before is asked about; Enter alone is a no. */
async function confirm(
  { stop, terminal, wallet }: Customer,
  { report, values }: Input,
  agreement: Agreement,
  currency: string,
): Promise<void> {
  for (const line of agreementLines(agreement, currency)) report.line(line)
  const before = wallet.earn.agreement()
  const known = before?.on === true && before.fingerprint === agreement.fingerprint
  if (values.yes === true || (known && agreement.budget <= before.budget)) return
  const cost = `${formatAmount(agreement.budget)} ${visible(currency)}`
  const how = `nothing was agreed to: add --yes to let it spend up to ${cost}`
  if (!terminal.interactive || report.json) fail('not-confirmed', how)
  const answer = await terminal.ask(`Let earn spend up to ${cost} by itself? [y/N] `, stop)
  if (answer === undefined) fail('interrupted', 'stopped before anything was agreed to')
  if (!/^y(es)?$/i.test(answer)) fail('not-confirmed', 'nothing was agreed to')
}

async function start(
  household: Household,
  customer: Customer,
  input: Input,
  standing: Standing,
): Promise<Result> {
  const { report } = input
  const provider = providerFor(customer, input)
  const { currency } = provider.row
  const agreement = agreementFor(customer, input, provider)
  await confirm(customer, input, agreement, currency)
  customer.wallet.earn.agree(agreement)
  report.event({ event: 'agreed', ...agreement })
  if (household.earning !== undefined || standing === 'guest') {
    await household.earning?.heed()
    const where = household.earning === undefined ? 'floodgate daemon works by it' : 'it works now'
    report.line(`agreed: ${where}; floodgate earn status tells how it goes`)
    return { ...agreement }
  }
  report.line('at work until Ctrl-C; floodgate daemon does the same in the background')
  const silence = household.log.listen(({ code, level, text }) =>
    report.event({ event: 'log', level, ...(code === undefined ? {} : { code }), text }, text),
  )
  household.earning = new Earning(household)
  await stopped(customer.stop)
  await household.earning.stop()
  silence()
  return tell(input, household.earning.state(), currency)
}

/** What it would do, without doing it. */
async function plan(customer: Customer, input: Input): Promise<Result> {
  const { household, now, wallet } = customer
  const provider = providerFor(customer, input)
  const agreement = agreementFor(customer, input, provider)
  const held = household?.transfers() ?? []
  const selling = held.flatMap(({ content, trade }) =>
    trade === undefined ? [] : [content.metainfo.cid],
  )
  const listing = must(await listingOf(provider, held))
  const { means, sight } = sightOf({
    ...{ wallet, agreement, ...listing, now: now() },
    ...{ selling: new Set(selling), avoided: new Set() },
    free: (await freeBytes(agreement.folder)) - EARN_DISK_SPARE_BYTES,
  })
  const choices = choose(sight, means)
  const traffic = wallet.earn.traffic(monthOf(now()))
  const resting = 'this is a plan: nothing was bought'
  const state = earnState({ wallet, agreement, traffic, resting, choices })
  return tell(input, state, provider.row.currency)
}

function status(customer: Customer, input: Input): Result {
  const { household, now, wallet } = customer
  const state = household === undefined ? stateOfWallet(wallet, now()) : earnStateOf(household)
  return tell(input, state, currencyOf(customer))
}

async function off(household: Household, customer: Customer, input: Input): Promise<Result> {
  const { earn, providers } = customer.wallet
  const before = earn.agreement()
  if (before === undefined) return fail('usage', 'earn was never on')
  earn.agree({ ...before, on: false })
  await household.earning?.heed()
  const provider = providers.get(before.fingerprint)
  const stakes = earn.stakes(before.fingerprint).filter(({ state }) => state !== 'dropped')
  if (input.values.drop !== true || provider === undefined) {
    const kept =
      stakes.length === 0 ? '' : '; what it fetched stays on the disk (--drop deletes it)'
    input.report.line(`earn is off${kept}`)
    return { dropped: 0 }
  }
  const [known] = must(chooseProviders(customer, { tracker: provider.fingerprint }))
  const dealing = new Dealing(household, known as Provider, before)
  for (const { cid } of stakes) await dealing.drop(cid, 'earn was turned off')
  input.report.line(`earn is off; given up and deleted: ${counted(stakes.length, 'content')}`)
  return { dropped: stakes.length }
}

export const earn: Verb<Context> = {
  name: 'earn',
  summary: 'buy and seed by itself what pays, within a budget, a quota and hours',
  usage: 'plan [options] | start [options] [--yes] | [status] | off [--drop]',
  options: {
    ...EARN_OPTIONS,
    drop: { type: 'boolean', help: 'with off: give up and delete all that it fetched' },
    ...{ yes: { ...YES_OPTION.yes, help: 'agree to the budget without being asked' } },
    ...TRACKER_OPTION,
    ...TRADE_OPTIONS,
  },
  examples: [
    'plan --quota 20GB --budget 5.00',
    'start --quota 20GB --budget 5.00 --traffic 500GB',
    "start --hours 'mon-fri 22-7, sat-sun' --idle 10m",
    '',
    'off --drop',
  ],
  run: byWord(
    {
      plan: async (input, context) => {
        must(misreadTerms(input.values))
        return asCustomer(input, context, (customer) => plan(customer, input))
      },
      start: async (input, context) => {
        must(misreadTerms(input.values))
        return inHousehold(input, context, (household, customer, standing) =>
          start(household, customer, input, standing),
        )
      },
      status: (input, context) =>
        asCustomer(input, context, async (customer) => status(customer, input)),
      off: (input, context) =>
        inHousehold(input, context, (household, customer) => off(household, customer, input)),
    },
    'status',
  ),
}
