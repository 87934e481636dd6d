/**
 * The books of a content that this process does not trade: nobody is connected for it, so they can
 * be changed at any time, and what is on disk has to be looked up.
 */
import { statSync } from 'node:fs'
import { type Refusal, refuse, refused } from '../../shared/errors.js'
import type { Cid, Fingerprint, PieceIndex } from '../../shared/identifier.js'
import { type Metainfo, parseMetainfo } from '../../shared/metainfo.js'
import type { Customer } from '../customer.js'
import { Bitfield } from '../engine/bitfield.js'
import { Hasher } from '../engine/hasher.js'
import { inspect } from '../engine/inspect.js'
import type { Addressee } from '../pay/mailbox.js'
import type { Wallet } from '../pay/wallet/wallet.js'
import type { Apart } from '../pay/world.js'

/** The resting books of a content with one provider. */
export function restingBooks(customer: Customer, provider: Fingerprint, cid: Cid): Apart {
  const { wallet } = customer
  return {
    change: async (rid, peer, role, change) => {
      const saves = change().map((save) => ({ do: 'save', role, rid, peer, save }) as const)
      if (saves.length > 0) await wallet.commit(provider, saves)
      return true
    },
    unpaid: async (rid, seller) => {
      const torrent = wallet.contents.get(cid)?.torrent
      const metainfo = torrent && parseMetainfo(torrent)
      const asked = askedAlone(wallet, provider, { cid, rid, seller })
      // Whoever complains of what others were paid for makes nobody read a disk.
      if (metainfo === undefined || asked.size === 0) return () => false
      const have = refused(metainfo) ? metainfo : await piecesOnDisk(customer, metainfo)
      return refused(have) ? have : (piece) => have.has(piece) && asked.has(piece)
    },
  }
}

/** Pieces that were asked of a seller, are paid to nobody, and are not asked of another one now. */
function askedAlone(
  wallet: Wallet,
  provider: Fingerprint,
  { cid, rid, seller }: Addressee,
): ReadonlySet<PieceIndex> {
  const history = wallet.history(provider)
  const rids = wallet.grants.of(provider, cid).map((grant) => grant.rid)
  const paid = rids.flatMap((each) => history.paidPieces(each).map(({ piece }) => piece))
  const open = rids.flatMap((each) => history.openRequests(each))
  const elsewhere = open.flatMap((one) => (one.seller === seller ? [] : one.pieces))
  const others = new Set([...paid, ...elsewhere])
  const { runs, withdrawn } = history.buyer(rid, seller)
  const asked = [...runs, ...withdrawn].flatMap(({ pieces }) => pieces)
  return new Set(asked.filter((piece) => !others.has(piece)))
}

/** Hashes what lies in the content's folder; nothing when none was chosen. Refuses as the disk. */
export async function piecesOnDisk(
  { stop, wallet }: Customer,
  metainfo: Metainfo,
): Promise<Bitfield | Refusal> {
  const folder = wallet.contents.get(metainfo.cid)?.folder ?? ''
  if (folder === '' || statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) {
    return new Bitfield(metainfo.pieceCount)
  }
  const chosen = wallet.contents.chosen(metainfo.cid)
  const hasher = new Hasher()
  try {
    const stopped = () => stop.aborted
    const all = { among: () => true, looked: () => undefined }
    const found = await inspect({ metainfo, folder, chosen, hasher, stopped, ...all })
    if (stopped()) return refuse('interrupted', 'stopped before the disk was looked through')
    return refused(found) ? found : found.have
  } finally {
    await hasher.close()
  }
}
