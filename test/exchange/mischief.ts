/** How a test interferes with the two machines of a link. */
import type { BlockRange } from '../../shared/exchange/exchange.js'
import type { PieceIndex } from '../../shared/identifier.js'
import type { Message } from '../../shared/wire/messages.js'
import type { Party } from '../contract/provider.js'

/** What a test may change on the way. */
export interface Mischief {
  /** Called for every message before it arrives; undefined swallows it. */
  readonly onMessage?: (message: Message) => Message | undefined
  /** Whether the hash of a delivered piece is right; by default it is. */
  readonly isGood?: (piece: PieceIndex) => boolean
  /** Whether the blocks of a piece arrive; by default they do. */
  readonly arrives?: (piece: PieceIndex) => boolean
  /** The order in which the engine would have pieces; by default as they lie in the content. */
  readonly order?: (a: PieceIndex, b: PieceIndex) => number
  /** Sellers that the buyer's list names; by default the one that it meets. */
  readonly named?: readonly Party[]
}

/** What crosses the wire: a message, or a block of the plain protocol. */
export type Item =
  | { message: Message }
  | { ask: BlockRange }
  | { data: BlockRange }
  | { no: BlockRange }

/** The power goes: thrown at the chosen effect. */
export class PowerCut extends Error {}
