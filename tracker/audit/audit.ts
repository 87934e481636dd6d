/**
 * An auditor that trusts none of the program's other code: plain SQL on the tracker's database, and
 * a bencode reader of its own for terms and claims.
 *
 * It imports SQLite and nothing of ours, so that a fault in the ledger's code cannot hide itself.
 */
import Database from 'better-sqlite3'
import { dictionary, payload } from './bencoded.js'
import { checkPostings } from './postings.js'

/** Says what is wrong when something does not hold. */
type Expect = (holds: boolean, problem: string) => void

/** What one seller was paid out of escrows; millionths. */
export interface Income {
  readonly uid: string
  readonly pieces: bigint
  readonly income: bigint
}

/** What an audit found. */
export interface Audit {
  /** What was recomputed and compared, a sentence each; proved when there is no problem. */
  readonly checked: readonly string[]
  readonly problems: readonly string[]
  readonly sellers: readonly Income[]
}

interface Grant {
  readonly id: bigint
  readonly rid: string
  readonly closed: bigint
  readonly spent: Buffer
  /** Pieces of a supplementary grant; null for a whole content. */
  readonly only: Buffer | null
  readonly signed: Buffer
}
interface Claim {
  readonly uid: string
  readonly amount: bigint
  /** Bitmap of the pieces that it was paid for. */
  readonly pieces: Buffer
  readonly claim: Buffer
}

/** Pieces and money by seller's uid, as claims say. */
type Earned = Map<string, { pieces: bigint; amount: bigint }>

/** Balances by name, added up from the postings alone. */
function balancesOf(database: Database.Database): Map<string, bigint> {
  const balances = new Map<string, bigint>()
  const add = (name: string, amount: bigint): void => {
    balances.set(name, (balances.get(name) ?? 0n) + amount)
  }
  const postings = database.prepare(
    `SELECT d.name AS debit, c.name AS credit, t.amount FROM transfers t
     JOIN accounts d ON d.id = t.debit JOIN accounts c ON c.id = t.credit`,
  )
  for (const row of postings.iterate()) {
    const { debit, credit, amount } = row as { debit: string; credit: string; amount: bigint }
    add(debit, -amount)
    add(credit, amount)
  }
  return balances
}

function checkBalances(
  database: Database.Database,
  balances: Map<string, bigint>,
  expect: Expect,
): string {
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

function bitsOf(bitmap: Buffer): number {
  let bits = 0
  for (const byte of bitmap) for (let rest = byte; rest > 0; rest &= rest - 1) bits++
  return bits
}

function piecesOf(bitmap: Buffer): number[] {
  const pieces: number[] = []
  for (const [at, byte] of bitmap.entries()) {
    for (let bit = 0; byte !== 0 && bit < 8; bit++) {
      if ((byte & (0x80 >> bit)) !== 0) pieces.push(at * 8 + bit)
    }
  }
  return pieces
}

/**
 * Gives a seller the pieces that its claim was paid for: all it names that nobody had before, but
 * for those whose token was shown and is wrong.
 */
function checkClaim(
  rid: string,
  { uid, pieces, claim }: Claim,
  owners: Map<number, string>,
  expect: Expect,
): void {
  const record = dictionary(claim)
  const packed = record.get('pieces') as Buffer
  const named = new Set<number>()
  for (let at = 0; at < packed.length; at += 4) named.add(packed.readUInt32BE(at))
  const paid = new Set(piecesOf(pieces))
  for (const piece of paid) {
    const fair = named.has(piece) && !owners.has(piece)
    expect(fair, `grant ${rid}: ${uid} was paid for piece ${piece} without a claim, or late`)
  }
  for (const piece of named) {
    const due = owners.has(piece) || paid.has(piece) || record.has('tokens')
    expect(due, `grant ${rid}: ${uid} was not paid for piece ${piece} of its claim`)
  }
  for (const piece of paid) owners.set(piece, uid)
}

/**
 * Checks each grant's escrow and bitmap by its claims; adds what each seller should have earned.
 */
function checkGrants(
  database: Database.Database,
  balances: Map<string, bigint>,
  expect: Expect,
): { earned: Earned; checked: string } {
  const earned: Earned = new Map()
  const claimsOf = database.prepare(
    `SELECT m.uid, c.amount, c.pieces, c.claim FROM claims c JOIN members m ON m.id = c.seller
     WHERE c.grant_id = ? ORDER BY c.id`,
  )
  const refunds = database.prepare(
    `SELECT p.pieces FROM payees p JOIN grants g ON g.id = p.grant_id AND g.buyer = p.member
     WHERE g.id = ?`,
  )
  const refunded = refundedOf(database)
  const grants = database.prepare(
    `SELECT g.id, g.rid, g.closed, g.spent, g.only, t.signed
     FROM grants g JOIN terms t ON t.id = g.terms`,
  )
  const found = grants.all() as Grant[]
  for (const { id, rid, closed, only, spent, signed } of found) {
    const terms = dictionary(payload(signed))
    const reward = BigInt(String(terms.get('reward')))
    const pieces = only === null ? (terms.get('pieces') as bigint) : BigInt(bitsOf(only))
    const owners = new Map<number, string>()
    for (const { pieces: named } of refunds.all(id) as { pieces: Buffer }[]) {
      for (const piece of piecesOf(named)) owners.set(piece, 'refunded')
    }
    for (const row of claimsOf.all(id) as Claim[]) {
      const { uid, amount } = row
      const before = owners.size
      checkClaim(rid, row, owners, expect)
      const fresh = BigInt(owners.size - before)
      expect(amount === fresh * reward, `grant ${rid}: ${uid} got ${amount} for ${fresh} pieces`)
      const total = earned.get(uid) ?? { pieces: 0n, amount: 0n }
      earned.set(uid, { pieces: total.pieces + fresh, amount: total.amount + fresh * reward })
    }
    const back = refunded.get(rid) ?? 0n
    const returned = BigInt([...owners.values()].filter((to) => to === 'refunded').length) * reward
    expect(back === returned, `grant ${rid}: ${back} came back out of escrow, not ${returned}`)
    const bits = bitsOf(spent)
    expect(bits === owners.size, `grant ${rid}: ${bits} spent bits, claims name ${owners.size}`)
    const escrow = balances.get(`grant:${rid}:escrow`) ?? 0n
    const due = closed === 1n ? 0n : (pieces - BigInt(owners.size)) * reward
    expect(escrow === due, `grant ${rid}: escrow ${escrow}, unclaimed pieces are worth ${due}`)
  }
  const checked = `${found.length} grants hold what their unclaimed pieces are worth`
  return { earned, checked }
}

/** What went out of each grant's escrow to somebody's spendable account: refunds alone do that. */
function refundedOf(database: Database.Database): Map<string, bigint> {
  const rows = database.prepare(
    `SELECT d.name AS account, SUM(t.amount) AS amount FROM transfers t
     JOIN accounts d ON d.id = t.debit JOIN accounts c ON c.id = t.credit
     WHERE d.name LIKE 'grant:%:escrow' AND c.name LIKE 'member:%:spendable' GROUP BY d.name`,
  )
  const found = rows.all() as { account: string; amount: bigint }[]
  return new Map(found.map(({ account, amount }) => [account.split(':')[1] as string, amount]))
}

/** What each seller was credited out of escrows must be its pieces at their reward. */
function checkIncome(database: Database.Database, earned: Earned, expect: Expect): Income[] {
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
 * problem like any other.
 */
export function audit(path: string): Audit {
  const checked: string[] = []
  const problems: string[] = []
  let sellers: readonly Income[] = []
  const expect: Expect = (holds, problem) => {
    if (!holds) problems.push(problem)
  }
  try {
    const database = new Database(path, { readonly: true, fileMustExist: true })
    database.defaultSafeIntegers(true)
    // One snapshot, however many commits a tracker makes meanwhile.
    database.exec('BEGIN')
    const balances = balancesOf(database)
    checked.push(checkBalances(database, balances, expect))
    checked.push(checkPostings(database, expect))
    const grants = checkGrants(database, balances, expect)
    checked.push(grants.checked)
    sellers = checkIncome(database, grants.earned, expect)
    checked.push(`${sellers.length} sellers were paid what the pieces of their claims are worth`)
    database.exec('COMMIT')
    database.close()
  } catch (error) {
    problems.push(error instanceof Error ? error.message : String(error))
  }
  return { checked, problems, sellers }
}
