/**
 * What was paid out under each grant, proved from the claims that stand in the database: each by a
 * payment that its buyer signed to that payee, and, when the key of the vault is at hand, by tokens
 * that hash into the grant's list. Plain SQL, like all of the auditor.
 */
import type Database from 'better-sqlite3'
import { dictionary } from './bencoded.js'
import { isSigned, said, Tokens } from './tokens.js'

type Expect = (holds: boolean, problem: string) => void

interface Grant {
  readonly id: bigint
  readonly rid: string
  readonly closed: bigint
  readonly spent: Buffer
  /** Pieces of a supplementary grant; null for a whole content. */
  readonly only: Buffer | null
  readonly seed: Buffer
  readonly signed: Buffer
  readonly buyerKey: Buffer
}

interface Claim {
  readonly id: bigint
  readonly uid: string
  readonly amount: bigint
  /** Bitmap of the pieces that it was paid for. */
  readonly pieces: Buffer
  readonly claim: Buffer
}

/** Where a seller's payments stand. */
interface Standing {
  readonly k: number
  /** Unknown without the key of the vault. */
  readonly chain: Buffer | undefined
}

/** Pieces and money by seller's uid, as claims say. */
export type Earned = Map<string, { pieces: bigint; amount: bigint }>

/** A database and what it is judged with. */
export interface Audited {
  readonly database: Database.Database
  readonly balances: ReadonlyMap<string, bigint>
  readonly expect: Expect
  /** Opens the seeds of the grants; absent: tokens are not looked at. */
  readonly vaultKey?: Uint8Array | undefined
}

/** Pieces of a bitmap, in ascending order; piece 0 is the highest bit of byte 0. */
function piecesOf(bitmap: Buffer): number[] {
  const pieces: number[] = []
  for (const [at, byte] of bitmap.entries()) {
    for (let bit = 0; byte !== 0 && bit < 8; bit++) {
      if ((byte & (0x80 >> bit)) !== 0) pieces.push(at * 8 + bit)
    }
  }
  return pieces
}

/** One grant, claim by claim. */
class GrantAudit {
  readonly #grant: Grant
  readonly #expect: Expect
  readonly #fingerprint: Buffer
  readonly #tokens: Tokens | undefined
  readonly #standing = new Map<string, Standing>()
  /** To whom each piece was paid; a refund is to nobody's uid. */
  readonly owners = new Map<number, string>()

  constructor(grant: Grant, tokens: Tokens | undefined, expect: Expect) {
    this.#grant = grant
    this.#tokens = tokens
    this.#expect = (holds, problem) => expect(holds, `grant ${grant.rid}: ${problem}`)
    this.#fingerprint = said(grant.signed).fingerprint
  }

  /** Gives a seller the pieces that its claim was paid for; gives how many. */
  claim({ id, uid, pieces, claim }: Claim): bigint {
    const record = dictionary(claim)
    const packed = record.get('pieces') as Buffer
    const named: number[] = []
    for (let at = 0; at < packed.length; at += 4) named.push(packed.readUInt32BE(at))
    const ofThis = (key: string, value: string): boolean =>
      (record.get(key) as Buffer).toString('hex') === value
    const fits = ofThis('rid', this.#grant.rid) && ofThis('seller', uid)
    this.#expect(fits, `claim ${id} is of another grant or seller`)
    this.#checkPayment(id, uid, record, named)
    const right = this.#rightPieces(id, uid, record, named)
    const paid = new Set(piecesOf(pieces))
    for (const piece of paid) {
      const fair = right.has(piece) && !this.owners.has(piece)
      this.#expect(fair, `${uid} was paid for piece ${piece} without a claim, or late`)
    }
    for (const piece of right) {
      const due = this.owners.has(piece) || paid.has(piece) || this.#tokens === undefined
      this.#expect(due, `${uid} was not paid for piece ${piece} of its claim`)
    }
    for (const piece of paid) this.owners.set(piece, uid)
    return BigInt(paid.size)
  }

  /** The buyer signed to this seller, for all pieces up to the last of the claim. */
  #checkPayment(
    id: bigint,
    uid: string,
    record: ReadonlyMap<string, unknown>,
    named: readonly number[],
  ): void {
    const signed = record.get('payment') as Buffer
    const { fingerprint, payload } = said(signed)
    const payment = dictionary(payload)
    const bytes = (key: string): Buffer => payment.get(key) as Buffer
    const genuine =
      isSigned('payment', signed, this.#grant.buyerKey) && fingerprint.equals(this.#fingerprint)
    this.#expect(genuine, `the payment of claim ${id} is not signed by its buyer`)
    const [rid, to] = ['rid', 'seller'].map((key) => bytes(key).toString('hex'))
    const ours = rid === this.#grant.rid && to === uid
    this.#expect(ours, `the payment of claim ${id} is signed to ${to}, not to ${uid}`)
    const after = Number(record.get('after'))
    const before = after === 0 ? this.#noPayment(uid) : this.#standing.get(uid)
    const k = after + named.length
    const continues = before?.k === after && Number(payment.get('k')) === k
    this.#expect(continues, `claim ${id} does not continue where payments to ${uid} stood`)
    const chain = before?.chain && this.#tokens?.chained(before.chain, named)
    const hashes = chain === undefined || chain.equals(bytes('chain'))
    this.#expect(hashes, `claim ${id}: the buyer signed for tokens of another list`)
    const stands = this.#standing.get(uid)
    if (stands === undefined || k > stands.k) this.#standing.set(uid, { k, chain: bytes('chain') })
  }

  #noPayment(uid: string): Standing {
    return { k: 0, chain: this.#tokens?.noPayment(this.#fingerprint, uid) }
  }

  /** Pieces whose tokens the seller held; all of them where tokens cannot be looked at. */
  #rightPieces(
    id: bigint,
    uid: string,
    record: ReadonlyMap<string, unknown>,
    named: readonly number[],
  ): ReadonlySet<number> {
    const tokens = this.#tokens
    const shown = record.get('digest') as Buffer
    if (tokens === undefined || tokens.shown(uid, named).equals(shown)) return new Set(named)
    const brought = record.get('tokens') as Buffer | undefined
    const honest = brought !== undefined && tokens.shown(uid, named, brought).equals(shown)
    this.#expect(honest, `claim ${id} shows tokens that are not of this grant`)
    const right = named.filter((piece, at) => {
      const token = brought?.subarray(at * 32, (at + 1) * 32)
      return token?.equals(tokens.of(piece))
    })
    return new Set(right)
  }

  /** Whether the rows say where payments stand, and whose pieces are whose, as the claims do. */
  settle(
    settled: readonly { uid: string; k: bigint; chain: Buffer }[],
    payees: readonly { uid: string; pieces: Buffer }[],
  ): void {
    const standing = (uid: string): Standing | undefined => this.#standing.get(uid)
    for (const { uid, k, chain } of settled) {
      const stands = standing(uid)
      const same = BigInt(stands?.k ?? 0) === k && stands?.chain?.equals(chain) === true
      this.#expect(same, `payments to ${uid} are settled up to ${k}, its claims say otherwise`)
    }
    const rows = settled.length === this.#standing.size
    this.#expect(rows, `${this.#standing.size} sellers claimed, ${settled.length} are settled`)
    const told = payees.flatMap(({ uid, pieces }) => piecesOf(pieces).map((piece) => [piece, uid]))
    const whose = [...this.owners].filter(([, uid]) => uid !== REFUNDED)
    const text = (list: readonly (readonly unknown[])[]): string =>
      list.map(String).sort().join(' ')
    this.#expect(text(told) === text(whose), 'whose pieces are whose is not what the claims say')
    const spent = piecesOf(this.#grant.spent)
    const owned = [...this.owners.keys()].sort((a, b) => a - b)
    this.#expect(
      `${spent}` === `${owned}`,
      `${spent.length} spent bits, claims and refunds name ${owned.length} pieces, not the same`,
    )
  }
}

const REFUNDED = 'refunded'

/** What went out of each grant's escrow to somebody's spendable account, by cases alone. */
function refundedOf(database: Database.Database): Map<string, bigint> {
  const rows = database.prepare(
    `SELECT d.name AS account, SUM(t.amount) AS amount FROM transfers t
     JOIN accounts d ON d.id = t.debit JOIN accounts c ON c.id = t.credit
     WHERE d.name LIKE 'grant:%:escrow' AND c.name LIKE 'member:%:spendable' GROUP BY d.name`,
  )
  const found = rows.all() as { account: string; amount: bigint }[]
  return new Map(found.map(({ account, amount }) => [account.split(':')[1] as string, amount]))
}

/** The tokens of a grant, where the key of the vault is at hand and opens its seed. */
function tokensOf(
  { rid, seed }: Grant,
  pieces: number,
  { expect, vaultKey }: Audited,
): Tokens | undefined {
  if (vaultKey === undefined) return undefined
  try {
    return new Tokens(rid, seed, pieces, vaultKey)
  } catch {
    expect(false, `grant ${rid}: its seed does not open with the key of the vault`)
    return undefined
  }
}

const GRANTS = `SELECT g.id, g.rid, g.closed, g.spent, g.only, g.seed, t.signed, m.key AS buyerKey
  FROM grants g JOIN terms t ON t.id = g.terms JOIN members m ON m.id = g.buyer`
const CLAIMS = `SELECT c.id, m.uid, c.amount, c.pieces, c.claim
  FROM claims c JOIN members m ON m.id = c.seller WHERE c.grant_id = ? ORDER BY c.id`
const SETTLED = `SELECT m.uid, s.k, s.chain FROM settled s JOIN members m ON m.id = s.seller
  WHERE s.grant_id = ?`
const PAYEES = `SELECT m.uid, p.pieces, m.id = g.buyer AS refund FROM payees p
  JOIN members m ON m.id = p.member JOIN grants g ON g.id = p.grant_id WHERE g.id = ?`

const AWARDS = `SELECT m.uid, s.verdict, s.from_rest AS rest FROM cases s
  JOIN members m ON m.id = s.plaintiff
  WHERE s.grant_id = ? AND s.kind <> 'refund' AND s.settled IS NOT NULL`

/** What a verdict paid to its plaintiff. */
interface Award {
  readonly uid: string
  /** As the tracker judged (docs/PROTOCOL.md 13.8). */
  readonly verdict: Buffer
  readonly rest: bigint
}

/** Checks each grant; adds what each seller should have earned, and says what was checked. */
export function checkGrants(audited: Audited): { earned: Earned; checked: string[] } {
  const { balances, database, expect, vaultKey } = audited
  const earned: Earned = new Map()
  const [claimsOf, settledOf, payeesOf, awardsOf] = [CLAIMS, SETTLED, PAYEES, AWARDS].map((text) =>
    database.prepare(text),
  ) as [Database.Statement, Database.Statement, Database.Statement, Database.Statement]
  const refunded = refundedOf(database)
  let count = 0
  let paidOut = 0
  for (const grant of database.prepare(GRANTS).all() as Grant[]) {
    const { id, rid, closed, only, signed } = grant
    const terms = dictionary(said(signed).payload)
    const reward = BigInt(String(terms.get('reward')))
    const all = Number(terms.get('pieces'))
    const covered = BigInt(only === null ? all : piecesOf(only).length)
    const claims = claimsOf.all(id) as Claim[]
    const payees = payeesOf.all(id) as { uid: string; pieces: Buffer; refund: bigint }[]
    const tokens = claims.length === 0 ? undefined : tokensOf(grant, all, audited)
    const one = new GrantAudit(grant, tokens, expect)
    const back = payees.filter(({ refund }) => refund === 1n)
    const given = back.flatMap(({ pieces }) => piecesOf(pieces))
    for (const piece of given) one.owners.set(piece, REFUNDED)
    let awarded = 0n
    for (const { rest, uid, verdict } of awardsOf.all(id) as Award[]) {
      const packed = dictionary(verdict).get('escrow') as Buffer
      for (let at = 0; at < packed.length; at += 4) one.owners.set(packed.readUInt32BE(at), uid)
      awarded += BigInt(packed.length / 4) * reward + rest
    }
    for (const row of claims) {
      const { uid, amount } = row
      const fresh = one.claim(row)
      expect(amount === fresh * reward, `grant ${rid}: ${uid} got ${amount} for ${fresh} pieces`)
      const total = earned.get(uid) ?? { pieces: 0n, amount: 0n }
      earned.set(uid, { pieces: total.pieces + fresh, amount: total.amount + fresh * reward })
    }
    const paid = payees.filter(({ refund }) => refund !== 1n)
    one.settle(settledOf.all(id) as { uid: string; k: bigint; chain: Buffer }[], paid)
    const returned = BigInt(given.length) * reward + awarded
    const went = refunded.get(rid) ?? 0n
    expect(went === returned, `grant ${rid}: ${went} came back out of escrow, not ${returned}`)
    const escrow = balances.get(`grant:${rid}:escrow`) ?? 0n
    const due = closed === 1n ? 0n : (covered - BigInt(one.owners.size)) * reward
    expect(escrow === due, `grant ${rid}: escrow ${escrow}, unclaimed pieces are worth ${due}`)
    count++
    paidOut += claims.length
  }
  const backed =
    vaultKey === undefined
      ? 'by a payment that its buyer signed to that payee'
      : 'by tokens of its grant and a payment that its buyer signed to that payee'
  return {
    earned,
    checked: [
      `${count} grants hold what their unclaimed pieces are worth`,
      `${paidOut} claims were paid, each ${backed}, and no piece twice`,
    ],
  }
}
