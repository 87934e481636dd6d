/**
 * The seller's machine: everything that a buyer may do to it, in one table.
 *
 * Everything that costs (a window place, a try) is counted by the buyer's uid and saved, so that
 * neither a new socket nor a restart sheds a debt (D5, D7).
 */
import type { Rid } from '../identifier.js'
import { breach, type Stepped } from './exchange.js'
import type { SellerContext, SellerInput, SellerState } from './seller-state.js'
import { onBlock, onOpen, onPage, onRequest, onResend } from './selling.js'
import { onPayment, onToken } from './till.js'
import { onWithdrawal } from './withdrawal.js'

type Result = Stepped<SellerState>
type Handler = (state: SellerState, input: never, context: SellerContext) => Result

/** State by input: the moves that are allowed. */
const TABLE: Readonly<Record<SellerState['phase'], Partial<Record<SellerInput['on'], Handler>>>> = {
  waiting: { open: onOpen, block: onBlock },
  open: {
    open: onOpen,
    page: onPage,
    request: onRequest,
    block: onBlock,
    token: onToken,
    payment: onPayment,
    resend: onResend,
    withdrawal: onWithdrawal,
  },
}

/** A seller that knows nothing of the grant yet. */
export function newSeller(rid: Rid): SellerState {
  const nothing = { till: undefined, counter: 0, list: 0, runs: [], failures: 0, again: undefined }
  const maps = { owed: new Map(), forgiven: new Map(), resent: new Map() }
  return { phase: 'waiting', rid, ...maps, ...nothing }
}

/** One move of the seller. */
export function stepSeller(state: SellerState, input: SellerInput, context: SellerContext): Result {
  const handler = TABLE[state.phase][input.on]
  if (handler === undefined) return breach(state, 'out-of-state', state.rid)
  return handler(state, input as never, context)
}
