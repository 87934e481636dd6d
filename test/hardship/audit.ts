/**
 * The end that every hardship must come to: files whole, and wallet, the tracker's statement and
 * the ledger of one opinion about each member, to the unit.
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type Database from 'better-sqlite3'
import { type Market, sha256Of } from '../integration/market.js'
import { doneOf } from '../integration/programs.js'
import { openDatabase } from '../open-database.js'
import { until } from '../until.js'

/** Who took part, and what a complete download left. */
export interface Parties {
  /** Uids by the name of the home. */
  readonly members: Readonly<Record<string, string>>
  /** Paths of complete downloads of the market's content. */
  readonly files: readonly string[]
}

/** What the postings say of a member, added up in plain SQL; millionths. */
function postedFor(database: Database.Database, uid: string) {
  const sum = (side: 'debit' | 'credit', name: string) =>
    database
      .prepare(
        `SELECT coalesce(sum(t.amount), 0) FROM transfers t
         JOIN accounts a ON a.id = t.${side} WHERE a.name = ?`,
      )
      .pluck()
      .get(name) as bigint
  return {
    spent: sum('debit', `member:${uid}:spendable`),
    earned: sum('credit', `member:${uid}:pending`),
  }
}

/** Claims until nothing is left unclaimed; a tracker that is away is asked again. */
async function claimAll(market: Market, name: string): Promise<void> {
  await until(`the claims of ${name}`, async () => {
    const ended = await market.start(name, 'claim').ended
    if (ended.status === 0) return true
    if (ended.events.at(-1)?.code !== 'unreachable') doneOf(ended)
    return false
  })
}

/** Claims the rest for everyone, then compares all books and files; throws what differs. */
export async function audit(market: Market, { files, members }: Parties): Promise<void> {
  for (const name of Object.keys(members)) await claimAll(market, name)
  await market.verify()
  doneOf(await market.desk('audit'))
  for (const file of files) assert.equal(sha256Of(readFileSync(file)), market.sha256, file)
  const path = join(market.home('tracker'), 'tracker.db')
  const database = openDatabase(path, { readonly: true, timeout: 5000 })
  database.defaultSafeIntegers(true)
  try {
    for (const [name, uid] of Object.entries(members)) {
      const statement = doneOf(await market.start(name, 'wallet').ended)
      const { agrees, earned, local, spent, unclaimed, underWay } = statement
      const posted = postedFor(database, uid)
      const ledger = { spent: String(posted.spent), earned: String(posted.earned) }
      assert.deepEqual({ spent, earned }, ledger, `${name}: statement and ledger`)
      assert.deepEqual(local, ledger, `${name}: wallet and ledger`)
      assert.deepEqual({ agrees, unclaimed, underWay }, { agrees: true, unclaimed: 0, underWay: 0 })
    }
  } finally {
    database.close()
  }
}
