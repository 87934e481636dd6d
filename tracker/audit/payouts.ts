/**
 * Whether each payout goes where it was asked for: the place is hidden under the vault's key
 * together with member, commit and amount, so one that was written anew, or moved there from
 * another payout, does not open. What it says is looked at by nobody and told to nobody. And
 * whether the desk asked for none but members that are revoked.
 */
import type { Books } from './books.js'
import { derived, unsealed } from './sealed.js'

type Expect = (holds: boolean, problem: string) => void

const SALT_BYTES = 16

interface Payout {
  readonly id: bigint
  readonly member: bigint
  readonly commitId: bigint
  readonly amount: bigint
  readonly destination: Buffer
}

const PAYOUTS = 'SELECT id, member, commit_id AS commitId, amount, destination FROM payouts'

/** salt (16) | ciphertext | tag (16) */
function opens({ amount, commitId, destination, member }: Payout, vaultKey: Uint8Array): boolean {
  const key = derived(vaultKey, destination.subarray(0, SALT_BYTES), 'hidden text')
  const of = Buffer.from(`payout ${member} ${commitId} ${amount}`)
  try {
    return unsealed(key, of, destination.subarray(SALT_BYTES)).length > 0
  } catch {
    return false
  }
}

const MADE = `SELECT o.id, r.member IS NOT NULL AS ended FROM payouts o
  LEFT JOIN revocations r ON r.member = o.member WHERE o.made_by IS NOT NULL`

/** Checks for whom the desk made payouts; gives what was checked in words. */
export function checkMade(database: Books, expect: Expect): string {
  const made = database.prepare(MADE).all() as { id: bigint; ended: bigint }[]
  for (const { ended, id } of made) {
    expect(ended === 1n, `payout ${id}: the desk made it for a member that is not revoked`)
  }
  return `the desk made ${made.length} payouts for members, and all of these are revoked`
}

/** Tries the place of every payout; gives what was checked in words. */
export function checkPayouts(database: Books, vaultKey: Uint8Array, expect: Expect): string {
  const payouts = database.prepare(PAYOUTS).all() as Payout[]
  for (const payout of payouts) {
    const problem = 'was changed in the database, or hidden under another key'
    expect(opens(payout, vaultKey), `where payout ${payout.id} shall go ${problem}`)
  }
  return `where each of ${payouts.length} payouts shall go is as it was asked for`
}
