/**
 * One grant, claim by claim and award by award: what each was paid for, and whether it was due.
 */
import { dictionary } from './bencoded.js'
import { isSigned, said, type Tokens } from './tokens.js'

type Expect = (holds: boolean, problem: string) => void

/** A grant as it stands in the database. */
export interface Grant {
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

/** A claim that was paid. */
export interface Claim {
  readonly id: bigint
  readonly commitId: bigint
  readonly uid: string
  readonly amount: bigint
  /** Bitmap of the pieces that it was paid for. */
  readonly pieces: Buffer
  readonly claim: Buffer
}

/** What a verdict paid to the seller that complained. */
export interface Award {
  readonly commitId: bigint
  readonly uid: string
  readonly verdict: Buffer
  readonly fromEscrow: bigint
  /** Out of what nobody had claimed when the grant closed. */
  readonly fromRest: bigint
}

/** To whom refunded pieces belong, in place of a uid. */
export const REFUNDED = 'refunded'

/** Where a seller's payments stand. */
interface Standing {
  readonly k: number
  /** Unknown without the key of the vault. */
  readonly chain: Buffer | undefined
}

/** Pieces of a bitmap, in ascending order; piece 0 is the highest bit of byte 0. */
export function piecesOf(bitmap: Buffer): number[] {
  const pieces: number[] = []
  for (const [at, byte] of bitmap.entries()) {
    for (let bit = 0; byte !== 0 && bit < 8; bit++) {
      if ((byte & (0x80 >> bit)) !== 0) pieces.push(at * 8 + bit)
    }
  }
  return pieces
}

/** What is known of a grant after so many claims and awards. */
export class GrantAudit {
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

  /** Gives a seller the pieces that a verdict awarded it out of their escrow; gives how many. */
  award({ uid, verdict }: Award): bigint {
    const packed = dictionary(verdict).get('escrow') as Buffer
    let count = 0n
    for (let at = 0; at < packed.length; at += 4) {
      const piece = packed.readUInt32BE(at)
      if (this.owners.has(piece)) continue
      this.owners.set(piece, uid)
      count++
    }
    return count
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
