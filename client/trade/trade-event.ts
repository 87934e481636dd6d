/** What a trade tells of itself. */
import type { Refusal } from '../../shared/errors.js'
import type { Uid } from '../../shared/identifier.js'
import type { PayEvent } from '../pay/pay-event.js'

/** What happens to a trade that someone may want to hear of. */
export type TradeEvent =
  | PayEvent
  /** Pieces are gone from the disk, and missing again. */
  | { readonly event: 'gone'; readonly pieces: number }
  /** All sellers that the tracker names are on our own blacklist. */
  | { readonly event: 'avoided'; readonly sellers: readonly Uid[] }
  /** Whether the tracker can connect to us, when that changes. */
  | { readonly event: 'reach'; readonly reached: boolean; readonly port: number }
  /** The tracker went away (with the reason) or came back. */
  | { readonly event: 'tracker'; readonly problem: Refusal | undefined }
