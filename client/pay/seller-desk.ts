/**
 * Selling on one connection: a machine for each grant that the peer introduces.
 */
import type { Counterpart, Effect } from '../../shared/exchange/exchange.js'
import { newSeller, stepSeller } from '../../shared/exchange/seller.js'
import type {
  BuyerMessage,
  SellerContext,
  SellerInput,
  SellerState,
} from '../../shared/exchange/seller-state.js'
import type { Rid } from '../../shared/identifier.js'
import type { Block } from '../engine/gate.js'
import type { PayWorld } from './world.js'

/** Grants that one connection may introduce: a content's own and a few supplementary ones (D8). */
const GRANTS_MAX_COUNT = 8

/** The seller's side of one session. */
export class SellerDesk {
  readonly #world: PayWorld
  readonly #context: SellerContext
  readonly #perform: (effect: Effect) => void
  readonly #states = new Map<Rid, SellerState>()

  constructor(world: PayWorld, peer: Counterpart, perform: (effect: Effect) => void) {
    const { scheme, keyring } = world.options
    const { payee, name } = scheme
    this.#world = world
    this.#context = { ...world.surroundings(peer), payee, scheme: name, keyring }
    this.#perform = perform
  }

  /** A message of the buyer's. */
  message(message: BuyerMessage): void {
    const { outbox, options } = this.#world
    const now = options.trackerNow()
    const { rid } = message
    const state = this.#states.get(rid) ?? newSeller(rid)
    if (message.name !== 'open') return this.#step(state, { on: message.name, message, now })
    if (!this.#states.has(rid) && this.#states.size >= GRANTS_MAX_COUNT) {
      return this.#perform({ do: 'close', code: 'too-many-open' })
    }
    outbox.flush()
    const { fingerprint } = options.identity.signer
    const buyer = this.#context.peer.uid
    const history = options.wallet.history(fingerprint).seller(rid, buyer, now)
    return this.#step(state, { on: 'open', message, history, now })
  }

  #step(before: SellerState, input: SellerInput): void {
    const { state, effects } = stepSeller(before, input, this.#context)
    this.#states.set(state.rid, state)
    const { outbox, options } = this.#world
    const buyer = this.#context.peer.uid
    for (const effect of effects) {
      if (effect.do !== 'credit') this.#perform(effect)
      else outbox.perform(() => options.told({ event: 'earned', piece: effect.piece, buyer }))
    }
  }

  /** The peer asks for a block: the grant decides that has the piece in an open request. */
  requested(block: Block): void {
    const now = this.#world.options.trackerNow()
    const states = [...this.#states.values()]
    const state =
      states.find((one) => one.owed.has(block.piece)) ??
      states.find((one) => one.runs.some((run) => run.pieces.includes(block.piece)))
    const begun = state?.owed.has(block.piece) === true
    if (state === undefined || (this.#world.closing && !begun)) {
      return this.#perform({ do: 'reject', block })
    }
    this.#step(state, { on: 'block', block, now })
  }

  /** Whether a payment for something delivered is still to come. */
  get awaits(): boolean {
    return [...this.#states.values()].some(({ till, owed }) => {
      const unsigned = (till?.progress.k ?? 0) - (till?.payment?.k ?? 0)
      return unsigned > 0 || owed.size > 0
    })
  }
}
