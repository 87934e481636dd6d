/** Breaks the third law: a claim of which a part was paid before pays nothing. */
import { refused } from '../../../shared/errors.js'
import { floodgate } from '../../../shared/schemes/floodgate/floodgate.js'
import type { Broker, Scheme } from '../../../shared/schemes/scheme.js'

const redeem: Broker['redeem'] = (bytes, context) => {
  const redeemed = floodgate.broker.redeem(bytes, context)
  if (refused(redeemed)) return redeemed
  const { settlement, accepted } = redeemed
  if (accepted.length === settlement.spends.length) return redeemed
  return { ...redeemed, settlement: { ...settlement, transfers: [], spends: [] } }
}

export const disjoint: Scheme = {
  ...floodgate,
  name: 'disjoint',
  broker: { ...floodgate.broker, redeem },
}
