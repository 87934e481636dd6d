/** What a trade tells of itself. */
import type { Code, Refusal } from '../../shared/errors.js'
import type { PieceIndex, Uid } from '../../shared/identifier.js'

/** What happens to a trade that someone may want to hear of. */
export type TradeEvent =
  | { readonly event: 'paid'; readonly piece: PieceIndex; readonly seller: Uid }
  | { readonly event: 'earned'; readonly piece: PieceIndex; readonly buyer: Uid }
  | { readonly event: 'lost'; readonly piece: PieceIndex; readonly seller: Uid }
  | { readonly event: 'refused' | 'closed'; readonly code: Code; readonly uid: Uid | undefined }
  | {
      readonly event: 'blacklisted'
      readonly code: Code
      readonly uid: Uid
      readonly until: number
    }
  /** Pieces are gone from the disk, and missing again. */
  | { readonly event: 'gone'; readonly pieces: number }
  /** Whether the tracker can connect to us, when that changes. */
  | { readonly event: 'reach'; readonly reached: boolean; readonly port: number }
  /** The tracker went away (with the reason) or came back; or so with its pages of hash lists. */
  | { readonly event: 'tracker' | 'pages'; readonly problem: Refusal | undefined }
