/** Breaks the first law: whoever brings a claim is paid, whomever the payment names. */
import { pending } from '../../../shared/account.js'
import { refused } from '../../../shared/errors.js'
import { floodgate } from '../../../shared/schemes/floodgate/floodgate.js'
import { CLAIM_MAX_BYTES, Claim } from '../../../shared/schemes/floodgate/records.js'
import type { Broker, Scheme } from '../../../shared/schemes/scheme.js'
import { decode } from '../../../shared/wire/record.js'

const redeem: Broker['redeem'] = (bytes, context) => {
  const claim = decode(Claim, bytes, CLAIM_MAX_BYTES)
  if (refused(claim)) return claim
  const redeemed = floodgate.broker.redeem(bytes, { ...context, claimant: claim.seller })
  if (refused(redeemed)) return redeemed
  const credit = pending(context.claimant)
  const transfers = redeemed.settlement.transfers.map((transfer) => ({ ...transfer, credit }))
  return { ...redeemed, settlement: { ...redeemed.settlement, transfers } }
}

export const bearer: Scheme = {
  ...floodgate,
  name: 'bearer',
  broker: { ...floodgate.broker, redeem },
}
