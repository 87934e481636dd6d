/**
 * The end game of a free torrent, for one connection: blocks that another peer owes are asked for
 * here as well, whoever is first brings them, and the other request is cancelled (BEP 3).
 *
 * A paid torrent has no end game of this kind: a piece is never asked from two sellers (design D7).
 */
import type { PieceIndex } from '../../shared/identifier.js'
import type { Assembly } from './assembly.js'
import type { Block } from './gate.js'
import type { Peer } from './peer.js'

interface Help {
  readonly assembly: Assembly
  /** By offset. */
  readonly asked: Map<number, Block>
}

/** Requests that double those of other peers. */
export class Helping {
  readonly #peer: Peer
  readonly #pieces = new Map<PieceIndex, Help>()
  /** Requests that are out. */
  inFlight = 0

  constructor(peer: Peer) {
    this.#peer = peer
  }

  /** Asks for up to `room` blocks of a piece that another peer is fetching. */
  help(assembly: Assembly, room: number): void {
    const blocks = this.#pieces.has(assembly.piece) ? [] : assembly.lacking().slice(0, room)
    if (blocks.length === 0) return
    const asked = new Map(blocks.map((block) => [block.offset, block]))
    this.#pieces.set(assembly.piece, { assembly, asked })
    this.inFlight += blocks.length
    assembly.helped = true
    for (const { length, offset, piece } of blocks) this.#peer.wire.request(piece, offset, length)
  }

  /** A block came in; its piece, when it was asked for here. */
  take({ length, offset, piece }: Block): Assembly | undefined {
    const help = this.#pieces.get(piece)
    if (help?.asked.get(offset)?.length !== length) return undefined
    this.#forget(help, offset)
    return help.assembly
  }

  /** The peer refused the block; false when it was not asked for here. */
  rejected(block: Block): boolean {
    return this.take(block) !== undefined
  }

  /** The block is here; whether it was still to come from this peer. */
  cancel({ length, offset, piece }: Block): boolean {
    const help = this.#pieces.get(piece)
    if (help?.asked.has(offset) !== true) return false
    this.#forget(help, offset)
    this.#peer.wire.cancel(piece, offset, length)
    return true
  }

  /** A piece is not fetched by whom it was; gives the blocks whose requests were cancelled. */
  stop(piece: PieceIndex): Block[] {
    const blocks = [...(this.#pieces.get(piece)?.asked.values() ?? [])]
    return blocks.filter((block) => this.cancel(block))
  }

  /** The peer dropped every request, or is to be left alone. */
  clear(): Block[] {
    return [...this.#pieces.keys()].flatMap((piece) => this.stop(piece))
  }

  #forget({ asked, assembly }: Help, offset: number): void {
    asked.delete(offset)
    this.inFlight--
    if (asked.size === 0) this.#pieces.delete(assembly.piece)
  }
}

/** Has a peer bring blocks that others owe, of pieces that may come from several; those first whose
 * peers send least. `now` is in monotonic milliseconds. */
export function helpOthers(
  peer: Peer,
  peers: Iterable<Peer>,
  now: number,
  may: (piece: PieceIndex) => boolean,
): void {
  const { downloads, pieces } = peer
  const others = [...peers].filter((other) => other !== peer)
  others.sort((a, b) => a.downloads.rate.at(now) - b.downloads.rate.at(now))
  for (const other of others) {
    for (const assembly of other.downloads.assemblies) {
      const room = downloads.depth - downloads.helping.inFlight
      const { piece } = assembly
      if (pieces.has(piece) && may(piece)) downloads.helping.help(assembly, room)
    }
  }
}
