/**
 * The exchange of one grant between one buyer and one seller: inputs, effects, and the table rule.
 *
 * Both sides are pure machines: `step(state, input) -> { state, effects }`. What is allowed is a
 * table of state and input; everything else is a breach and closes the connection. Effects are
 * performed in order, and a `save` is durable before the effect behind it is performed (design
 * §3).
 */
import type { KeyObject } from 'node:crypto'
import type { Amount } from '../amount.js'
import type { Signer } from '../crypto.js'
import { type Code, faultOf } from '../errors.js'
import type { Cid, PieceIndex, Rid, Uid } from '../identifier.js'
import type { Message } from '../wire/messages.js'

/** A member on the other side, as its certificate proved it. */
export interface Counterpart {
  readonly uid: Uid
  readonly key: KeyObject
}

/** What both machines are told of the world around them. */
export interface Surroundings {
  readonly self: Uid
  readonly signer: Signer
  readonly peer: Counterpart
  readonly cid: Cid
  /** SHA-1 of a piece, from the metainfo. */
  readonly hashOf: (piece: PieceIndex) => Uint8Array
  /** Length of a piece in bytes. */
  readonly sizeOf: (piece: PieceIndex) => number
  /** Whether the piece is on our disk, verified. */
  readonly has: (piece: PieceIndex) => boolean
}

/** What must survive a crash. `role` says which of our two parts in the grant is meant. */
export type Save =
  | {
      readonly kind: 'asked'
      readonly counter: number
      readonly pieces: readonly PieceIndex[]
      readonly request: Uint8Array
    }
  | { readonly kind: 'paid'; readonly k: number; readonly piece: PieceIndex }
  | { readonly kind: 'receipted'; readonly k: number; readonly receipt: Uint8Array }
  | { readonly kind: 'withdrawn'; readonly counter: number; readonly withdrawal: Uint8Array }
  | { readonly kind: 'ended'; readonly counter: number }
  /** The seller's release of a withdrawn request: it owes nothing any more, and this proves it. */
  | { readonly kind: 'released'; readonly counter: number; readonly release: Uint8Array }
  | {
      readonly kind: 'met'
      readonly cid: Cid
      readonly scheme: string
      /** What each piece under the grant brings; the terms of another grant may say otherwise. */
      readonly reward: Amount
      readonly opening: Uint8Array
      /** Number of the newest peer list shown. */
      readonly list: number
    }
  | {
      readonly kind: 'opened'
      readonly counter: number
      readonly pieces: readonly PieceIndex[]
      readonly request: Uint8Array
    }
  | {
      readonly kind: 'owed'
      readonly counter: number
      readonly piece: PieceIndex
      readonly tries: number
      /** When the piece was sent; milliseconds. */
      readonly time: number
    }
  | {
      readonly kind: 'earned'
      readonly k: number
      readonly piece: PieceIndex
      readonly token: Uint8Array
      /** The buyer's trust from now on, over all its grants (debtor.ts). */
      readonly trust: number
    }
  | { readonly kind: 'signed'; readonly k: number; readonly payment: Uint8Array }
  | { readonly kind: 'resent'; readonly piece: PieceIndex; readonly tries: number }
  | { readonly kind: 'closed'; readonly counter: number }
  /** What was owed of a request is paid by the provider's desk; by a wallet, not its machine. */
  | { readonly kind: 'compensated'; readonly counter: number }
  /** A page that was checked, kept for later connections; by the seller's desk, not its machine. */
  | { readonly kind: 'page'; readonly page: number; readonly body: Uint8Array }
  /** The other side's certificates, behind whatever it signs; by the session, not its machines. */
  | { readonly kind: 'peer'; readonly leaf: Uint8Array; readonly issuing: Uint8Array }

/** A block of a piece, offset and length in bytes. */
export interface BlockRange {
  readonly piece: PieceIndex
  readonly offset: number
  readonly length: number
}

/** What a machine wants done, in order. */
export type Effect =
  | {
      readonly do: 'save'
      readonly role: 'buyer' | 'seller'
      readonly rid: Rid
      readonly peer: Uid
      readonly save: Save
    }
  | { readonly do: 'send'; readonly message: Message }
  /** Seller: read the block and send it, or reject it. */
  | { readonly do: 'serve'; readonly block: BlockRange }
  | { readonly do: 'reject'; readonly block: BlockRange }
  /** Seller: as serve, of a piece that was paid before: behind everyone who pays now. */
  | { readonly do: 'spare'; readonly block: BlockRange }
  /**
   * Seller: ask the tracker for the pages of these pieces of a signed request; what comes of it is
   * the input `pages`.
   */
  | {
      readonly do: 'pages'
      readonly request: Uint8Array
      readonly pieces: readonly PieceIndex[]
    }
  /** Seller: a piece was paid and saved. */
  | { readonly do: 'credit'; readonly piece: PieceIndex }
  /** Buyer: ask for the piece's blocks; or give the piece back, any seller may be asked. */
  | { readonly do: 'fetch'; readonly piece: PieceIndex }
  | { readonly do: 'free'; readonly piece: PieceIndex }
  /** Buyer: the seller that was paid for the piece does not send it again. */
  | { readonly do: 'lost'; readonly piece: PieceIndex }
  /** Buyer: the seller refused the opening or a request; the code says why. */
  | { readonly do: 'refused'; readonly code: Code }
  | { readonly do: 'close'; readonly code: Code }

/** What a step gives back. */
export interface Stepped<S> {
  readonly state: S
  readonly effects: readonly Effect[]
}

/** A handler's result when the input breaks the protocol. */
export function breach<S>(state: S, code: Code, rid: Rid): Stepped<S> {
  const told: Effect[] =
    faultOf(code) === 'ours' ? [] : [{ do: 'send', message: { name: 'closing', code, rid } }]
  return { state, effects: [...told, { do: 'close', code }] }
}
