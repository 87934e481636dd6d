/**
 * Pieces that nothing we bought brings any more: what a supplementary grant is for (D8, D9).
 *
 * A piece is stranded when it is not on disk, no grant of ours can pay for it, and the seller that
 * was paid for it has given it up or stays away.
 */
import type { PieceIndex, Rid, Uid } from '../../shared/identifier.js'
import type { PayWorld } from './world.js'

/** Watches for sellers that should send lost pieces again. */
export class Stranded {
  readonly #world: PayWorld
  /** Since when a paid seller has sold nothing under a grant, by grant and seller; milliseconds. */
  readonly #since = new Map<string, number>()

  constructor(world: PayWorld) {
    this.#world = world
  }

  /** Looks for sellers that are away, or back. */
  tick(): void {
    const { grants, options, sessions } = this.#world
    const now = options.trackerNow()
    for (const { rid, reservations } of grants) {
      for (const seller of reservations.lostSellers()) {
        const key = keyOf(rid, seller)
        if (sessions.get(seller)?.sells(rid) === true) this.#since.delete(key)
        else if (!this.#since.has(key)) this.#since.set(key, now)
      }
    }
  }

  /** The pieces, ascending. */
  pieces(): PieceIndex[] {
    const { grants, options } = this.#world
    const { has, metainfo } = options
    const found: PieceIndex[] = []
    for (let piece = 0 as PieceIndex; piece < metainfo.pieceCount; piece++) {
      if (has(piece) || this.#world.grantFor(piece) !== undefined) continue
      const expected = grants.some(
        ({ rid, reservations }) =>
          reservations.isReserved(piece) || this.#isAwaited(rid, reservations.comesBackFrom(piece)),
      )
      if (!expected) found.push(piece)
    }
    return found
  }

  /** Whether a seller that was paid may still come with the piece. */
  #isAwaited(rid: Rid, seller: Uid | undefined): boolean {
    if (seller === undefined) return false
    const { requestTimeoutMs, trackerNow } = this.#world.options
    const since = this.#since.get(keyOf(rid, seller))
    return since === undefined || trackerNow() - since < requestTimeoutMs
  }
}

const keyOf = (rid: Rid, seller: Uid): string => `${rid} ${seller}`
