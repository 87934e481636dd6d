/** A torrent at work in figures. */
import type { PieceIndex } from '../../shared/identifier.js'
import type { Bitfield } from './bitfield.js'
import { clientName } from './client-name.js'
import type { PeerAccount } from './gate.js'
import type { Peer } from './peer.js'
import type { Scheduler } from './scheduler.js'
import type { Torrent } from './torrent.js'

/** One connection in figures: bytes, and bytes per second. */
export interface PeerStats {
  readonly address: string
  readonly initiator: boolean
  /** The program that it says it runs. */
  readonly client: string | undefined
  /** What the gate knows of it. */
  readonly account: PeerAccount | undefined
  /** Pieces the peer says it has. */
  readonly pieces: number
  readonly downloadedBytes: number
  readonly uploadedBytes: number
  readonly downloadRate: number
  readonly uploadRate: number
}

/** A swarm in figures: bytes, and bytes per second. */
export interface SwarmStats {
  /** Pieces verified and on disk. */
  readonly have: number
  readonly pieceCount: number
  /** Pieces that are wanted. */
  readonly wanted: number
  /** Wanted pieces that are not. */
  readonly missing: number
  readonly downloadedBytes: number
  readonly uploadedBytes: number
  readonly downloadRate: number
  readonly uploadRate: number
  readonly done: boolean
  /** Which part of what is on disk was looked at, 0 to 1, while it is checked. */
  readonly checking: number | undefined
  readonly peers: readonly PeerStats[]
}

/** One connection in figures, now (monotonic milliseconds). */
export function peerStats(peer: Peer, now: number): PeerStats {
  const { address, downloads, initiator, pieces, session, uploads, wire } = peer
  return {
    ...{ address, initiator, pieces: pieces.count, account: session.account() },
    client: clientName(wire.peerExtendedHandshake.v, peer.peerId),
    downloadedBytes: downloads.rate.total,
    uploadedBytes: uploads.rate.total,
    downloadRate: downloads.rate.at(now),
    uploadRate: uploads.rate.at(now),
  }
}

/** One character a piece: `.` missing, `-` not wanted, `o` under way, `#` here. */
export function pieceMap(
  have: Bitfield | undefined,
  wanted: Bitfield,
  scheduler: Pick<Scheduler, 'isUnderWay'> | undefined,
): string {
  const marks = Buffer.alloc(wanted.size, '.')
  for (let piece = 0 as PieceIndex; piece < wanted.size; piece++) {
    if (have?.has(piece) === true) marks[piece] = 0x23
    else if (scheduler?.isUnderWay(piece) === true) marks[piece] = 0x6f
    else if (!wanted.has(piece)) marks[piece] = 0x2d
  }
  return marks.toString('latin1')
}

/** What a torrent and its connections come to; nothing before it is open. */
export function swarmStats(
  torrent: Torrent | undefined,
  peers: Iterable<Peer>,
  now: number,
): Omit<SwarmStats, 'pieceCount' | 'wanted' | 'missing' | 'done' | 'checking'> {
  const { downloaded, have, uploaded } = torrent ?? {}
  return {
    have: have?.count ?? 0,
    downloadedBytes: downloaded?.total ?? 0,
    uploadedBytes: uploaded?.total ?? 0,
    downloadRate: downloaded?.at(now) ?? 0,
    uploadRate: uploaded?.at(now) ?? 0,
    peers: [...peers].map((peer) => peerStats(peer, now)),
  }
}
