/**
 * What every verb stands on: the locked home, the wallet, our identity and the pinned providers.
 */
import type { KeyObject } from 'node:crypto'
import {
  fail,
  type Input,
  type Streams,
  stringOption,
  type Values,
  type Verb,
  visible,
} from '../shared/command.js'
import { must, type Refusal, refuse, refused } from '../shared/errors.js'
import type { Fingerprint } from '../shared/identifier.js'
import { ed25519PublicKey, privateKeyFromSeed } from '../shared/keys.js'
import { REVOCATIONS_TIMEOUT_MS } from '../shared/limits.js'
import type { Scheme } from '../shared/schemes/scheme.js'
import { type Caps, capsOf, capsOver } from './caps.js'
import { parseTrackerUrl } from './config.js'
import type { Household } from './daemon/household.js'
import { enterAlone, enterHome } from './entering.js'
import { type Home, homeOf, isNew, noHome } from './home.js'
import type { IdentityKeys } from './identity.js'
import { openIdentity } from './opening.js'
import { ensureCertificate } from './pay/provider/membership.js'
import { Provider } from './pay/provider.js'
import type { HomeLock } from './pay/wallet/lock.js'
import type { ProviderRow } from './pay/wallet/providers.js'
import { viewWallet, type WalletView } from './pay/wallet/view.js'
import { openWallet, type Wallet } from './pay/wallet/wallet.js'
import { readSettingsOf, writeSettingsOnce } from './settings.js'
import type { Terminal } from './ui/terminal.js'

/** What main.ts assembles for the verbs: the world outside, and the table of schemes. */
export interface Context {
  readonly loadSchemes: () => Promise<ReadonlyMap<string, Scheme>>
  readonly environment: NodeJS.ProcessEnv
  readonly random: (bytes: number) => Uint8Array
  /** Milliseconds of our own clock. */
  readonly now: () => number
  /** Milliseconds that only rise. */
  readonly monotonic: () => number
  readonly terminal: Terminal
  /** Aborted by Ctrl-C, SIGTERM, or when the terminal is gone. */
  readonly stop: AbortSignal
  readonly version: string
  /** The folder that relative paths of the command line begin at. */
  readonly folder: string
  /** The command line without what is between this process and its home alone. */
  readonly words: readonly string[]
  readonly streams: Streams
  /** Runs a command line of this program in other surroundings; gives its exit code. */
  readonly runWords: (words: readonly string[], context: Context) => Promise<number>
  /** Every verb of this program. */
  readonly verbs: () => Promise<readonly Verb<Context>[]>
  /** The home at work that the verb runs in; undefined when it has to open one. */
  readonly household?: Household
}

/** A customer at work. */
export interface Customer extends Context {
  readonly home: Home
  readonly schemes: ReadonlyMap<string, Scheme>
  readonly wallet: Wallet
  readonly keys: IdentityKeys
  /** What the identity is sealed under; undefined when it is not. */
  readonly passphrase: Uint8Array | undefined
  readonly privateKey: KeyObject
  readonly publicKey: Uint8Array
  /** The caps that hold at this moment. Refusals: usage, not-readable. */
  readonly caps: () => Caps | Refusal
}

/** What a verb says where there is no home yet; undefined: it makes one. */
export type WithoutHome = (home: Home) => Refusal | undefined

/** Of a verb that needs no account: a home is made, and the person is told so. */
export const makesHome: WithoutHome = () => undefined

/** The home of the arguments; fails with what `without` says where there is none. */
function homeFor({ values }: Input, { environment }: Context, without: WithoutHome): Home {
  const home = homeOf(values, environment)
  const problem = isNew(home) ? without(home) : undefined
  if (problem !== undefined) must(problem)
  return home
}

/**
 * The household in which a verb runs, if it runs in one; fails as usage where the arguments name
 * another home: what was meant for its wallet must not be done with this one.
 */
function householdFor({ values }: Input, { environment, household }: Context) {
  const named = stringOption(values, 'home') !== undefined
  const held = household?.customer.home.folder
  if (!named || held === undefined || homeOf(values, environment).folder === held) return household
  const why = `this runs in the floodgate that holds ${visible(held)}`
  return fail('usage', `${why}; for another --home, type it outside of its screens`)
}

/**
 * Opens the home for one verb and closes it behind the verb, whatever happens. Where another
 * process holds the home and serves it, the verb runs there, and this ends as ElsewhereEnd. Fails
 * as home-missing where there is no home, unless the verb makes one.
 */
export async function asCustomer<T>(
  input: Input,
  context: Context,
  job: (customer: Customer) => Promise<T>,
  without: WithoutHome = noHome,
): Promise<T> {
  const household = householdFor(input, context)
  if (household !== undefined) {
    const { customer } = household
    const caps = () => capsOver(input.values, customer.caps())
    must(caps())
    return job({ ...customer, ...context, caps })
  }
  const home = homeFor(input, context, without)
  return openHome(await enterHome(home, context), home, input, context, job)
}

/** The same for a verb that no other process can run; fails as home-in-use where one is there. */
export async function asCustomerAlone<T>(
  input: Input,
  context: Context,
  job: (customer: Customer) => Promise<T>,
  without: WithoutHome = noHome,
): Promise<T> {
  const home = homeFor(input, context, without)
  return openHome(await enterAlone(home, context), home, input, context, job)
}

async function openHome<T>(
  lock: HomeLock,
  home: Home,
  input: Input,
  context: Context,
  job: (customer: Customer) => Promise<T>,
): Promise<T> {
  try {
    const { keys, passphrase } = await openIdentity(home, input, context)
    const problem = writeSettingsOnce(home)
    if (problem !== undefined) must(problem)
    const caps = () => capsOf(input.values, readSettingsOf(home))
    must(caps())
    const schemes = await context.loadSchemes()
    const wallet = openWallet(home.wallet, keys.walletKey)
    try {
      const privateKey = privateKeyFromSeed(keys.seed)
      const publicKey = ed25519PublicKey(keys.seed)
      const secrets = { keys, passphrase, privateKey, publicKey }
      return await job({ ...context, ...secrets, caps, home, schemes, wallet })
    } finally {
      await wallet.close()
    }
  } finally {
    lock.release()
  }
}

/** Someone who only looks: without lock, keys and certificate, also while a seed runs. */
export interface Visitor extends Context {
  readonly wallet: WalletView
  readonly privateKey: undefined
}

/**
 * Lets someone look at the home of the arguments, with `edits` to change its blacklist; fails as
 * home-missing when there is no wallet.
 */
export async function asVisitor<T>(
  input: Input,
  context: Context,
  job: (visitor: Visitor) => Promise<T>,
  edits = false,
): Promise<T> {
  const household = householdFor(input, context)
  const home = homeOf(input.values, context.environment)
  const view = viewWallet(home.wallet, edits)
  if (view === undefined) return must<T>(noHome(home))
  // Of the home at work more may be known than its disk took.
  const { blacklist } = household?.customer.wallet ?? view
  try {
    return await job({ ...context, wallet: { ...view, blacklist }, privateKey: undefined })
  } finally {
    view.close()
  }
}

/**
 * The client of a pinned provider: the one of the home at work, where there is one, so that all
 * that goes on in a process takes turns; a visitor's asks for what is public alone.
 */
export function providerOf(who: Customer | Visitor, row: ProviderRow): Provider {
  const { household, now, privateKey, random, wallet } = who
  const known = privateKey === undefined ? undefined : household?.providers.get(row.fingerprint)
  if (known !== undefined) return known
  const made = new Provider({ wallet, row, privateKey, random, now })
  if (privateKey !== undefined) household?.providers.set(row.fingerprint, made)
  return made
}

/** The option of verbs that may mean one provider or all. */
export const TRACKER_OPTION = {
  tracker: {
    type: 'string',
    value: 'WHICH',
    help: 'one provider alone: its address, its name, or how its fingerprint begins',
  },
} as const

function unregistered(url = 'URL'): Refusal {
  const how = `floodgate register --tracker ${url} --name NAME`
  return refuse('no-provider', `not registered with a provider yet: ${how}`)
}

/**
 * The providers that a verb means: the one of --tracker, or all we are registered with. Refusals:
 * no-provider, usage when several fit.
 */
export function chooseProviders(who: Customer | Visitor, values: Values): Provider[] | Refusal {
  const rows = who.wallet.providers.all().filter(({ uid }) => uid !== null)
  if (rows.length === 0) return unregistered(stringOption(values, 'tracker'))
  const given = stringOption(values, 'tracker')
  if (given === undefined) return rows.map((row) => providerOf(who, row))
  const url = parseTrackerUrl(given)
  const named = rows.filter((row) => {
    const begins = FINGERPRINT_BEGIN.test(given) && row.fingerprint.startsWith(given)
    return row.url === url || row.name === given || begins
  })
  const [row] = named
  if (row !== undefined && named.length === 1) return [providerOf(who, row)]
  const known = (row === undefined ? rows : named).map(describe).join('; ')
  const problem = row === undefined ? 'no provider of this home is' : 'several providers are'
  return refuse(
    row === undefined ? 'no-provider' : 'usage',
    `${problem} "${visible(given)}": ${known}`,
  )
}

/** The one provider that a verb means. Refusals: no-provider, usage when there are several. */
export function chooseProvider(who: Customer | Visitor, values: Values): Provider | Refusal {
  const found = chooseProviders(who, values)
  if (refused(found)) return found
  const [only] = found
  if (only !== undefined && found.length === 1) return only
  const known = found.map(({ row }) => describe(row)).join('; ')
  return refuse('usage', `say with which provider (--tracker): ${known}`)
}

const FINGERPRINT_BEGIN = /^[0-9a-f]{8,64}$/
const SHOWN_DIGITS = 16

/** A provider in a few words. */
export function describe({ fingerprint, name, url }: ProviderRow): string {
  return `${visible(name)} at ${url}, fingerprint ${fingerprint.slice(0, SHOWN_DIGITS)}`
}

/** The provider whose mark a torrent carries; refuses as no-provider or wrong-provider. */
export function providerOfMark(customer: Customer, fingerprint: Fingerprint): Provider | Refusal {
  const row = customer.wallet.providers.get(fingerprint)
  if (row !== undefined && row.uid !== null) return providerOf(customer, row)
  const known = customer.wallet.providers.all().length > 0
  return refuse(
    known ? 'wrong-provider' : 'no-provider',
    `the torrent belongs to the provider ${fingerprint}, with whom this home is not registered; ` +
      'floodgate register --tracker URL with that provider first',
  )
}

/**
 * Before anything is traded: fetches the list of revoked certificates, renews ours when it is due,
 * and asks whether a copy of this home was used since. Fails when there is no certificate to go on
 * with, or as home-copied. A tracker that is away is no harm, unless the home may be a copy.
 */
export async function certified(customer: Customer, provider: Provider): Promise<Provider> {
  const { publicKey, wallet } = customer
  const away = await provider.followRevocations(0, REVOCATIONS_TIMEOUT_MS)
  const reachable = away?.code !== 'unreachable'
  const problem =
    (await ensureCertificate({ provider, publicKey, wallet })) ??
    (reachable ? await provider.proveCurrent(REVOCATIONS_TIMEOUT_MS) : provider.trustPlace())
  if (problem !== undefined) must(problem)
  return provider
}
