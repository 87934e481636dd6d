/** What a pay gate tells of its business. */
import type { Amount } from '../../shared/amount.js'
import type { Code, Refusal } from '../../shared/errors.js'
import type { PieceIndex, Uid } from '../../shared/identifier.js'

/** What happened, for people and for the claims. */
export type PayEvent =
  | { readonly event: 'paid'; readonly piece: PieceIndex; readonly seller: Uid }
  | {
      readonly event: 'earned'
      readonly piece: PieceIndex
      readonly buyer: Uid
      readonly reward: Amount
    }
  /** The seller that was paid for a piece does not send it again. */
  | { readonly event: 'lost'; readonly piece: PieceIndex; readonly seller: Uid }
  | { readonly event: 'refused' | 'closed'; readonly code: Code; readonly uid: Uid | undefined }
  /** A member broke the rules: no trade with it until then, milliseconds. */
  | {
      readonly event: 'blacklisted'
      readonly code: Code
      readonly uid: Uid
      readonly until: number
    }
  /** The tracker gives no more pages (with the reason), or does again. */
  | { readonly event: 'pages'; readonly problem: Refusal | undefined }
