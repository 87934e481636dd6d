/** Why a content earns little or nothing, the most telling reason first; pure. */
import { formatAmount } from '../../../shared/amount.js'
import { counted } from '../../../shared/words.js'
import type { Totals } from '../../local/rows.js'
import type { Transfer } from '../../local/transfer-rows.js'
import { percentCell } from '../amounts.js'
import { formatBytes } from '../format.js'
import type { SeedRow } from './seed-rows.js'

/** From this share of the upload limit on it is what holds sales back. */
const LIMIT_SHARE = 0.9

/** The reasons, in words; what can be done stands with it. Never empty. */
export function whyLittle(row: SeedRow, totals: Totals | undefined): readonly string[] {
  const { transfer } = row
  if (transfer === undefined) return ['it was removed, so nothing of it is sold any more']
  const halted = haltedBy(transfer)
  if (halted !== undefined) return [halted]
  const reasons = [...ownReasons(transfer, totals), ...marketReasons(row, transfer)]
  if (transfer.upRate >= 1) return ['it is being sold now', ...reasons]
  return reasons.length > 0 ? reasons : ['no buyer is connected now']
}

/** What keeps it from being sold at all. */
function haltedBy({ have, problem, state }: Transfer): string | undefined {
  if (problem !== undefined) {
    return problem.advice === undefined ? problem.message : `${problem.message}: ${problem.advice}`
  }
  if (state === 'paused') return 'it is paused: p in Transfers lets it go on'
  if (state === 'checking') return 'what is on the disk is being checked'
  return have === 0 ? 'nothing of it is here yet' : undefined
}

/** What holds sales back on our side. */
function ownReasons(transfer: Transfer, totals: Totals | undefined): string[] {
  const { exposed = 0n, have, pieces } = transfer
  const reasons: string[] = []
  if (totals?.reached === false) {
    reasons.push(`others cannot connect to you: forward port ${totals.port} on your router`)
  }
  const limit = totals?.upLimit
  if (totals !== undefined && limit !== undefined && totals.upRate >= limit * LIMIT_SHARE) {
    reasons.push(`the upload limit of ${formatBytes(limit)}/s is used up: raise up-limit`)
  }
  if (exposed > 0n) {
    reasons.push(`buyers owe ${formatAmount(exposed)}: until they pay, they get no more`)
  }
  if (have < pieces) {
    const share = percentCell(have, pieces)
    reasons.push(`only ${share} of it is here, and nothing else of it can be sold`)
  }
  return reasons
}

/** What the provider's figures say. */
function marketReasons({ offer }: SeedRow, { peers }: Transfer): string[] {
  if (offer === undefined) return []
  const { sellers, week } = offer
  if (week === 0) return ['its provider counted no purchase of it in 7 days']
  const crowd = sellers > 1 ? `${counted(sellers, 'seller')} share` : 'you are alone with'
  const demand = week === undefined ? [] : [`${crowd} ${counted(week, 'purchase')} in 7 days`]
  return peers === 0 ? [...demand, 'no buyer is connected now'] : demand
}
