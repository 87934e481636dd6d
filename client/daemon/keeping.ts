/** What the wallet keeps of a content that a household takes up. */
import type { Customer } from '../customer.js'
import type { Held, Taking } from './held.js'

/** Keeps that a content is at work, and how; as it is held from now on. */
export function keepHeld(customer: Customer, taking: Taking): Held {
  const { content, cut = false, folder, origin, sequential = false } = taking
  const { cid } = content.metainfo
  const { contents } = customer.wallet
  const chosen = 'chosen' in taking ? taking.chosen : contents.chosen(cid)
  const now = customer.now()
  const fingerprint = content.paid ? content.provider.row.fingerprint : null
  const row = { cid, fingerprint, torrent: content.torrent, folder }
  contents.take(row, { origin, sequential, paused: false, added: now }, chosen)
  const { added = now } = contents.held(cid) ?? {}
  return { content, folder, origin, added, paused: false, sequential, chosen, cut }
}

/** What a person asks for is the person's from then on, whoever took it up: earn gives it up. */
export function takeOver({ wallet }: Customer, held: Held, { origin }: Taking): void {
  if (origin !== 'person' || held.origin === 'person') return
  Object.assign(held, { origin })
  wallet.contents.hold(held.content.metainfo.cid, held)
}

/** A content that rests, as the wallet has kept it. */
export function restingHeld(customer: Customer, taking: Taking): Held {
  const { content, folder, origin, sequential = false } = taking
  const { contents } = customer.wallet
  const { cid } = content.metainfo
  const { added = customer.now() } = contents.held(cid) ?? {}
  const chosen = contents.chosen(cid)
  return { content, folder, origin, added, paused: true, sequential, chosen, cut: false }
}
