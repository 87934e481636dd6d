/** A torrent at work in figures. */
import type { Peer } from './peer.js'

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
