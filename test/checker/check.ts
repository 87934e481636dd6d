/**
 * A checker that trusts none of the product's code: plain SQL on the tracker's database, SHA-256 of
 * the output files, and a bencode reader of its own for terms and claims.
 *
 * usage: node check.js TRACKER_DB [FILE SHA256]...
 * One JSON object per line; exit 1 when something is wrong, and a line for each thing that is.
 */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import Database from 'better-sqlite3'

const problems: string[] = []
function expect(holds: boolean, problem: string): void {
  if (!holds) problems.push(problem)
}

type Bencoded = bigint | Buffer | Bencoded[] | Map<string, Bencoded>

/** Reads one bencoded value at an offset; what it reads was written by the tracker. */
function read(bytes: Buffer, at: number): { value: Bencoded; end: number } {
  const kind = String.fromCharCode(bytes[at] ?? 0)
  if (kind === 'i') {
    const end = bytes.indexOf('e', at)
    return { value: BigInt(bytes.toString('latin1', at + 1, end)), end: end + 1 }
  }
  if (kind === 'l' || kind === 'd') {
    const items: Bencoded[] = []
    let next = at + 1
    while (bytes[next] !== 0x65) {
      const item = read(bytes, next)
      items.push(item.value)
      next = item.end
    }
    if (kind === 'l') return { value: items, end: next + 1 }
    const entries = new Map<string, Bencoded>()
    for (let i = 0; i < items.length; i += 2) {
      entries.set(String(items[i]), items[i + 1] as Bencoded)
    }
    return { value: entries, end: next + 1 }
  }
  const colon = bytes.indexOf(':', at)
  const end = colon + 1 + Number(bytes.toString('latin1', at, colon))
  if (!(colon > at && end <= bytes.length)) throw new Error('not bencoded')
  return { value: bytes.subarray(colon + 1, end), end }
}

function dictionary(bytes: Buffer): Map<string, Bencoded> {
  const { value } = read(bytes, 0)
  if (!(value instanceof Map)) throw new Error('not a dictionary')
  return value
}

/** Payload of a signed string: between label line and fingerprint (32), and the signature (64). */
function payload(signed: Buffer): Buffer {
  return signed.subarray(signed.indexOf('\n') + 1 + 32, signed.length - 64)
}

interface Grant {
  readonly id: bigint
  readonly rid: string
  readonly closed: bigint
  readonly spent: Buffer
  readonly signed: Buffer
}
interface Claim {
  readonly uid: string
  readonly amount: bigint
  readonly claim: Buffer
}

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

function checkBalances(database: Database.Database, balances: Map<string, bigint>): void {
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
}

/**
 * Checks each grant's escrow and bitmap by its claims; adds what each seller should have earned.
 */
function checkGrants(
  database: Database.Database,
  balances: Map<string, bigint>,
): Map<string, { pieces: bigint; amount: bigint }> {
  const earned = new Map<string, { pieces: bigint; amount: bigint }>()
  const claimsOf = database.prepare(
    `SELECT m.uid, c.amount, c.claim FROM claims c JOIN members m ON m.id = c.seller
     WHERE c.grant_id = ? ORDER BY c.id`,
  )
  const grants = database.prepare(
    'SELECT g.id, g.rid, g.closed, g.spent, t.signed FROM grants g JOIN terms t ON t.id = g.terms',
  )
  for (const { id, rid, closed, spent, signed } of grants.all() as Grant[]) {
    const terms = dictionary(payload(signed))
    const reward = BigInt(String(terms.get('reward')))
    const pieces = terms.get('pieces') as bigint
    const owners = new Map<number, string>()
    for (const { uid, amount, claim } of claimsOf.all(id) as Claim[]) {
      const before = owners.size
      const packed = dictionary(claim).get('pieces') as Buffer
      for (let at = 0; at < packed.length; at += 4) {
        const piece = packed.readUInt32BE(at)
        if (!owners.has(piece)) owners.set(piece, uid)
      }
      const fresh = BigInt(owners.size - before)
      expect(amount === fresh * reward, `grant ${rid}: ${uid} got ${amount} for ${fresh} pieces`)
      const total = earned.get(uid) ?? { pieces: 0n, amount: 0n }
      earned.set(uid, { pieces: total.pieces + fresh, amount: total.amount + fresh * reward })
    }
    let bits = 0
    for (const byte of spent) for (let rest = byte; rest > 0; rest &= rest - 1) bits++
    expect(bits === owners.size, `grant ${rid}: ${bits} spent bits, claims name ${owners.size}`)
    const escrow = balances.get(`grant:${rid}:escrow`) ?? 0n
    const due = closed === 1n ? 0n : (pieces - BigInt(owners.size)) * reward
    expect(escrow === due, `grant ${rid}: escrow ${escrow}, unclaimed pieces are worth ${due}`)
  }
  return earned
}

/** What each seller was credited out of escrows must be its pieces at their reward. */
function checkIncome(
  database: Database.Database,
  earned: Map<string, { pieces: bigint; amount: bigint }>,
): void {
  const incomes = database.prepare(
    `SELECT c.name AS account, SUM(t.amount) AS amount FROM transfers t
     JOIN accounts d ON d.id = t.debit JOIN accounts c ON c.id = t.credit
     WHERE d.name LIKE 'grant:%:escrow' AND c.name LIKE 'member:%:pending' GROUP BY c.name`,
  )
  const income = new Map<string, bigint>()
  for (const { account, amount } of incomes.all() as { account: string; amount: bigint }[]) {
    income.set(account.split(':')[1] as string, amount)
  }
  for (const uid of new Set([...income.keys(), ...earned.keys()])) {
    const { pieces, amount } = earned.get(uid) ?? { pieces: 0n, amount: 0n }
    const got = income.get(uid) ?? 0n
    expect(got === amount, `seller ${uid}: earned ${got}, its ${pieces} pieces are worth ${amount}`)
    const line = { event: 'seller', uid, pieces: String(pieces), income: String(got) }
    process.stdout.write(`${JSON.stringify(line)}\n`)
  }
}

async function checkFile(path: string, expected: string): Promise<void> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer)
  const sha256 = hash.digest('hex')
  expect(sha256 === expected.toLowerCase(), `${path}: sha256 is ${sha256}, not ${expected}`)
}

async function main([path, ...files]: readonly string[]): Promise<number> {
  if (path === undefined || files.length % 2 !== 0) {
    process.stderr.write('usage: check.js TRACKER_DB [FILE SHA256]...\n')
    return 2
  }
  try {
    const database = new Database(path, { fileMustExist: true })
    database.defaultSafeIntegers(true)
    database.pragma('query_only = ON')
    const balances = balancesOf(database)
    checkBalances(database, balances)
    checkIncome(database, checkGrants(database, balances))
    database.close()
    for (let i = 0; i < files.length; i += 2) {
      await checkFile(files[i] as string, files[i + 1] as string)
    }
  } catch (error) {
    problems.push(error instanceof Error ? error.message : String(error))
  }
  for (const problem of problems) process.stderr.write(`wrong: ${problem}\n`)
  const done = { event: 'done', ok: problems.length === 0, problems }
  process.stdout.write(`${JSON.stringify(done)}\n`)
  return problems.length === 0 ? 0 : 1
}

process.exitCode = await main(process.argv.slice(2))
