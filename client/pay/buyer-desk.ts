/** Buying on one connection: a machine for each of our grants that names this seller. */
import type { Code } from '../../shared/errors.js'
import { idlePieces, newBuyer, roomOf, stepBuyer } from '../../shared/exchange/buyer.js'
import {
  type BuyerContext,
  type BuyerInput,
  type BuyerState,
  isFetching,
  paidCount,
} from '../../shared/exchange/buyer-state.js'
import type { Counterpart } from '../../shared/exchange/exchange.js'
import { mayAskAgain } from '../../shared/exchange/lost.js'
import { isPageCode } from '../../shared/exchange/pages.js'
import type { PieceIndex, Rid } from '../../shared/identifier.js'
import {
  OPEN_GRANTS_MAX_COUNT,
  OPEN_REQUESTS_MAX_COUNT,
  REFUSAL_PAUSE_MS,
} from '../../shared/limits.js'
import type { Block } from '../engine/gate.js'
import { owingUnder, type Trade } from './buyer-trade.js'
import type { DeskLine, OwnGrant, PayWorld } from './world.js'

/** The buyer's side of one session. */
export class BuyerDesk {
  readonly #world: PayWorld
  readonly #peer: Counterpart
  readonly #line: DeskLine
  readonly #trades = new Map<Rid, Trade>()
  #announced = false
  /** Grants whose books are still being written: opened when they are. */
  readonly #opening = new Set<Rid>()

  constructor(world: PayWorld, peer: Counterpart, line: DeskLine) {
    this.#world = world
    this.#peer = peer
    this.#line = line
  }

  /** Opens every grant whose list names this seller; asks for a new list when none does. */
  begin(): void {
    const { options, standing, toShow } = this.#world
    if (this.#line.ending !== undefined) {
      const rids = toShow.map(({ rid }) => rid)
      const owing = new Set(standing.unsettledWith(rids, this.#peer.uid))
      const toOpen = toShow.filter(({ rid }) => owing.has(rid) && !this.#trades.has(rid))
      for (const grant of toOpen) this.#lookUp(grant)
      return
    }
    let unnamed = false
    for (const grant of toShow) {
      const trade = this.#trades.get(grant.rid)
      const named = grant.named.has(this.#peer.uid)
      if (!named && this.#world.isSpendable(grant)) unnamed = true
      // An open request is taken up in any case: the seller's answer, even a refusal, ends it.
      const bound = named || grant.reservations.sellers().has(this.#peer.uid)
      if (!bound) continue
      if (trade === undefined) this.#lookUp(grant)
      else if (trade.state.phase === 'refused') trade.pausedUntil = 0
    }
    // Once: the next list may not name it either.
    if (unnamed && !this.#announced && options.missing() > 0) options.announceAgain()
    this.#announced ||= unnamed
  }

  /** Opens a grant as soon as its books hold all that was done under it. */
  #lookUp(grant: OwnGrant): void {
    const { rid } = grant
    const shown = this.#trades.size + this.#opening.size
    if (this.#opening.has(rid) || shown >= OPEN_GRANTS_MAX_COUNT) return
    this.#opening.add(rid)
    this.#world.outbox.look({ rid, peer: this.#peer.uid }, () => {
      this.#opening.delete(rid)
      if (!this.#line.over) this.#open(grant)
    })
  }

  #open(grant: OwnGrant): void {
    const { options } = this.#world
    const { scheme, requestTimeoutMs, identity, keyring, wallet } = options
    const context: BuyerContext = {
      ...this.#world.surroundings(this.#peer),
      ...{ payer: scheme.payer, purse: grant.purse, scheme: scheme.name, requestTimeoutMs },
      payable: (piece) => this.#world.mayPay(grant, piece),
      elsewhere: (piece) => this.#world.isElsewhere(piece, this.#peer.uid),
      get peers() {
        return grant.peers
      },
      get signers() {
        return keyring.certificates().slice(-4)
      },
    }
    const history = wallet.history(identity.signer.fingerprint).buyer(grant.rid, this.#peer.uid)
    const state = newBuyer(grant.rid, history, context)
    if (state === undefined) return options.failed(new Error(`books of ${grant.rid} do not fit`))
    const trade: Trade = { grant, context, state, idle: new Set(), pausedUntil: 0 }
    this.#trades.set(grant.rid, trade)
    this.#step(trade, { on: 'start', now: options.trackerNow() })
  }

  #step(trade: Trade, input: BuyerInput): void {
    const before = trade.state
    const { state, effects } = stepBuyer(before, input, trade.context)
    trade.state = state
    trade.idle = idlePieces(state, trade.grant.purse.facts)
    for (const effect of effects) {
      trade.grant.reservations.follow(this.#peer.uid, effect)
      if (effect.do === 'close') this.#close(effect.code, input)
      else if (effect.do === 'refused') this.#refused(trade, effect.code, before)
      else if (effect.do === 'lost') this.#tell({ event: 'lost', piece: effect.piece })
      else this.#line.perform(effect)
      if (effect.do === 'save' && effect.save.kind === 'paid') {
        this.#tell({ event: 'paid', piece: effect.save.piece })
      }
    }
  }

  /** Closes for a breach: of what the seller said or sent; our own moves are none of its. */
  #close(code: Code, input: BuyerInput): void {
    const message = 'message' in input ? input.message : undefined
    const theirs = message !== undefined || input.on === 'block' || input.on === 'verified'
    if (theirs) this.#line.breach({ code, part: 'seller', message })
    else this.#line.perform({ do: 'close', code })
  }

  #tell(event: { readonly event: 'paid' | 'lost'; readonly piece: PieceIndex }): void {
    const { outbox, options } = this.#world
    const seller = this.#peer.uid
    outbox.perform(() => options.told({ ...event, seller }))
  }

  #refused(trade: Trade, code: Code, { claimed }: BuyerState): void {
    const { options } = this.#world
    // A seller that counted on the tracker's pages is helped at once: now it is sent ours.
    const helped = isPageCode(code) && claimed.size > 0
    if (!helped) trade.pausedUntil = options.trackerNow() + REFUSAL_PAUSE_MS
    options.told({ event: 'refused', code, uid: this.#peer.uid })
    if (code === 'not-named' || code === 'list-stale') options.announceAgain()
  }

  /** A message of the seller's; false when no grant of ours has this rid. */
  message(input: BuyerInput, rid: Rid): boolean {
    const trade = this.#trades.get(rid)
    if (trade === undefined) return false
    this.#step(trade, input)
    const done = this.#line.ending !== undefined && input.on === 'state' && !this.#line.over
    if (done) this.#step(trade, { on: 'stop', now: this.#now() })
    return true
  }

  #now(): number {
    return this.#world.options.trackerNow()
  }

  /** Pieces the engine may offer now, under all grants together. */
  room(): number {
    return [...this.#trades.values()].reduce((sum, trade) => sum + this.#room(trade), 0)
  }

  #room(trade: Trade): number {
    return this.#payRoom(trade) + (this.#mayAskAgain(trade) ? 1 : 0)
  }

  /** A whole run, or less when few pieces are left to share out (D7). */
  #payRoom({ grant, idle, pausedUntil, state }: Trade): number {
    const over = idle.size === 0 && !this.#world.isSpendable(grant)
    if (over || pausedUntil > this.#now()) return 0
    const { missing } = this.#world.options
    const sellers = Math.max(1, this.#world.sessions.size)
    const share = Math.ceil(missing() / (2 * sellers))
    const run = Math.max(1, Math.min(grant.purse.facts.b, share))
    return roomOf(state, grant.purse.facts, run, OPEN_REQUESTS_MAX_COUNT)
  }

  #mayAskAgain({ grant, pausedUntil, state }: Trade): boolean {
    const ready = pausedUntil <= this.#now() && mayAskAgain(state)
    return ready && grant.reservations.lostTo(this.#peer.uid).size > 0
  }

  mayFetch(piece: PieceIndex): boolean {
    return this.#line.ending === undefined && this.#taker(piece) !== undefined
  }

  /** The trade with room to ask for a piece in: one that paid for it, else one that is to pay. */
  #taker(piece: PieceIndex): Trade | undefined {
    const seller = this.#peer.uid
    const trades = [...this.#trades.values()].filter(({ state }) => state.phase === 'open')
    const paid = trades.find(
      (trade) => this.#mayAskAgain(trade) && trade.grant.reservations.lostTo(seller).has(piece),
    )
    if (paid !== undefined) return paid
    const grant = this.#world.grantFor(piece)
    const resumed = trades.find((trade) => {
      const { reservations } = trade.grant
      const ours = reservations.isReserved(piece) || trade.grant === grant
      const may = trade.idle.has(piece) && ours && reservations.mayAsk(piece, seller)
      return may && this.#payRoom(trade) > 0
    })
    if (resumed !== undefined) return resumed
    const trade = grant === undefined ? undefined : this.#trades.get(grant.rid)
    const ready = trade?.state.phase === 'open' && trade.idle.size === 0
    return ready && this.#payRoom(trade) > 0 ? trade : undefined
  }

  /** Offers each piece to the trade that takes it, no more than it has room for. */
  want(pieces: readonly PieceIndex[]): void {
    const taken = new Map<Trade, { paying: PieceIndex[]; lost: PieceIndex[] }>()
    for (const piece of pieces) {
      const trade = this.#taker(piece)
      const lists = (trade && taken.get(trade)) ?? { paying: [], lost: [] }
      if (trade === undefined || !this.#fits(trade, lists, piece)) {
        this.#line.perform({ do: 'free', piece })
      } else {
        taken.set(trade, lists)
      }
    }
    for (const [trade, { lost, paying }] of taken) {
      this.#step(trade, { on: 'want', pieces: [...lost, ...paying], now: this.#now() })
    }
  }

  /** Puts a piece on its list; the place of a lost one is no place in a run, which would be longer
   * than a request may be. */
  #fits(
    trade: Trade,
    lists: { readonly paying: PieceIndex[]; readonly lost: PieceIndex[] },
    piece: PieceIndex,
  ): boolean {
    const isLost = trade.grant.reservations.lostTo(this.#peer.uid).has(piece)
    const list = isLost ? lists.lost : lists.paying
    const fits = list.length < (isLost ? 1 : this.#payRoom(trade))
    if (fits) list.push(piece)
    return fits
  }

  #fetching(piece: PieceIndex): Trade | undefined {
    return [...this.#trades.values()].find(({ state }) => isFetching(state, piece))
  }

  /** Whether the block belongs to a piece that is being fetched here. */
  arrived(block: Block): boolean {
    const trade = this.#fetching(block.piece)
    if (trade !== undefined) this.#step(trade, { on: 'block', block, now: this.#now() })
    return trade !== undefined
  }

  /** Whether a piece that is whole would be taken: its request was not given up meanwhile. */
  expects(piece: PieceIndex): boolean {
    return this.#fetching(piece) !== undefined
  }

  verified(piece: PieceIndex, good: boolean): void {
    const trade = this.#fetching(piece)
    if (trade !== undefined) this.#step(trade, { on: 'verified', piece, good, now: this.#now() })
  }

  rejected(block: Block): void {
    const trade = this.#fetching(block.piece)
    if (trade !== undefined) this.#step(trade, { on: 'reject', block, now: this.#now() })
  }

  tick(): void {
    const now = this.#now()
    for (const trade of this.#trades.values()) {
      const again = trade.state.phase === 'refused' && trade.pausedUntil <= now
      this.#step(trade, { on: again ? 'start' : 'tick', now })
    }
  }

  stop(): void {
    for (const trade of this.#trades.values()) this.#step(trade, { on: 'stop', now: this.#now() })
  }

  /** Whether the seller takes requests under a grant. */
  isOpen(rid: Rid): boolean {
    return this.#trades.get(rid)?.state.phase === 'open'
  }

  /** Whether every piece that was delivered here under a grant is paid, signed and receipted. */
  isSettled(rid: Rid): boolean {
    const state = this.#trades.get(rid)?.state
    if (state?.phase !== 'open' || state.runs.length > 0) return false
    return state.signed === paidCount(state) && state.awaiting.size === 0
  }

  /** What the seller delivers, or has delivered, and is not paid. */
  get owing() {
    return owingUnder(this.#trades.values())
  }

  /** Whether a receipt or a release is still to come. */
  get awaits(): boolean {
    return [...this.#trades.values()].some(
      ({ state }) => state.awaiting.size > 0 || state.withdrawn.length > 0,
    )
  }
}
