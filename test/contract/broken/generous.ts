/** Breaks the fourth law: a piece that was paid to another seller is paid to this one as well. */
import { escrow, pending } from '../../../shared/account.js'
import { amount } from '../../../shared/amount.js'
import { refused } from '../../../shared/errors.js'
import { floodgate } from '../../../shared/schemes/floodgate/floodgate.js'
import type { Broker, Scheme } from '../../../shared/schemes/scheme.js'

const redeem: Broker['redeem'] = (bytes, context) => {
  const redeemed = floodgate.broker.redeem(bytes, context)
  if (refused(redeemed) || redeemed.alreadyPaid.length === 0) return redeemed
  const { facts, claimant } = context
  const { settlement, alreadyPaid } = redeemed
  const gift = {
    debit: escrow(facts.rid),
    credit: pending(claimant),
    amount: amount(facts.reward * BigInt(alreadyPaid.length)),
  }
  const transfers = [...settlement.transfers, gift]
  return { ...redeemed, settlement: { ...settlement, transfers } }
}

export const generous: Scheme = {
  ...floodgate,
  name: 'generous',
  broker: { ...floodgate.broker, redeem },
}
