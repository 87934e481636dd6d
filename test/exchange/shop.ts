/**
 * A seller's machines with real books, for buyers that do as they like: every message is made by
 * hand, in any order, under several grants at once, and the seller may restart at any time.
 */
import { join } from 'node:path'
import { must, refused } from '../../shared/errors.js'
import type { Debtors } from '../../shared/exchange/debtors.js'
import type { Effect } from '../../shared/exchange/exchange.js'
import { newSeller, stepSeller } from '../../shared/exchange/seller.js'
import type { SellerContext, SellerInput, SellerState } from '../../shared/exchange/seller-state.js'
import type { PieceIndex, Rid } from '../../shared/identifier.js'
import { pieceHash, pieceSize } from '../../shared/metainfo.js'
import type { Progress, Purse } from '../../shared/schemes/scheme.js'
import { type MessageOf, signBody } from '../../shared/wire/messages.js'
import { FINGERPRINT, KEYRING, NOW_MS, type Party, party } from '../contract/provider.js'
import { type Books, debtorsOf, openBooks } from './books.js'
import type { Market } from './market.js'

/** A grant in the hands of a buyer that keeps to nothing. */
export interface Hand {
  readonly buyer: Party
  readonly rid: Rid
  readonly purse: Purse
  readonly open: Uint8Array
  readonly only: readonly number[] | undefined
  counter: number
  progress: Progress | undefined
}

/** One seller, and what became of its machines. */
export class Shop {
  readonly seller = party('seller')
  readonly market: Market
  readonly books: Books
  debtors: Debtors
  now = NOW_MS
  readonly #states = new Map<Rid, SellerState>()

  constructor(market: Market, folder: string) {
    this.market = market
    this.books = openBooks(join(folder, 'seller.db'), new Uint8Array(32))
    this.debtors = debtorsOf(this.books, () => this.now)
  }

  /** Buys: the whole content, or these pieces alone under a grant of their own. */
  hand(buyer: Party, only?: readonly number[]): Hand {
    const { payer, broker } = this.market.scheme
    const { issued } = must(broker.issue(this.market.issueContext(buyer, only)))
    const { cid } = this.market.content.metainfo
    const purse = must(payer.accept(issued, { keyring: KEYRING, buyer: buyer.uid, cid }))
    const { rid } = purse.facts
    return { buyer, rid, purse, open: issued.open, only, counter: 0, progress: undefined }
  }

  /** The process ends and comes up again: nothing is left but the books. */
  restart(): void {
    this.#states.clear()
    this.debtors = debtorsOf(this.books, () => this.now)
  }

  #context(buyer: Party): SellerContext {
    const { content, scheme } = this.market
    const { metainfo } = content
    return {
      ...{ self: this.seller.uid, signer: this.seller.signer, cid: metainfo.cid, has: () => true },
      ...{ payee: scheme.payee, scheme: scheme.name, keyring: KEYRING },
      peer: { uid: buyer.uid, key: buyer.publicKey },
      hashOf: (piece) => pieceHash(metainfo, piece),
      sizeOf: (piece) => pieceSize(metainfo, piece),
      debtor: (rid) => this.debtors.of(buyer.uid, rid, this.now),
    }
  }

  #step({ buyer, rid }: Hand, input: object): readonly Effect[] {
    const given = { ...input, now: this.now } as SellerInput
    const before = this.#states.get(rid) ?? newSeller(rid)
    const { state, effects } = stepSeller(before, given, this.#context(buyer))
    this.#states.set(rid, state)
    for (const effect of effects) {
      if (effect.do === 'save') {
        this.books.commit(FINGERPRINT, [effect])
        this.debtors.follow(buyer.uid, rid, effect.save)
      }
      if (effect.do === 'serve') this.debtors.sent(buyer.uid, rid, effect.block.piece)
      if (effect.do === 'close') this.#states.delete(rid)
    }
    return effects
  }

  /** A new connection: the grant is shown, and its first page. */
  open(hand: Hand): void {
    const { buyer, only, open, rid } = hand
    const { scheme } = this.market
    const peers = this.market.list(buyer, [this.seller], only)
    const parts = { k: 0, counter: 0, signers: [], opening: open, peers }
    const message = { name: 'open', rid, scheme: scheme.name, ...parts }
    const history = this.books.history(FINGERPRINT).seller(rid, buyer.uid)
    this.#states.delete(rid)
    this.#step(hand, { on: 'open', message, history })
    const piece = (only?.[0] ?? 0) as PieceIndex
    const page = scheme.payer.pay(
      hand.purse,
      this.seller.uid,
      undefined,
      { step: 'page', piece },
      buyer.signer,
    )
    if (refused(page) || !this.isOpen(hand)) return
    this.#step(hand, {
      on: 'page',
      message: { name: 'page', rid, page: page.page, body: page.bytes },
    })
  }

  isOpen({ rid }: Hand): boolean {
    return this.#states.get(rid)?.phase === 'open'
  }

  /** A signed request. */
  ask(hand: Hand, pieces: readonly number[]): readonly Effect[] {
    const { buyer, rid } = hand
    const { cid } = this.market.content.metainfo
    const parties = { rid, cid, buyer: buyer.uid, seller: this.seller.uid }
    const run = { counter: ++hand.counter, pieces: pieces as PieceIndex[], time: this.now }
    const signed = signBody('request', { ...parties, ...run }, buyer.signer)
    return this.#step(hand, { on: 'request', message: { name: 'request', rid, signed } })
  }

  /** A whole piece is asked for as one block; whether it is served. */
  take(hand: Hand, piece: number): boolean {
    const length = pieceSize(this.market.content.metainfo, piece as PieceIndex)
    const block = { piece: piece as PieceIndex, offset: 0, length }
    return this.#step(hand, { on: 'block', block }).some((effect) => effect.do === 'serve')
  }

  /** The token of a piece, as the next payment; whether the seller counts it. */
  pay(hand: Hand, piece: number): boolean {
    const step = { step: 'token', piece: piece as PieceIndex } as const
    const { payer } = this.market.scheme
    const paid = payer.pay(hand.purse, this.seller.uid, hand.progress, step, hand.buyer.signer)
    if (refused(paid)) return false
    const token = { k: paid.progress.k, piece: step.piece, token: paid.bytes }
    const message: MessageOf<'token'> = { name: 'token', rid: hand.rid, ...token }
    const earned = this.#step(hand, { on: 'token', message }).some(
      ({ do: did }) => did === 'credit',
    )
    if (earned) hand.progress = paid.progress
    return earned
  }

  /** The signature over everything paid so far. */
  sign(hand: Hand): void {
    const { payer } = this.market.scheme
    const { buyer, progress, purse, rid } = hand
    if (progress === undefined) return
    const step = { step: 'payment' } as const
    const paid = must(payer.pay(purse, this.seller.uid, progress, step, buyer.signer))
    const message = { name: 'payment', rid, k: progress.k, body: paid.bytes }
    this.#step(hand, { on: 'payment', message })
  }

  /** Withdraws the latest request. */
  withdraw(hand: Hand): void {
    const { buyer, counter, rid } = hand
    if (counter === 0) return
    const parties = { rid, buyer: buyer.uid, seller: this.seller.uid }
    const body = { ...parties, counter, pieces: [], time: this.now }
    const signed = signBody('withdrawal', body, buyer.signer)
    this.#step(hand, { on: 'withdrawal', message: { name: 'withdrawal', rid, signed } })
  }

  close(): void {
    this.books.close()
  }
}
