/**
 * Both machines on a wire of queues, with real wallets and a power switch.
 *
 * Every effect that is performed is a point; at a chosen point one side dies: its state and all
 * that was under way are gone, its wallet and its disk stay. Then both meet again.
 */
import { join } from 'node:path'
import { Reservations } from '../../client/pay/reservations.js'
import { must } from '../../shared/errors.js'
import { idlePieces, newBuyer, roomOf, stepBuyer } from '../../shared/exchange/buyer.js'
import {
  type BuyerContext,
  type BuyerInput,
  type BuyerState,
  isFetching,
  type SellerMessage,
} from '../../shared/exchange/buyer-state.js'
import { signWithdrawal } from '../../shared/exchange/buying.js'
import type { Debtors } from '../../shared/exchange/debtors.js'
import type { Effect } from '../../shared/exchange/exchange.js'
import { mayAskAgain } from '../../shared/exchange/lost.js'
import { newSeller, stepSeller } from '../../shared/exchange/seller.js'
import type {
  BuyerMessage,
  SellerContext,
  SellerInput,
  SellerState,
} from '../../shared/exchange/seller-state.js'
import type { PieceIndex } from '../../shared/identifier.js'
import { pieceHash, pieceSize } from '../../shared/metainfo.js'
import { type Message, openBody } from '../../shared/wire/messages.js'
import { FINGERPRINT, KEYRING, NOW_MS, party } from '../contract/provider.js'
import { type Books, debtorsOf, openBooks } from './books.js'
import type { Market } from './market.js'
import { type Item, type Mischief, PowerCut } from './mischief.js'

/** A buyer and a seller of one grant. */
export class Link {
  readonly market: Market
  readonly buyer = party('buyer')
  readonly seller = party('seller')
  readonly wallets: { buyer: Books; seller: Books }
  readonly disk = new Set<PieceIndex>()
  readonly mischief: Mischief
  /** Effects performed so far, by what they do; the power goes before number `crashAt`. */
  readonly performed: string[] = []
  /** Blocks the seller was made to read. */
  served = 0
  now = NOW_MS
  closed: string | undefined
  /** Codes of refusals that the buyer took notice of, and of all that the seller sent. */
  readonly refusals: string[] = []
  readonly told: string[] = []
  /** Pieces that the buyer gave up as lost. */
  readonly lost: PieceIndex[] = []
  buying: BuyerState | undefined
  selling: SellerState | undefined
  debtors!: Debtors
  #reservations: Reservations | undefined
  #toSeller: Item[] = []
  #toBuyer: Item[] = []
  crashAt: number

  constructor(
    market: Market,
    folder: string,
    crashAt = Number.MAX_SAFE_INTEGER,
    mischief: Mischief = {},
  ) {
    this.market = market
    const open = (name: string, fill: number) =>
      openBooks(join(folder, `${name}.db`), new Uint8Array(32).fill(fill))
    this.wallets = { buyer: open('buyer', 1), seller: open('seller', 2) }
    this.crashAt = crashAt
    this.mischief = mischief
  }

  get rid() {
    return this.market.facts(this.buyer).rid
  }

  /** A new connection: both sides begin from what they saved. False when a side died. */
  connect(): boolean {
    this.#toBuyer = []
    this.#toSeller = []
    this.closed = undefined
    this.#reservations = new Reservations(
      this.rid,
      this.wallets.buyer.history(FINGERPRINT),
      (piece) => this.disk.has(piece),
    )
    const history = this.wallets.buyer.history(FINGERPRINT).buyer(this.rid, this.seller.uid)
    this.buying = newBuyer(this.rid, history, this.#buyerContext())
    this.selling = newSeller(this.rid)
    this.debtors = debtorsOf(this.wallets.seller, () => this.now)
    return this.#run(() => this.#buy({ on: 'start', now: this.now }))
  }

  #surroundings() {
    const { metainfo } = this.market.content
    return {
      cid: metainfo.cid,
      hashOf: (piece: PieceIndex) => pieceHash(metainfo, piece),
      sizeOf: (piece: PieceIndex) => pieceSize(metainfo, piece),
    }
  }

  #buyerContext(): BuyerContext {
    const { payer, broker, name } = this.market.scheme
    const { issued } = must(broker.issue(this.market.issueContext(this.buyer)))
    const { cid } = this.market.content.metainfo
    const own = { keyring: KEYRING, buyer: this.buyer.uid, cid }
    return {
      ...this.#surroundings(),
      ...{ self: this.buyer.uid, signer: this.buyer.signer, payer, scheme: name },
      peer: { uid: this.seller.uid, key: this.seller.publicKey },
      has: (piece) => this.disk.has(piece),
      purse: must(payer.accept(issued, own)),
      peers: this.market.list(this.buyer, this.mischief.named ?? [this.seller]),
      payable: (piece) => this.#reservations?.payable(piece) === true,
      ...{ elsewhere: () => false, signers: [], requestTimeoutMs: 30_000 },
    }
  }

  #sellerContext(): SellerContext {
    const { payee, name } = this.market.scheme
    return {
      ...this.#surroundings(),
      ...{ self: this.seller.uid, signer: this.seller.signer, payee, scheme: name },
      peer: { uid: this.buyer.uid, key: this.buyer.publicKey },
      debtor: (rid) => this.debtors.of(this.buyer.uid, rid, this.now),
      has: () => true,
      keyring: KEYRING,
    }
  }

  /** Does something and runs until nothing is under way; false when a side died. */
  #run(begin: () => void): boolean {
    try {
      begin()
      while (this.closed === undefined) {
        const item = this.#toSeller.shift()
        if (item !== undefined) this.#atSeller(item)
        const back = this.#toBuyer.shift()
        if (back !== undefined) this.#atBuyer(back)
        if (item === undefined && back === undefined && !this.#offer()) return true
      }
      return true
    } catch (error) {
      if (error instanceof PowerCut) return false
      throw error
    }
  }

  /** The engine's part: offers pieces while the buyer has room; false when it offered nothing. */
  #offer(): boolean {
    const [state, books] = [this.buying, this.#reservations]
    // A real buyer pauses after a refusal; here it offers nothing more on this connection.
    if (state === undefined || this.told.length > 0) return false
    const facts = this.market.facts(this.buyer)
    const room = roomOf(state, facts, facts.b, 2)
    const idle = idlePieces(state, facts)
    const all = [...Array(facts.pieces).keys()] as PieceIndex[]
    const missing = all.filter((piece) => !this.disk.has(piece))
    const free = missing.filter((piece) =>
      idle.size > 0 ? idle.has(piece) : books?.payable(piece) && !books.isReserved(piece),
    )
    const lost = mayAskAgain(state) ? books?.lostTo(this.seller.uid) : undefined
    const picked = free.toSorted(this.mischief.order ?? (() => 0)).slice(0, room)
    const pieces = [...(lost ?? [])].slice(0, 1).concat(picked)
    if (pieces.length === 0) return false
    this.#buy({ on: 'want', pieces, now: this.now })
    return true
  }

  /** Time passes at the buyer. */
  tick(ms: number): boolean {
    this.now += ms
    return this.#run(() => this.#buy({ on: 'tick', now: this.now }))
  }

  /** The seller was away for too long: the buyer withdraws its requests, as absences.ts does. */
  giveUp(): void {
    const { rid, buyer, seller, now, wallets } = this
    const parties = { buyer: buyer.uid, seller: seller.uid, time: now }
    for (const { counter, pieces } of wallets.buyer.history(FINGERPRINT).buyer(rid, seller.uid)
      .runs) {
      const withdrawal = signWithdrawal(rid, { counter, pieces }, parties, buyer.signer)
      const save = { kind: 'withdrawn', counter, withdrawal } as const
      const effect = { do: 'save', role: 'buyer', rid, peer: seller.uid, save } as const
      wallets.buyer.commit(FINGERPRINT, [effect])
    }
  }

  stop(): boolean {
    return this.#run(() => this.#buy({ on: 'stop', now: this.now }))
  }

  /** Puts a message of the buyer's on the wire, as a cheat would. */
  inject(message: BuyerMessage): boolean {
    return this.#run(() => this.#toSeller.push({ message }))
  }

  /** Asks for a block as a cheat would. */
  ask(piece: number, length = 1024): boolean {
    const block = { piece: piece as PieceIndex, offset: 0, length }
    return this.#run(() => this.#toSeller.push({ ask: block }))
  }

  #atSeller(item: Item): void {
    if ('ask' in item) return this.#sell({ on: 'block', block: item.ask, now: this.now })
    if (!('message' in item)) return
    const message = item.message as BuyerMessage
    if (message.name !== 'open') {
      return this.#sell({ on: message.name, message, now: this.now } as SellerInput)
    }
    const history = this.wallets.seller.history(FINGERPRINT).seller(this.rid, this.buyer.uid)
    this.#sell({ on: 'open', message, history, now: this.now })
  }

  #atBuyer(item: Item): void {
    const { now } = this
    if ('no' in item) return this.#buy({ on: 'reject', block: item.no, now })
    if ('data' in item) {
      const { piece } = item.data
      if (this.mischief.arrives?.(piece) === false) return
      this.#buy({ on: 'block', block: item.data, now })
      if (this.closed !== undefined) return
      const good = this.mischief.isGood?.(piece) ?? true
      if (good && this.buying !== undefined && isFetching(this.buying, piece)) this.disk.add(piece)
      return this.#buy({ on: 'verified', piece, good, now })
    }
    if (!('message' in item)) return
    const message = item.message as SellerMessage
    if (item.message.name === 'closing') this.closed = item.message.code
    else this.#buy({ on: message.name, message, now } as BuyerInput)
  }

  #buy(input: BuyerInput): void {
    if (this.buying === undefined) return
    const { state, effects } = stepBuyer(this.buying, input, this.#buyerContext())
    this.buying = state
    for (const effect of effects) this.#reservations?.follow(this.seller.uid, effect)
    for (const effect of effects) {
      this.#point(effect, 'buyer')
      if (effect.do === 'send') this.#put(this.#toSeller, effect.message)
      if (effect.do === 'refused') this.refusals.push(effect.code)
      if (effect.do === 'lost') this.lost.push(effect.piece)
      if (effect.do !== 'fetch') continue
      const { piece } = effect
      const length = pieceSize(this.market.content.metainfo, piece)
      this.#toSeller.push({ ask: { piece, offset: 0, length } })
    }
  }

  #sell(input: SellerInput): void {
    if (this.selling === undefined) return
    const { state, effects } = stepSeller(this.selling, input, this.#sellerContext())
    this.selling = state
    for (const effect of effects) {
      if (effect.do === 'save') this.debtors.follow(this.buyer.uid, this.rid, effect.save)
      this.#point(effect, 'seller')
      if (effect.do === 'send') this.#put(this.#toBuyer, this.#note(effect.message))
      if (effect.do === 'serve' || effect.do === 'spare') {
        this.served += 1
        this.#toBuyer.push({ data: effect.block })
      }
      if (effect.do === 'reject') this.#toBuyer.push({ no: effect.block })
    }
  }

  #note(message: Message): Message {
    if (message.name !== 'refusal') return message
    const { publicKey, signer } = this.seller
    const verifier = { ...signer, publicKey }
    this.told.push(must(openBody('refusal', message.signed, verifier)).code)
    return message
  }

  #put(queue: Item[], message: Message): void {
    const { onMessage } = this.mischief
    const changed = onMessage === undefined ? message : onMessage(message)
    if (changed !== undefined) queue.push({ message: changed })
  }

  /** One effect is performed, or the power goes just before it. */
  #point(effect: Effect, side: 'buyer' | 'seller'): void {
    const what = effect.do === 'save' ? `save ${effect.save.kind}` : effect.do
    this.performed.push(`${side} ${what}`)
    if (this.performed.length === this.crashAt) throw new PowerCut()
    if (effect.do === 'save') this.wallets[side].commit(FINGERPRINT, [effect])
    if (effect.do === 'close') this.closed = effect.code
  }

  close(): void {
    this.wallets.buyer.close()
    this.wallets.seller.close()
  }
}
