/** A torrent at work in figures. */
import type { Peer } from './peer.js'
import type { Torrent } from './torrent.js'

/** One connection in figures: bytes, and bytes per second. */
export interface PeerStats {
  readonly address: string
  readonly initiator: boolean
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
  readonly peers: readonly PeerStats[]
}

/** One connection in figures, now (monotonic milliseconds). */
export function peerStats(peer: Peer, now: number): PeerStats {
  const { address, downloads, initiator, pieces, uploads } = peer
  return {
    ...{ address, initiator, pieces: pieces.count },
    downloadedBytes: downloads.rate.total,
    uploadedBytes: uploads.rate.total,
    downloadRate: downloads.rate.at(now),
    uploadRate: uploads.rate.at(now),
  }
}

/** What a torrent and its connections come to; nothing before it is open. */
export function swarmStats(
  torrent: Torrent | undefined,
  peers: Iterable<Peer>,
  now: number,
): Omit<SwarmStats, 'pieceCount' | 'wanted' | 'missing' | 'done'> {
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
