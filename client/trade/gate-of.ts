/** The pay gate of one content at work. */
import { createPayGate, type PayGate } from '../pay/paygate.js'
import { uidOf } from '../pay/provider.js'
import type { PayGateOptions } from '../pay/world.js'
import type { PaidContent } from './content.js'
import { pagesFrom } from './pages.js'
import type { TradeOptions } from './trade.js'

/** What of it the trade itself knows and hears. */
type Hooks = Pick<PayGateOptions, 'has' | 'missing' | 'announceAgain' | 'told' | 'failed'>

/** Makes the gate of a paid content. */
export function payGateOf(
  { metainfo, provider, scheme }: PaidContent,
  { berth, customer, grants }: TradeOptions,
  hooks: Hooks,
): PayGate {
  const { row } = provider
  return createPayGate({
    ...{ wallet: customer.wallet, keyring: provider.keyring, scheme, metainfo, grants },
    revocations: provider.revocations,
    identity: {
      uid: uidOf(row),
      signer: { fingerprint: row.fingerprint, privateKey: customer.privateKey },
      // Read anew for each connection: the certificate is renewed while we trade.
      get leaf() {
        return provider.row.certificate ?? new Uint8Array(0)
      },
      get issuing() {
        return provider.row.issuer ?? provider.row.issuing
      },
    },
    random: customer.random,
    trackerNow: () => provider.trackerNow(),
    requestTimeoutMs: berth.requestTimeoutMs,
    ...(berth.hashLists === 'tracker' ? { askPages: pagesFrom(provider) } : {}),
    ...(berth.probing === undefined ? {} : { probing: berth.probing }),
    ...hooks,
  })
}
