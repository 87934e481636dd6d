/**
 * Whether all held earnings are in the state that their audit trail says, with their claims.
 */
import type { Rows } from './rows.js'

/** More than any provider has; the newest are looked at. */
const FLOWS_MAX_COUNT = 100_000

/** What is wrong, in words. */
export async function flowProblems(rows: Rows): Promise<string[]> {
  const problems: string[] = []
  for (const { id, state } of await rows.flows.all(true, FLOWS_MAX_COUNT)) {
    const last = (await rows.flows.events(id)).at(-1)?.what
    if (last !== state) problems.push(`held ${id} is ${state}, its trail ends as ${last}`)
    for (const claim of await rows.flows.claimsOf(id)) {
      const fits = state !== 'released' && claim.withheld === (state === 'withheld')
      if (!fits) problems.push(`held ${id} is ${state}, claim ${claim.id} of it is not`)
    }
  }
  return problems
}
