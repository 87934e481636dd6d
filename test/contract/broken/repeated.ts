/** Breaks the second law: a claim again spends as many pieces again, the next that are unspent. */
import { escrow, pending } from '../../../shared/account.js'
import { amount } from '../../../shared/amount.js'
import { refused } from '../../../shared/errors.js'
import type { PieceIndex } from '../../../shared/identifier.js'
import { floodgate } from '../../../shared/schemes/floodgate/floodgate.js'
import type { Broker, Scheme } from '../../../shared/schemes/scheme.js'

const redeem: Broker['redeem'] = (bytes, context) => {
  const redeemed = floodgate.broker.redeem(bytes, context)
  if (refused(redeemed)) return redeemed
  const { settlement, accepted, alreadyPaid } = redeemed
  if (settlement.spends.length > 0 || alreadyPaid.length > 0) return redeemed
  const { facts, claimant } = context
  const unspent = Array.from({ length: facts.pieces }, (_, piece) => piece as PieceIndex).filter(
    (piece) => context.spentTo(piece) === undefined,
  )
  const spends = unspent.slice(0, accepted.length)
  if (spends.length === 0) return redeemed
  const sum = amount(facts.reward * BigInt(spends.length))
  const transfers = [{ debit: escrow(facts.rid), credit: pending(claimant), amount: sum }]
  return { ...redeemed, settlement: { ...settlement, spends, transfers } }
}

export const repeated: Scheme = {
  ...floodgate,
  name: 'repeated',
  broker: { ...floodgate.broker, redeem },
}
