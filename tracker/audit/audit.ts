/**
 * An auditor that trusts none of the program's other code: plain SQL on the tracker's database,
 * with a bencode reader and the token arithmetic of its own.
 *
 * It imports SQLite, OpenSSL and nothing of ours, so that no fault in our code can hide itself.
 */
import { type Books, openBooks } from './books.js'
import { checkGrants, type Earned } from './grants.js'
import { checkMade, checkPayouts } from './payouts.js'
import { checkPostings } from './postings.js'
import { checkSequences } from './sequences.js'
import { checkVerdicts, type Judge } from './verdicts.js'

/** Says what is wrong when something does not hold. */
type Expect = (holds: boolean, problem: string) => void

/** What one seller was paid out of escrows; millionths. */
export interface Income {
  readonly uid: string
  readonly pieces: bigint
  readonly income: bigint
}

/** What the database alone does not hold. */
export interface Means {
  /** 32 bytes; opens the seeds of grants, by which claims are checked, and where payouts go. */
  readonly vaultKey?: Uint8Array | undefined
  /** The published rules, by which verdicts are given again. */
  readonly judge?: Judge | undefined
}

/** What an audit found. */
export interface Audit {
  /** What was recomputed and compared, a sentence each; proved when there is no problem. */
  readonly checked: readonly string[]
  readonly problems: readonly string[]
  readonly sellers: readonly Income[]
}

/** Balances by name, added up from the postings alone. */
function balancesOf(database: Books): Map<string, bigint> {
  const balances = new Map<string, bigint>()
  const add = (name: string, amount: bigint): void => {
    balances.set(name, (balances.get(name) ?? 0n) + amount)
  }
  const postings = database.rows(
    `SELECT d.name AS debit, c.name AS credit, t.amount FROM transfers t
     JOIN accounts d ON d.id = t.debit JOIN accounts c ON c.id = t.credit`,
  )
  for (const row of postings) {
    const { debit, credit, amount } = row as { debit: string; credit: string; amount: bigint }
    add(debit, -amount)
    add(credit, amount)
  }
  return balances
}

function checkBalances(database: Books, balances: Map<string, bigint>, expect: Expect): string {
  const posted = database.prepare('SELECT count(*) AS count FROM transfers').get()
  const { count } = posted as { count: bigint }
  const counted = database
    .prepare('SELECT count(*) AS count FROM transfers t JOIN commits c ON c.id = t.commit_id')
    .get()
  expect((counted as { count: bigint }).count === count, 'a posting belongs to no commit')
  let sum = 0n
  const stored = database.prepare('SELECT name, credits - debits AS balance FROM accounts').all()
  for (const { name, balance } of stored as { name: string; balance: bigint }[]) {
    const computed = balances.get(name) ?? 0n
    expect(balance === computed, `${name}: holds ${balance}, postings give ${computed}`)
    expect(balance >= 0n || name === 'funding', `${name}: below zero, ${balance}`)
    sum += balance
  }
  expect(sum === 0n, `the balances add up to ${sum}, not 0`)
  return `${stored.length} balances are what their ${count} postings give, and add up to 0`
}

/** What each seller was credited out of escrows must be its pieces at their reward. */
function checkIncome(database: Books, earned: Earned, expect: Expect): Income[] {
  const incomes = database.prepare(
    `SELECT c.name AS account, SUM(t.amount) AS amount FROM transfers t
     JOIN accounts d ON d.id = t.debit JOIN accounts c ON c.id = t.credit
     WHERE d.name LIKE 'grant:%:escrow' AND c.name LIKE 'member:%:pending' GROUP BY c.name`,
  )
  const income = new Map<string, bigint>()
  for (const { account, amount } of incomes.all() as { account: string; amount: bigint }[]) {
    income.set(account.split(':')[1] as string, amount)
  }
  return [...new Set([...income.keys(), ...earned.keys()])].map((uid) => {
    const { pieces, amount } = earned.get(uid) ?? { pieces: 0n, amount: 0n }
    const got = income.get(uid) ?? 0n
    expect(got === amount, `seller ${uid}: earned ${got}, its ${pieces} pieces are worth ${amount}`)
    return { uid, pieces, income: got }
  })
}

/**
 * Audits a database, a live one or a copy, and writes nothing. What cannot be read at all is a
 * problem like any other. What is passed along with the path is checked besides.
 */
export function audit(path: string, { judge, vaultKey }: Means = {}): Audit {
  const checked: string[] = []
  const problems: string[] = []
  let sellers: readonly Income[] = []
  const expect: Expect = (holds, problem) => {
    if (!holds) problems.push(problem)
  }
  try {
    const database = openBooks(path)
    // One snapshot, however many commits a tracker makes meanwhile.
    database.exec('BEGIN')
    const balances = balancesOf(database)
    checked.push(checkBalances(database, balances, expect))
    checked.push(checkPostings(database, expect))
    checked.push(checkMade(database, expect))
    checked.push(checkSequences(database, expect))
    const grants = checkGrants({ database, balances, expect, vaultKey })
    checked.push(...grants.checked)
    sellers = checkIncome(database, grants.earned, expect)
    if (vaultKey !== undefined) checked.push(checkPayouts(database, vaultKey, expect))
    if (judge !== undefined) checked.push(checkVerdicts(database, judge, expect))
    checked.push(`${sellers.length} sellers were paid what the pieces of their claims are worth`)
    database.exec('COMMIT')
    database.close()
  } catch (error) {
    problems.push(error instanceof Error ? error.message : String(error))
  }
  return { checked, problems, sellers }
}
