/**
 * Whether each payout goes where its member asked: the place is hidden under the vault's key
 * together with member, commit and amount, so one that was written anew, or moved there from
 * another payout, does not open. What it says is looked at by nobody and told to nobody.
 */
import type Database from 'better-sqlite3'
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

/** Tries the place of every payout; gives what was checked in words. */
export function checkPayouts(
  database: Database.Database,
  vaultKey: Uint8Array,
  expect: Expect,
): string {
  const payouts = database.prepare(PAYOUTS).all() as Payout[]
  for (const payout of payouts) {
    const problem = 'was changed in the database, or hidden under another key'
    expect(opens(payout, vaultKey), `where payout ${payout.id} shall go ${problem}`)
  }
  return `where each of ${payouts.length} payouts shall go is as it was asked for`
}
