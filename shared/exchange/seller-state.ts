/**
 * What a seller holds of one grant, what can happen to it, and the words that all its moves use.
 */
import type { Code } from '../errors.js'
import type { PieceIndex, Rid } from '../identifier.js'
import type { Keyring } from '../keyring.js'
import type { PaidPiece, Payee, Till } from '../schemes/scheme.js'
import { type Message, type MessageOf, signBody } from '../wire/messages.js'
import type { Debtor } from './debtor.js'
import type { BlockRange, Effect, Save, Surroundings } from './exchange.js'
import type { Page } from './pages.js'

/** What the seller's machine is told besides what both are told. */
export interface SellerContext extends Surroundings {
  readonly payee: Payee
  /** Scheme that the content's terms name. */
  readonly scheme: string
  readonly keyring: Keyring
  /** Whether pages that are missing are asked of the tracker; absent: the buyer sends them. */
  readonly fetchesPages?: boolean
  /** Why nothing more is asked for on this connection, only paid, if so. */
  readonly ending?: Code | undefined
  /** What this seller holds of the buyer beyond one of its grants, as of now. */
  readonly debtor: (rid: Rid) => Debtor
}

/** A request that is neither paid, withdrawn nor refused. */
export interface OpenRun {
  readonly counter: number
  /** Its pieces that are not paid yet, in the request's order. */
  readonly pieces: readonly PieceIndex[]
}

/** A request that waits until the pages which it lacks are here. */
export interface ParkedRun {
  readonly counter: number
  readonly pieces: readonly PieceIndex[]
  readonly message: MessageOf<'request'>
}

/** A piece whose delivery has begun and that is not paid. */
export interface OwedPiece {
  readonly counter: number
  /** Times it was sent again. */
  readonly tries: number
  /** Bytes of it that may still be asked for before it counts as sent again. */
  readonly left: number
  /** Loaded from an earlier connection: the next block asked for begins another try. */
  readonly earlier: boolean
}

/** A lost piece that is being sent again, free of charge, to the buyer that paid for it (D8). */
export interface Resending {
  readonly counter: number
  readonly piece: PieceIndex
  /** Bytes of it that may still be asked for; all of them before the first block. */
  readonly left: number
  /** Whether this try is counted: from its first block. */
  readonly begun: boolean
}

/** What a seller saved of this buyer and grant before. */
export interface SellerHistory {
  readonly paid: readonly PaidPiece[]
  readonly payment: Uint8Array | undefined
  readonly counter: number
  readonly runs: readonly OpenRun[]
  readonly owed: readonly { piece: PieceIndex; counter: number; tries: number }[]
  readonly forgiven: readonly { piece: PieceIndex; tries: number }[]
  /** Paid pieces that were sent again, and how often. */
  readonly resent: readonly { piece: PieceIndex; tries: number }[]
  /** Pages that were kept; each is checked again. */
  readonly pages?: readonly Page[]
  /** Number of the newest peer list that this grant showed. */
  readonly list: number
}

/** The state of one grant in the seller's hands. */
export interface SellerState {
  readonly phase: 'waiting' | 'open'
  readonly rid: Rid
  readonly till: Till | undefined
  readonly counter: number
  readonly list: number
  readonly runs: readonly OpenRun[]
  readonly owed: ReadonlyMap<PieceIndex, OwedPiece>
  /**
   * Pieces withdrawn after their delivery began, with their tries: no debt any more, but each keeps
   * its place until it is paid, or another piece is paid in its stead (placesOf; D5, D7).
   */
  readonly forgiven: ReadonlyMap<PieceIndex, number>
  /** How often paid pieces were sent again, over all connections. */
  readonly resent: ReadonlyMap<PieceIndex, number>
  /** The open request for a lost piece; it ends with its connection, since nothing hangs on it. */
  readonly again: Resending | undefined
  /** Numbers of the pages that the till holds. */
  readonly pages: ReadonlySet<number>
  /** Requests that wait: the first for pages from the tracker, others for the first. */
  readonly parked: readonly ParkedRun[]
  /** Blocks of their pieces that were asked for meanwhile. */
  readonly waiting: readonly BlockRange[]
  /** Payments in a row that did not check out; while above 0 what does not continue is skipped. */
  readonly failures: number
}

/** What happens to a seller. */
export type SellerInput =
  | {
      readonly on: 'open'
      readonly message: MessageOf<'open'>
      readonly history: SellerHistory
      readonly now: number
    }
  | {
      readonly on: Exclude<BuyerMessage['name'], 'open'>
      readonly message: BuyerMessage
      readonly now: number
    }
  | { readonly on: 'block'; readonly block: BlockRange; readonly now: number }
  | {
      readonly on: 'pages'
      readonly pages: readonly Page[]
      /** Why the tracker gives none: the request is refused by it. */
      readonly code?: Code
      readonly now: number
    }

/** Messages that a buyer sends. */
export type BuyerMessage = MessageOf<
  'open' | 'page' | 'request' | 'token' | 'payment' | 'resend' | 'withdrawal'
>

/** Their names. */
const OF_BUYER: ReadonlySet<Message['name']> = new Set<BuyerMessage['name']>([
  'open',
  'page',
  'request',
  'token',
  'payment',
  'resend',
  'withdrawal',
])

/** Whether a message is for the seller of a grant; `closing` is for neither. */
export function isOfBuyer(message: Message): message is BuyerMessage {
  return OF_BUYER.has(message.name)
}

/** Whose signature a message of the buyer's must carry. */
export const verifierOf = (context: SellerContext) => ({
  fingerprint: context.signer.fingerprint,
  publicKey: context.peer.key,
})

/** A save of this grant in the seller's part. */
export function save(state: SellerState, context: SellerContext, what: Save): Effect {
  return { do: 'save', role: 'seller', rid: state.rid, peer: context.peer.uid, save: what }
}

/** A signed refusal that ends the request with this counter, or the opening when it is 0. */
export function refusalOf(
  state: SellerState,
  context: SellerContext,
  counter: number,
  code: Code,
  now: number,
): Effect {
  const parties = { rid: state.rid, buyer: context.peer.uid, seller: context.self }
  const note = { ...parties, counter, code, time: now }
  const signed = signBody('refusal', note, context.signer)
  return { do: 'send', message: { name: 'refusal', rid: state.rid, signed } }
}
