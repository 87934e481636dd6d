/**
 * What every verb stands on: the locked home, the wallet, our identity and the pinned providers.
 */
import type { KeyObject } from 'node:crypto'
import { type Input, stringOption, type Values } from '../shared/command.js'
import { must, type Refusal, refuse, refused } from '../shared/errors.js'
import type { Fingerprint } from '../shared/identifier.js'
import { ed25519PublicKey, privateKeyFromSeed } from '../shared/keys.js'
import type { Scheme } from '../shared/schemes/scheme.js'
import { parseTrackerUrl } from './config.js'
import { type Home, homeOf, takeHome } from './home.js'
import type { IdentityKeys } from './identity.js'
import { openIdentity } from './opening.js'
import { ensureCertificate } from './pay/provider/membership.js'
import { Provider } from './pay/provider.js'
import type { ProviderRow } from './pay/wallet/providers.js'
import { openWallet, type Wallet } from './pay/wallet/wallet.js'
import { writeSettingsOnce } from './settings.js'
import type { Terminal } from './ui/terminal.js'

/** What main.ts assembles for the verbs: the world outside, and the table of schemes. */
export interface Context {
  readonly schemes: ReadonlyMap<string, Scheme>
  readonly environment: NodeJS.ProcessEnv
  readonly random: (bytes: number) => Uint8Array
  /** Milliseconds of our own clock. */
  readonly now: () => number
  /** Milliseconds that only rise. */
  readonly monotonic: () => number
  readonly terminal: Terminal
  /** Aborted by Ctrl-C or SIGTERM. */
  readonly stop: AbortSignal
}

/** A customer at work. */
export interface Customer extends Context {
  readonly home: Home
  readonly wallet: Wallet
  readonly keys: IdentityKeys
  /** What the identity is sealed under; undefined when it is not. */
  readonly passphrase: Uint8Array | undefined
  readonly privateKey: KeyObject
  readonly publicKey: Uint8Array
}

/** Opens the home for one verb and closes it behind the verb, whatever happens. */
export async function asCustomer<T>(
  input: Input,
  context: Context,
  job: (customer: Customer) => Promise<T>,
): Promise<T> {
  const home = homeOf(input.values, context.environment)
  const lock = must(takeHome(home))
  try {
    const { keys, passphrase } = await openIdentity(home, input, context)
    const problem = writeSettingsOnce(home)
    if (problem !== undefined) must(problem)
    const wallet = openWallet(home.wallet, keys.walletKey)
    try {
      const privateKey = privateKeyFromSeed(keys.seed)
      const publicKey = ed25519PublicKey(keys.seed)
      const secrets = { keys, passphrase, privateKey, publicKey }
      return await job({ ...context, ...secrets, home, wallet })
    } finally {
      await wallet.close()
    }
  } finally {
    lock.release()
  }
}

/** The client of a pinned provider. */
export function providerOf(customer: Customer, row: ProviderRow): Provider {
  const { now, privateKey, random, wallet } = customer
  return new Provider({ wallet, row, privateKey, random, now })
}

/** The option of verbs that need one provider. */
export const TRACKER_OPTION = {
  tracker: {
    type: 'string',
    value: 'URL',
    help: 'which provider, when registered with several',
  },
} as const

/** The provider that a verb means: --tracker, or the only one. Refusals: no-provider, usage. */
export function chooseProvider(customer: Customer, values: Values): Provider | Refusal {
  const rows = customer.wallet.providers.all().filter(({ uid }) => uid !== null)
  const given = stringOption(values, 'tracker')
  const url = given === undefined ? undefined : parseTrackerUrl(given)
  if (refused(url)) return url
  const named = url === undefined ? rows : rows.filter((row) => row.url === url)
  const [row] = named
  if (row === undefined) {
    const where = url ?? 'URL'
    const how = `floodgate register --tracker ${where} --name NAME`
    return refuse('no-provider', `not registered with a provider yet: ${how}`)
  }
  if (named.length === 1) return providerOf(customer, row)
  const urls = named.map((each) => each.url).join(', ')
  return refuse('usage', `registered with several providers: choose one with --tracker (${urls})`)
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

/** Renews our certificate when it is due; fails when there is none to go on with. */
export async function certified(customer: Customer, provider: Provider): Promise<Provider> {
  const { publicKey, wallet } = customer
  const problem = await ensureCertificate({ provider, publicKey, wallet })
  if (problem !== undefined) must(problem)
  return provider
}
