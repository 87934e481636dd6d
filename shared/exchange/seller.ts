/**
 * The seller's machine: everything that a buyer may do to it, in one table.
 *
 * Everything that costs (a window place, a try) is counted by the buyer's uid and saved, so that
 * neither a new socket nor a restart sheds a debt (D5, D7).
 */
import type { Rid } from '../identifier.js'
import { breach, type Stepped } from './exchange.js'
import { onPages } from './fetched.js'
import { onPage } from './pages.js'
import type { SellerContext, SellerInput, SellerState } from './seller-state.js'
import { onBlock, onOpen, onRequest, onResend } from './selling.js'
import { onPayment, onToken } from './till.js'
import { onWithdrawal } from './withdrawal.js'

type Result = Stepped<SellerState>
type Handler = (state: SellerState, input: never, context: SellerContext) => Result

/** State by input: the moves that are allowed. */
const TABLE: Readonly<Record<SellerState['phase'], Partial<Record<SellerInput['on'], Handler>>>> = {
  // What the tracker gave may come when the grant is opened anew, or not at all any more.
  waiting: { open: onOpen, block: onBlock, pages: (state) => ({ state, effects: [] }) },
  open: {
    open: onOpen,
    page: onPage,
    request: onRequest,
    block: onBlock,
    token: onToken,
    payment: onPayment,
    resend: onResend,
    withdrawal: onWithdrawal,
    pages: onPages,
  },
}

/** A seller that knows nothing of the grant yet. */
export function newSeller(rid: Rid): SellerState {
  const lists = { runs: [], parked: [], waiting: [], pages: new Set<number>() }
  const nothing = { till: undefined, counter: 0, list: 0, failures: 0, again: undefined }
  const maps = { owed: new Map(), forgiven: new Map(), resent: new Map() }
  return { phase: 'waiting', rid, ...maps, ...lists, ...nothing }
}

/** One move of the seller. */
export function stepSeller(state: SellerState, input: SellerInput, context: SellerContext): Result {
  const handler = TABLE[state.phase][input.on]
  if (handler === undefined) return breach(state, 'out-of-state', state.rid)
  return handler(state, input as never, context)
}
