/**
 * Sellers that went away with open requests: after the request's time the pieces are withdrawn.
 *
 * The saved withdrawal alone frees the pieces for others (D7); it is delivered when the seller is
 * met again.
 */
import { signWithdrawal } from '../../shared/exchange/buying.js'
import type { Uid } from '../../shared/identifier.js'
import type { OwnGrant, PayWorld } from './world.js'

/** Watches the reservations of a world's grants. */
export class Absences {
  readonly #world: PayWorld
  /** Since when a seller with reservations has had no connection, milliseconds. */
  readonly #since = new Map<Uid, number>()

  constructor(world: PayWorld) {
    this.#world = world
  }

  /** Looks for sellers that have been away for too long. */
  tick(): void {
    const { grants, outbox, sessions, options } = this.#world
    const now = options.trackerNow()
    const holding = new Set(grants.flatMap((grant) => [...grant.reservations.sellers()]))
    for (const seller of this.#since.keys()) {
      if (sessions.has(seller) || !holding.has(seller)) this.#since.delete(seller)
    }
    for (const seller of holding) {
      if (sessions.has(seller)) continue
      const since = this.#since.get(seller) ?? now
      this.#since.set(seller, since)
      if (now - since < options.requestTimeoutMs) continue
      for (const grant of grants) {
        const books = { rid: grant.rid, peer: seller }
        outbox.look(books, () => this.#withdraw(grant, seller, now))
      }
    }
  }

  /** Withdraws what is open, unless the seller is back by now. */
  #withdraw(grant: OwnGrant, seller: Uid, now: number): void {
    const { outbox, options, sessions } = this.#world
    const { uid: buyer, signer } = options.identity
    const { rid, reservations } = grant
    if (sessions.has(seller)) return
    const history = options.wallet.history(signer.fingerprint)
    for (const { counter, pieces } of history.buyer(rid, seller).runs) {
      const unpaid = pieces.filter((piece) => reservations.payable(piece))
      const run = { counter, pieces: unpaid }
      const withdrawal = signWithdrawal(rid, run, { buyer, seller, time: now }, signer)
      const save = { kind: 'withdrawn', counter, withdrawal } as const
      outbox.save({ do: 'save', role: 'buyer', rid, peer: seller, save })
      outbox.perform(() => {
        for (const piece of unpaid) reservations.follow(seller, { do: 'free', piece })
      })
    }
  }
}
