/** Buying under one of our grants from one seller. */
import type { BuyerContext, BuyerState } from '../../shared/exchange/buyer-state.js'
import type { PieceIndex } from '../../shared/identifier.js'
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

/** Pieces that are asked for by blocks, or here, and not paid. */
export function owedPieces({ runs }: BuyerState): number {
  return runs.reduce((sum, { idle, todo, unpaid }) => {
    const waiting = todo.filter((piece) => unpaid.has(piece) && !idle.has(piece))
    const still = [...idle].filter((piece) => unpaid.has(piece))
    return sum + unpaid.size - waiting.length - still.length
  }, 0)
}
