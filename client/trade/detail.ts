/** Everything on one content that its row leaves out, as the local API tells it. */
import { STRANGERS_MAX_PIECES } from '../../shared/limits.js'
import type { Metainfo } from '../../shared/metainfo.js'
import type { Customer } from '../customer.js'
import { Bitfield } from '../engine/bitfield.js'
import { nameOf, pieceLevels, piecesOf, type Selection, wantedPieces } from '../engine/selection.js'
import { type PeerStats, pieceMap } from '../engine/stats.js'
import type { Detail, FileRow, PeerRow, TrackerRow } from '../local/transfer-rows.js'
import type { Content, PaidContent } from './content.js'
import { spendable } from './purchase.js'
import { counterparts } from './tally.js'
import type { Trade } from './trade.js'

/** A content of this home, at work or not. */
export interface Described {
  readonly content: Content
  readonly folder: string
  readonly chosen: Selection
  readonly trade?: Trade
}

/** Tells all there is to tell. */
export function detailOf(customer: Customer, described: Described): Detail {
  const { chosen, content, trade } = described
  const { cid, pieceLength } = content.metainfo
  const map = trade?.work.map() ?? restingMap(customer, described)
  return {
    ...{ cid, pieceLength, files: fileRows(content.metainfo, chosen, map) },
    map: content.paid ? withSold(map, soldPieces(customer, content)) : map,
    peers: (trade?.snapshot().peers ?? []).map(peerRow),
    trackers: trackerRows(customer, trade),
    counterparts: content.paid ? counterparts(content, customer.wallet) : [],
    ...(content.paid ? risks(customer, content) : {}),
  }
}

/** What was last found on the disk. */
function restingMap(customer: Customer, { chosen, content, folder }: Described): string {
  const { metainfo } = content
  const stock = customer.wallet.contents.stock(metainfo.cid, folder)?.pieces
  const fits = stock?.length === Math.ceil(metainfo.pieceCount / 8)
  const have = fits ? new Bitfield(metainfo.pieceCount, stock) : undefined
  return pieceMap(have, wantedPieces(pieceLevels(metainfo, chosen)), undefined)
}

/** The files as `--list` numbers them, and what of each is missing. */
function fileRows(metainfo: Metainfo, chosen: Selection, map: string): FileRow[] {
  const { files, pieceLength } = metainfo
  const rows: FileRow[] = []
  for (const [index, { length, offset, padding, path }] of files.entries()) {
    if (padding) continue
    let left = 0
    for (const piece of piecesOf(metainfo, index)) {
      if (map[piece] === '#') continue
      const from = Math.max(offset, piece * pieceLength)
      left += Math.min(offset + length, (piece + 1) * pieceLength) - from
    }
    const priority = chosen === undefined ? 'normal' : (chosen.get(index) ?? 'skip')
    rows.push({ number: index + 1, name: nameOf(path), bytes: length, left, priority })
  }
  return rows
}

function peerRow(peer: PeerStats): PeerRow {
  const { account, address, client, initiator, pieces } = peer
  return {
    ...{ address, incoming: !initiator, have: pieces },
    ...(client === undefined ? {} : { client }),
    ...{ downRate: Math.round(peer.downloadRate), upRate: Math.round(peer.uploadRate) },
    ...{ downloaded: peer.downloadedBytes, uploaded: peer.uploadedBytes },
    ...(account === undefined ? {} : { uid: account.uid }),
    ...(account?.window === undefined ? {} : { window: account.window }),
    ...(account === undefined ? {} : { owesUs: account.owesUs, owedByUs: account.owedByUs }),
  }
}

function trackerRows({ now }: Customer, trade: Trade | undefined): TrackerRow[] {
  return (trade?.trackers() ?? []).map(({ nextMs, problem, reached, state, url }) => ({
    ...{ url, state },
    ...(problem === undefined ? {} : { message: problem.message }),
    ...(nextMs === undefined ? {} : { next: Math.round(now() + nextMs) }),
    ...(reached === undefined ? {} : { reached }),
  }))
}

/** Pieces that somebody paid us for. */
function soldPieces({ wallet }: Customer, { metainfo, provider }: PaidContent): number[] {
  return wallet.claims.soldPieces(provider.row.fingerprint, metainfo.cid)
}

function withSold(map: string, sold: readonly number[]): string {
  const marks = Buffer.from(map, 'latin1')
  for (const piece of sold) if (marks[piece] === 0x23) marks[piece] = 0x24
  return marks.toString('latin1')
}

/** Tokens that are left, what may be lost now, and what at worst to strangers (D5). */
function risks(customer: Customer, content: PaidContent) {
  const { metainfo, provider, terms } = content
  const { fingerprint } = provider.row
  const { claims } = customer.wallet
  let [tokens, unspent] = [0, 0n]
  for (const { facts, left } of spendable(customer, content)) {
    tokens += left
    unspent += BigInt(left) * facts.reward
  }
  const { exposed, highest } = claims.atRisk(fingerprint, metainfo.cid)
  const { b, complaint: window, mode, n, reward } = terms
  // Buyers come with grants of any terms that the content was sold under.
  const most = highest > reward ? highest : reward
  return {
    ...{ tokens, unspent, exposed, worst: BigInt(STRANGERS_MAX_PIECES) * most },
    ...{ n, b, mode, window },
  }
}
