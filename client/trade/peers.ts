/** The addresses in a grant's signed peer list. */
import { PeerList } from '../../shared/api.js'
import { type Refusal, refuse, refused } from '../../shared/errors.js'
import type { Cid, Rid, Uid } from '../../shared/identifier.js'
import { type Keyring, openProviderString } from '../../shared/keyring.js'
import { decode } from '../../shared/wire/record.js'
import type { Address } from '../net/address-book.js'

const PEER_LIST_MAX_BYTES = 64 * 1024

/** Whose list it must be. */
export interface ListOwner {
  readonly keyring: Keyring
  readonly rid: Rid
  readonly cid: Cid
  readonly buyer: Uid
  /** Whom we do not dial. */
  readonly avoids: (uid: Uid) => boolean
}

/** Whom a list names besides us. */
export interface Named {
  /** Where those listen that we dial. */
  readonly sellers: readonly Address[]
  readonly avoided: readonly Uid[]
}

/** Verifies a signed list; gives whom it names. */
export function sellersOf(signed: Uint8Array, owner: ListOwner): Named | Refusal {
  const { avoids, buyer, cid, keyring, rid } = owner
  const payload = openProviderString('peers', signed, keyring, PEER_LIST_MAX_BYTES)
  if (refused(payload)) return payload
  const list = decode(PeerList, payload, PEER_LIST_MAX_BYTES)
  if (refused(list)) return list
  const ours = list.rid === rid && list.cid === cid && list.buyer === buyer
  if (!ours) return refuse('bad-answer', 'the peer list is of another grant')
  const [sellers, avoided]: [Address[], Uid[]] = [[], []]
  for (const { host, port, uid } of list.sellers) {
    if (uid === buyer) continue
    if (avoids(uid)) avoided.push(uid)
    else sellers.push({ host, port })
  }
  return { sellers, avoided }
}
