/** Buying under one of our grants from one seller. */
import type { BuyerContext, BuyerState } from '../../shared/exchange/buyer-state.js'
import type { PieceIndex } from '../../shared/identifier.js'
import type { PeerAccount } from '../engine/gate.js'
import type { OwnGrant } from './world.js'

/** The machine of one grant, and when it may move. */
export interface Trade {
  readonly grant: OwnGrant
  readonly context: BuyerContext
  state: BuyerState
  idle: ReadonlySet<PieceIndex>
  /** After a refusal: ask for nothing before this time, milliseconds. */
  pausedUntil: number
}

/** What a seller delivers, or has delivered, under these and is not paid, at each one's reward. */
export function owingUnder(trades: Iterable<Trade>): Pick<PeerAccount, 'owedByUs' | 'owing'> {
  let [owedByUs, owing] = [0, 0n]
  for (const { grant, state } of trades) {
    const pieces = owedPieces(state)
    owedByUs += pieces
    owing += BigInt(pieces) * grant.purse.facts.reward
  }
  return { owedByUs, owing }
}

/** Pieces that are asked for by blocks, or here, and not paid. */
function owedPieces({ runs }: BuyerState): number {
  return runs.reduce((sum, { idle, todo, unpaid }) => {
    const waiting = todo.filter((piece) => unpaid.has(piece) && !idle.has(piece))
    const still = [...idle].filter((piece) => unpaid.has(piece))
    return sum + unpaid.size - waiting.length - still.length
  }, 0)
}
