/**
 * Sellers that are gone with open requests, or that came back and do not take them up: after the
 * request's time the pieces are withdrawn, but for those that came whole, which are paid.
 *
 * The saved withdrawal alone frees the pieces for others (D7); it is delivered when the seller is
 * met again. Who connects and never answers the opening, in one connection or in many, is as good
 * as gone: else it could keep a piece from us for good.
 */
import { refused } from '../../shared/errors.js'
import type { BuyerHistory } from '../../shared/exchange/buyer-state.js'
import { signWithdrawal } from '../../shared/exchange/buying.js'
import { writeLetter } from '../../shared/exchange/letter.js'
import type { Uid } from '../../shared/identifier.js'
import type { OwnGrant, PayWorld } from './world.js'

/** Watches the reservations of a world's grants. */
export class Absences {
  readonly #world: PayWorld
  /** Since when a seller with reservations has not sold under their grants, milliseconds. */
  readonly #since = new Map<Uid, number>()

  constructor(world: PayWorld) {
    this.#world = world
  }

  /** Looks for sellers that have been away for too long. */
  tick(): void {
    const { grants, outbox, sessions, options } = this.#world
    const now = options.trackerNow()
    const holding = new Set(grants.flatMap((grant) => this.#idle(grant)))
    for (const seller of this.#since.keys()) if (!holding.has(seller)) this.#since.delete(seller)
    for (const seller of holding) {
      const since = this.#since.get(seller) ?? now
      this.#since.set(seller, since)
      if (now - since < options.requestTimeoutMs) continue
      for (const grant of grants) {
        if (!this.#idle(grant).includes(seller)) continue
        const session = sessions.get(seller)
        if (session?.over === false) session.drop('seller-silent')
        const books = { rid: grant.rid, peer: seller }
        outbox.look(books, () => this.#withdraw(grant, seller, now))
      }
    }
  }

  /** Sellers that hold reservations of a grant and do not sell under it now. */
  #idle({ reservations, rid }: OwnGrant): Uid[] {
    const { sessions } = this.#world
    return [...reservations.sellers()].filter((seller) => sessions.get(seller)?.sells(rid) !== true)
  }

  /** Pays what came whole and withdraws what is open, unless the seller is back by now. */
  #withdraw(grant: OwnGrant, seller: Uid, now: number): void {
    const { outbox, options, sessions } = this.#world
    const { uid: buyer, signer } = options.identity
    const { rid, reservations } = grant
    if (sessions.get(seller)?.over === false) return
    const history = options.wallet.history(signer.fingerprint).buyer(rid, seller)
    const ended = this.#pay(grant, seller, history)
    for (const { counter, pieces } of history.runs) {
      if (ended.has(counter)) continue
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

  /**
   * Pays the seller what a crash left unpaid on our disk: whoever withdraws that never pays it. It
   * is told by letter. Gives the requests that this ends.
   */
  #pay(grant: OwnGrant, seller: Uid, history: BuyerHistory): ReadonlySet<number> {
    const { options, outbox } = this.#world
    const { purse, reservations, rid } = grant
    const written = writeLetter(history, history.paid.length, {
      ...{ payer: options.scheme.payer, purse, seller, signer: options.identity.signer },
      unpaid: (piece) => this.#world.isUnpaid(grant, piece, seller),
    })
    const saves = written === undefined || refused(written) ? [] : written.saves
    for (const save of saves) {
      const effect = { do: 'save', role: 'buyer', rid, peer: seller, save } as const
      reservations.follow(seller, effect)
      outbox.save(effect)
    }
    return new Set(saves.flatMap((save) => (save.kind === 'ended' ? [save.counter] : [])))
  }
}
