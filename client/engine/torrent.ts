/** What the peers of one torrent share, and what they report to it; the swarm implements both. */
import type { Code, Refusal } from '../../shared/errors.js'
import type { PieceIndex } from '../../shared/identifier.js'
import type { Metainfo } from '../../shared/metainfo.js'
import type { Assembly } from './assembly.js'
import type { Bitfield } from './bitfield.js'
import type { Block, Gate } from './gate.js'
import type { Peer } from './peer.js'
import type { Rate } from './rate.js'
import type { Resources } from './resources.js'
import type { Storage } from './storage.js'

/** The state of one torrent that its peers read. */
export interface Torrent {
  readonly metainfo: Metainfo
  readonly gate: Gate
  /** 20 bytes. */
  readonly peerId: Uint8Array
  /** Pieces that are verified and on disk. */
  readonly have: Bitfield
  /** Pieces that are to be had. */
  readonly wanted: Bitfield
  readonly storage: Storage
  readonly resources: Resources
  /** Monotonic milliseconds. */
  readonly now: () => number
  /** Blocks of pieces that were begun and freed; a free torrent goes on with them. */
  readonly partials: Map<PieceIndex, Assembly>
  readonly downloaded: Rate
  readonly uploaded: Rate
  readonly events: PeerEvents
}

/** Everything that a connection can bring about. */
export interface PeerEvents {
  /** The BEP 3 handshake is in; a code sends the peer away. */
  greeted(peer: Peer): Code | undefined
  /** Both handshakes are through. */
  ready(peer: Peer): void
  /** The peer told us what it has: one more piece, or (undefined) its bitfield. */
  described(peer: Peer, piece: PieceIndex | undefined): void
  /** The peer became interested, or lost interest. */
  interested(peer: Peer): void
  /** Something changed; the peer might take more pieces. */
  hungry(peer: Peer): void
  /** A block came in of a piece that several peers were asked for; `asked` when its own was. */
  shared(peer: Peer, assembly: Assembly, block: Block, asked: boolean): void
  /** Every block of a piece is in. */
  received(peer: Peer, assembly: Assembly): void
  /** The piece is tied to the peer no longer. */
  freed(piece: PieceIndex): void
  /** Bytes of a piece that we had are gone from the disk. */
  lost(piece: PieceIndex): void
  /** The disk failed. */
  failed(refusal: Refusal): void
  /** The connection is closed. */
  closed(peer: Peer): void
}
