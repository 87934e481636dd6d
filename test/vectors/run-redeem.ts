/**
 * Runs a claim of one grant through the broker.
 */
import { type Refusal, refused } from '../../shared/errors.js'
import type { Fingerprint, Uid } from '../../shared/identifier.js'
import { publicKeyFromRaw } from '../../shared/keys.js'
import { broker } from '../../shared/schemes/floodgate/broker.js'
import type { GrantFacts } from '../../shared/schemes/scheme.js'
import { hex, type Json, type JsonObject, json } from './vector.js'
import { p } from './world.js'

/** Facts as a vector writes them. */
export function factsIn(value: Json | undefined): GrantFacts {
  const facts = value as JsonObject
  const { reward, only } = facts
  return {
    ...(facts as unknown as GrantFacts),
    reward: BigInt(reward as string) as GrantFacts['reward'],
    ...(only === undefined ? {} : { only: (only as number[]).map(p) }),
  }
}

export function runRedeem(input: JsonObject): Json | Refusal {
  const settled = input.settled as { k: number; chain: string } | undefined
  const spentTo = input.spentTo as Readonly<Record<string, string>>
  const context = {
    facts: factsIn(input.facts),
    seed: hex(input.seed),
    buyerKey: publicKeyFromRaw(hex(input.buyerKey)),
    fingerprint: input.fingerprint as Fingerprint,
    claimant: input.claimant as Uid,
    settled: settled && { k: settled.k, chain: hex(settled.chain) },
    spentTo: (piece: number) => spentTo[String(piece)] as Uid | undefined,
  }
  const redeemed = broker.redeem(hex(input.claim), context)
  if (refused(redeemed)) return redeemed
  const { settlement, accepted, alreadyPaid, failed } = redeemed
  return json({ ...settlement, accepted, alreadyPaid, failed })
}
