/**
 * Selling on one connection: a machine for each grant that the peer introduces.
 */
import { assert, type Code } from '../../shared/errors.js'
import { windowOf } from '../../shared/exchange/debtor.js'
import type { Counterpart, Effect } from '../../shared/exchange/exchange.js'
import type { Page } from '../../shared/exchange/pages.js'
import { newSeller, stepSeller } from '../../shared/exchange/seller.js'
import type {
  BuyerMessage,
  SellerContext,
  SellerInput,
  SellerState,
} from '../../shared/exchange/seller-state.js'
import type { Rid } from '../../shared/identifier.js'
import { HELD_MESSAGES_MAX_COUNT, OPEN_GRANTS_MAX_COUNT } from '../../shared/limits.js'
import type { MessageOf } from '../../shared/wire/messages.js'
import type { Block } from '../engine/gate.js'
import { Probe } from './probe.js'
import type { DeskLine, PayWorld } from './world.js'

/** The seller's side of one session. */
export class SellerDesk {
  readonly #world: PayWorld
  readonly #context: SellerContext
  readonly #line: DeskLine
  /** There when the way to the buyer is asked about. */
  readonly #probe: Probe | undefined
  readonly #states = new Map<Rid, SellerState>()
  /** Messages behind an `open` whose books are still being written. */
  readonly #held = new Map<Rid, BuyerMessage[]>()

  constructor(world: PayWorld, peer: Counterpart, line: DeskLine) {
    const { scheme, keyring } = world.options
    const { payee, name } = scheme
    this.#world = world
    this.#context = {
      ...world.surroundings(peer),
      ...{ payee, scheme: name, keyring },
      get ending() {
        return line.ending
      },
      debtor: (rid) => world.debtors.of(peer.uid, rid, world.options.trackerNow()),
      get fetchesPages() {
        return world.pages.fetches
      },
    }
    this.#line = line
    const ping = (number: number) => line.say({ name: 'ping', number })
    const { probing, random } = world.options
    this.#probe = probing && new Probe(probing, peer.uid, { ping, random })
  }

  /** A few times a second. */
  tick(): void {
    this.#probe?.tick()
  }

  /** The buyer answers a ping. */
  answered(number: number): void {
    this.#probe?.answered(number)
  }

  /** A message of the buyer's. */
  message(message: BuyerMessage): void {
    const { rid } = message
    const held = this.#held.get(rid)
    if (held !== undefined) {
      held.push(message)
      if (held.length > HELD_MESSAGES_MAX_COUNT) {
        this.#line.breach({ code: 'out-of-state', part: 'buyer', message })
      }
      return
    }
    if (message.name === 'open') return this.#lookUp(message)
    const now = this.#world.options.trackerNow()
    return this.#step(this.#stateOf(rid), { on: message.name, message, now })
  }

  #stateOf(rid: Rid): SellerState {
    return this.#states.get(rid) ?? newSeller(rid)
  }

  /** Opens a grant as soon as its books hold all that was done under it. */
  #lookUp(message: MessageOf<'open'>): void {
    const { rid } = message
    const known = new Set([...this.#states.keys(), ...this.#held.keys(), rid])
    if (known.size > OPEN_GRANTS_MAX_COUNT) {
      return this.#line.breach({ code: 'too-many-open', part: 'buyer', message })
    }
    const held: BuyerMessage[] = []
    this.#held.set(rid, held)
    this.#world.outbox.look({ rid, peer: this.#context.peer.uid }, () => {
      this.#held.delete(rid)
      if (!this.#line.over) this.#open(message)
      for (const next of held) if (!this.#line.over) this.message(next)
    })
  }

  #open(message: MessageOf<'open'>): void {
    const { options } = this.#world
    const now = options.trackerNow()
    const { rid } = message
    const { fingerprint } = options.identity.signer
    const buyer = this.#context.peer.uid
    const history = options.wallet.history(fingerprint).seller(rid, buyer)
    this.#step(this.#stateOf(rid), { on: 'open', message, history, now })
  }

  #step(before: SellerState, input: SellerInput): void {
    const { state, effects } = stepSeller(before, input, this.#context)
    this.#states.set(state.rid, state)
    const { outbox, options, debtors } = this.#world
    if (state !== before) this.#keepPages(before, input, state)
    const buyer = this.#context.peer.uid
    for (const effect of effects) {
      if (effect.do === 'save') debtors.follow(buyer, state.rid, effect.save)
      if (effect.do === 'close') this.#close(effect.code, input)
      else if (effect.do === 'pages') void this.#fetchPages(state.rid, effect)
      else if (effect.do !== 'credit') this.#line.perform(effect)
      else {
        assert(state.till !== undefined, 'nothing is credited without a till')
        const { reward } = state.till.facts
        const earned = { event: 'earned', piece: effect.piece, buyer, reward } as const
        outbox.perform(() => options.told(earned))
      }
    }
  }

  /**
   * Closes for a breach. Asking for a piece once more may cross with our own word that it was sent
   * often enough, and our own disk may have spoilt it: that counts for nothing.
   */
  #close(code: Code, input: SellerInput): void {
    const message = 'message' in input && input.on !== 'resend' ? input.message : undefined
    if (message === undefined) this.#line.perform({ do: 'close', code })
    else this.#line.breach({ code, part: 'buyer', message })
  }

  /** Counts the pages that a step has taken in; those that are new here are kept on disk. */
  #keepPages(before: SellerState, input: SellerInput, { pages, rid }: SellerState): void {
    const taken = (given: readonly Page[], but = new Set<number>() as ReadonlySet<number>) =>
      given.filter(({ page }) => pages.has(page) && !but.has(page))
    const { pages: source } = this.#world
    if (input.on === 'open') source.count('cache', taken(input.history.pages ?? []))
    const given = input.on === 'pages' ? input.pages : input.on === 'page' ? [input.message] : []
    const fresh = taken(given as readonly Page[], before.pages)
    source.count(input.on === 'pages' ? 'tracker' : 'buyer', fresh)
    const peer = this.#context.peer.uid
    for (const { page, body } of fresh) {
      const save = { kind: 'page', page, body } as const
      this.#line.perform({ do: 'save', role: 'seller', rid, peer, save })
    }
  }

  /** Asks the tracker; by the time it answers the grant may have been opened anew. */
  async #fetchPages(rid: Rid, { request, pieces }: Extract<Effect, { do: 'pages' }>) {
    const fetched = await this.#world.pages.fetch({ rid, request, pieces })
    const now = this.#world.options.trackerNow()
    if (!this.#line.over) this.#step(this.#stateOf(rid), { on: 'pages', ...fetched, now })
  }

  /** The peer asks for a block: the grant decides that has the piece in an open request. */
  requested(block: Block): void {
    const now = this.#world.options.trackerNow()
    const states = [...this.#states.values()]
    const state =
      states.find((one) => one.owed.has(block.piece)) ??
      states.find(({ parked, runs }) =>
        [...runs, ...parked].some(({ pieces }) => pieces.includes(block.piece)),
      ) ??
      states.find((one) => one.again?.piece === block.piece)
    const begun = state?.owed.has(block.piece) === true
    if (state === undefined || (this.#world.closing && !begun)) {
      return this.#line.perform({ do: 'reject', block })
    }
    this.#step(state, { on: 'block', block, now })
  }

  /** A block was handed to the socket: the payment of its piece is due from then on. */
  sent({ piece }: Block): void {
    this.#probe?.sent()
    const state = [...this.#states.values()].find(({ owed }) => owed.has(piece))
    if (state === undefined) return
    this.#world.debtors.sent(this.#context.peer.uid, state.rid, piece)
  }

  /**
   * Pieces that were delivered, wholly or in part, and are not paid. Who owes nothing and is sent
   * blocks all the same has only lost pieces coming, and goes behind everyone who pays (D8).
   */
  get debt(): number {
    return this.owed === 0 ? Number.POSITIVE_INFINITY : this.owed
  }

  /** Pieces that were delivered, wholly or in part, and are not paid. */
  get owed(): number {
    let pieces = 0
    for (const { owed } of this.#states.values()) pieces += owed.size
    return pieces
  }

  /** Pieces that the buyer may owe at most now; undefined when it has opened no grant. */
  get window(): number | undefined {
    const open = [...this.#states.values()].filter(({ phase }) => phase === 'open')
    if (open.length === 0) return undefined
    return Math.max(...open.map((state) => windowOf(state, this.#context)))
  }

  /** Whether the buyer gave up a grant that it has opened here: its lists are void (D9). */
  get isGivenUp(): boolean {
    const { standing } = this.#world
    const { uid } = this.#context.peer
    return [...this.#states.values()].some(
      ({ phase, rid, list }) => phase === 'open' && standing.isGivenUp(rid, uid, list),
    )
  }

  /** Whether blocks of a piece that will be paid are still to leave. */
  get delivering(): boolean {
    return [...this.#states.values()].some(({ owed }) =>
      [...owed.values()].some(({ left }) => left > 0),
    )
  }

  /** Whether a payment for something delivered is still to come. */
  get awaits(): boolean {
    return [...this.#states.values()].some(({ till, owed }) => {
      const unsigned = (till?.progress.k ?? 0) - (till?.payment?.k ?? 0)
      return unsigned > 0 || owed.size > 0
    })
  }
}
