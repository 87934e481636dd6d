/** A grant of ours taken up outside of any trade. */
import type { Signer } from '../../shared/crypto.js'
import { type Refusal, refuse, refused } from '../../shared/errors.js'
import type { Purse, Scheme } from '../../shared/schemes/scheme.js'
import { type Provider, uidOf } from './provider.js'
import type { BoughtRow } from './wallet/grants.js'

/** A grant of ours with which payments can be made. */
export interface OwnPurse {
  readonly scheme: Scheme
  readonly purse: Purse
  readonly signer: Signer
}

/** Takes a grant up as it was bought; refuses as unknown-scheme, and as the payer's `accept`. */
export function openPurse(
  row: BoughtRow,
  provider: Provider,
  schemes: ReadonlyMap<string, Scheme>,
  signer: Signer,
): OwnPurse | Refusal {
  const scheme = schemes.get(row.scheme)
  if (scheme === undefined) return refuse('unknown-scheme')
  const context = { keyring: provider.keyring, buyer: uidOf(provider.row), cid: row.cid }
  const purse = scheme.payer.accept(row, context)
  return refused(purse) ? purse : { scheme, purse, signer }
}
