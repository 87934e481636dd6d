/**
 * All buyers of one seller and what they owe it, kept up by what the machines save (D5).
 *
 * Whoever drives the machines asks here before each step (`of`) and tells of each save and each
 * block that left. So a debt follows its buyer over connections, grants and contents, and with the
 * saved rows over restarts.
 */
import type { PieceIndex, Rid, Uid } from '../identifier.js'
import { PAYMENT_DUE_MS, STRANGER_WITHDRAWN_MS, UNPAID_COUNTED_MS } from '../limits.js'
import type { Debtor } from './debtor.js'
import type { Save } from './exchange.js'

/** What a seller's books hold of its buyers when it starts. Times in milliseconds. */
export interface DebtorRows {
  readonly trust: readonly { readonly buyer: Uid; readonly trust: number }[]
  /** Buyers that have signed a payment. */
  readonly paid: readonly Uid[]
  /** Pieces begun and unpaid; counter 0: withdrawn. */
  readonly owed: readonly {
    readonly rid: Rid
    readonly buyer: Uid
    readonly piece: PieceIndex
    readonly counter: number
    readonly time: number
  }[]
  /** Pieces paid by token alone, of buyers that have signed nothing. */
  readonly unsigned: readonly { readonly rid: Rid; readonly buyer: Uid; readonly pieces: number }[]
}

/** A piece begun and unpaid. */
interface Debt {
  /** Of its request; 0 once that was withdrawn. */
  counter: number
  /** When it was begun, by the tracker's time. */
  readonly time: number
  /** When the last of it was sent, as far as this process knows, by its own clock. */
  since: number
}

/** One buyer under one grant. */
interface Account {
  readonly debts: Map<PieceIndex, Debt>
  /** Pieces paid by token alone; counted while the buyer is a stranger. */
  unsigned: number
}

interface Buyer {
  trust: number
  readonly accounts: Map<Rid, Account>
}

/** All buyers of one seller under one provider. */
export class Debtors {
  readonly #steady: () => number
  readonly #buyers = new Map<Uid, Buyer>()
  /** Those of them that have signed no payment. */
  readonly #strangers = new Map<Uid, Buyer>()

  /**
   * `steady` is a clock that is never set, in milliseconds: lateness is judged by it alone, so that
   * no change of the time costs a buyer anything (D11). This seller has just come up: while it was
   * away nobody could pay.
   */
  constructor(rows: DebtorRows, steady: () => number) {
    this.#steady = steady
    const now = steady()
    for (const { buyer, trust } of rows.trust) this.#buyer(buyer).trust = trust
    for (const buyer of rows.paid) this.#acquaint(buyer)
    for (const { buyer, counter, piece, rid, time } of rows.owed) {
      this.#account(buyer, rid).debts.set(piece, { counter, time, since: now })
    }
    for (const { buyer, pieces, rid } of rows.unsigned) this.#account(buyer, rid).unsigned = pieces
  }

  #buyer(uid: Uid): Buyer {
    const known = this.#buyers.get(uid)
    if (known !== undefined) return known
    const fresh: Buyer = { trust: 0, accounts: new Map() }
    this.#buyers.set(uid, fresh)
    this.#strangers.set(uid, fresh)
    return fresh
  }

  /** The buyer is no stranger any more. */
  #acquaint(uid: Uid): void {
    this.#buyer(uid)
    this.#strangers.delete(uid)
  }

  #account(uid: Uid, rid: Rid): Account {
    const { accounts } = this.#buyer(uid)
    const known = accounts.get(rid)
    if (known !== undefined) return known
    const fresh: Account = { debts: new Map(), unsigned: 0 }
    accounts.set(rid, fresh)
    return fresh
  }

  /** A buyer in the eyes of one of its grants; `now` is the tracker's time. */
  of(uid: Uid, rid: Rid, now: number): Debtor {
    const buyer = this.#buyers.get(uid)
    const late = new Set<PieceIndex>()
    const steady = this.#steady()
    let [elsewhere, owesElsewhere] = [0, false]
    for (const [grant, { debts }] of buyer?.accounts ?? []) {
      for (const [piece, { counter, since, time }] of debts) {
        if (counter === 0) continue
        // Its grant may be over, its content not traded any more: nobody can end such a debt.
        if (grant !== rid && now - time > UNPAID_COUNTED_MS) continue
        const overdue = steady - since > PAYMENT_DUE_MS
        if (grant !== rid) elsewhere += 1
        if (overdue && grant === rid) late.add(piece)
        else if (overdue) owesElsewhere = true
      }
    }
    const known = buyer !== undefined && !this.#strangers.has(uid)
    const strangers = known ? undefined : this.#ofStrangers(uid, rid, now)
    return { trust: buyer?.trust ?? 0, elsewhere, owesElsewhere, late, strangers }
  }

  /** Pieces that strangers have, but for one account. */
  #ofStrangers(uid: Uid, rid: Rid, now: number): number {
    let pieces = 0
    for (const [other, { accounts }] of this.#strangers) {
      for (const [grant, { debts, unsigned }] of accounts) {
        if (other === uid && grant === rid) continue
        pieces += unsigned
        for (const { counter, time } of debts.values()) {
          const horizon = counter === 0 ? STRANGER_WITHDRAWN_MS : UNPAID_COUNTED_MS
          if (now - time <= horizon) pieces += 1
        }
      }
    }
    return pieces
  }

  /** Takes up what a machine of this seller saves, before its next step. */
  follow(uid: Uid, rid: Rid, save: Save): void {
    if (save.kind === 'owed') {
      const { debts } = this.#account(uid, rid)
      const { counter, piece, time } = save
      const before = debts.get(piece)
      const begun = before === undefined || before.counter === 0 ? time : before.time
      debts.set(piece, { counter, time: begun, since: this.#steady() })
    } else if (save.kind === 'earned') {
      const account = this.#account(uid, rid)
      account.debts.delete(save.piece)
      account.unsigned += 1
      this.#buyer(uid).trust = save.trust
    } else if (save.kind === 'signed') {
      this.#acquaint(uid)
      this.#forget(uid, rid)
    } else if (save.kind === 'compensated') {
      const { debts } = this.#account(uid, rid)
      for (const [piece, { counter }] of debts) if (counter === save.counter) debts.delete(piece)
    } else if (save.kind === 'closed') {
      for (const debt of this.#account(uid, rid).debts.values()) {
        if (debt.counter === save.counter) debt.counter = 0
      }
    }
  }

  /** A signed account without debts says nothing more. */
  #forget(uid: Uid, rid: Rid): void {
    const account = this.#account(uid, rid)
    account.unsigned = 0
    if (account.debts.size === 0) this.#buyer(uid).accounts.delete(rid)
  }

  /** A block of a piece has left: its payment is due from now on. */
  sent(uid: Uid, rid: Rid, piece: PieceIndex): void {
    const debt = this.#buyers.get(uid)?.accounts.get(rid)?.debts.get(piece)
    if (debt !== undefined) debt.since = this.#steady()
  }
}
