/** What a torrent at work is made of, and what it reports. */
import type { Refusal } from '../../shared/errors.js'
import type { PieceIndex } from '../../shared/identifier.js'
import type { Metainfo } from '../../shared/metainfo.js'
import type { Gate } from './gate.js'
import type { Resources } from './resources.js'
import type { Selection } from './selection.js'
import type { StockBook } from './stock.js'

/** What a swarm is made of. */
export interface SwarmOptions {
  readonly metainfo: Metainfo
  /** Holds the torrent's files, or its folder of files; made when missing. */
  readonly folder: string
  readonly gate: Gate
  /** 20 bytes. */
  readonly peerId: Uint8Array
  /** Uniform in [0, 1). */
  readonly random: () => number
  /** Monotonic milliseconds. */
  readonly now: () => number
  /** Shared by the torrents of a process. */
  readonly resources: Resources
  /** Bring each piece to the disk (fdatasync) before it counts; by default when the gate is
   * exclusive, since money follows (design D8). */
  readonly sync?: boolean
  /** All files are here and good: do not hash them at start. */
  readonly trusted?: boolean
  /** Files that are wanted; of the others only what shares a piece with them is fetched. */
  readonly chosen?: Selection
  /** Fetch pieces in order, those further on the rarest first. */
  readonly sequential?: boolean
  /** Where it is remembered what was on disk; without it everything is hashed at start. */
  readonly stock?: StockBook
  /** Cut files that are longer than the torrent says: the folder is ours to fill. */
  readonly cut?: boolean
  readonly events?: SwarmEvents
}

/** What a swarm reports; the functions must not throw. */
export interface SwarmEvents {
  /** A piece was hashed and is on disk. */
  verified?(piece: PieceIndex): void
  /** Nothing that is wanted is missing any more. */
  done?(): void
  /** Pieces that were here are gone from the disk; they are missing from now on. */
  lost?(pieces: readonly PieceIndex[]): void
  /** The disk failed; the swarm is stopping. */
  failed?(refusal: Refusal): void
}
