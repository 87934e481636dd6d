/**
 * Earnings turned into money: what is earned is claimed, every answer is booked (paper §III.F).
 *
 * A claim is saved under its id before it leaves and repeated under that id until an answer is
 * booked, so that a lost answer costs nothing. A claim that does not fit the tracker's tokens is
 * made again with the tokens along (D2): the good ones are paid, the wrong ones marked. One that
 * leaves a gap (the tracker is back from a backup) is made again from where the tracker stands.
 * What it turns down otherwise is told and left for the next run: asking the same again would not
 * change its mind.
 */
import { amount } from '../../shared/amount.js'
import { equal } from '../../shared/bytes.js'
import { ClaimedGrants } from '../../shared/claims.js'
import { type Code, isCode, type Refusal, refused } from '../../shared/errors.js'
import type { Fingerprint, PieceIndex, Rid } from '../../shared/identifier.js'
import {
  API_BODY_MAX_BYTES,
  CLAIM_BATCH_PIECES,
  CLAIM_GRANTS_MAX_COUNT,
  PAID_PIECES_MAX_COUNT,
} from '../../shared/limits.js'
import type { Scheme } from '../../shared/schemes/scheme.js'
import { decode, encode, type TypeOf } from '../../shared/wire/record.js'
import type { Answered, AnswerOf } from './provider/calls.js'
import { type Provider, uidOf } from './provider.js'
import type { ClaimRow, Unclaimed } from './wallet/claims.js'
import type { Wallet } from './wallet/wallet.js'

/** What became of one claimed grant. */
export interface ClaimedGrant {
  readonly rid: Rid
  readonly code: Code | 'ok'
  readonly detail: string
  /** Pieces that this claim settled. */
  readonly pieces: number
  /** Pieces that the buyer had signed over to another seller before. */
  readonly alreadyPaid: number
  /** Pieces whose token was wrong. */
  readonly failed: readonly PieceIndex[]
  /** Whether the buyer gave the grant up for a refund. */
  readonly ended: boolean
  /** Millionths. */
  readonly credited: bigint
  /** Milliseconds of the tracker's time. */
  readonly matures: number
}

/** What a round of claiming brought; `problem` says why it ended early. */
export interface ClaimRound {
  readonly grants: readonly ClaimedGrant[]
  readonly credited: bigint
  readonly problem: Refusal | undefined
}

/** What claiming stands on. */
export interface ClaimerOptions {
  readonly provider: Provider
  readonly wallet: Wallet
  readonly schemes: ReadonlyMap<string, Scheme>
  readonly random: (bytes: number) => Uint8Array
}

/** Refusals of a whole claim that say it is wrong in itself; it is dropped, not repeated. */
const HOPELESS: ReadonlySet<Code> = new Set(['malformed', 'too-large'])
const ID_BYTES = 16
const HASH_BYTES = 32

type AnsweredGrant = AnswerOf<'claim'>['grants'][number]

/**
 * After how many paid pieces a grant of an unknown buyer is claimed next: 1, 2, 4, 8 and so on,
 * then every CLAIM_BATCH_PIECES; `settled` pieces are claimed.
 */
export function nextEarlyClaim(settled: number): number {
  return settled + Math.max(1, Math.min(settled, CLAIM_BATCH_PIECES))
}

/** Claims what was earned with one provider. */
export class Claimer {
  readonly #options: ClaimerOptions
  /** Grants that were turned down in this run. */
  readonly #turnedDown = new Set<Rid>()
  /** Grants whose claim did not fit: their tokens are shown. */
  readonly #shown = new Set<Rid>()
  /** Grants that were claimed again from where the tracker says that it stands. */
  readonly #moved = new Set<Rid>()
  /** Of these, those that are to be claimed again in this round. */
  readonly #again = new Set<Rid>()
  #turn: Promise<unknown> = Promise.resolve()

  constructor(options: ClaimerOptions) {
    this.#options = options
  }

  /** Pieces that are earned and not settled, but for those turned down in this run. */
  get waiting(): number {
    const { provider, wallet } = this.#options
    const { fingerprint } = provider.row
    return wallet.claims.unclaimedPieces(fingerprint, this.#turnedDown)
  }

  /** Whether a grant of a buyer that is unknown wants to be claimed early: its coins may be bad. */
  get early(): boolean {
    const { provider, wallet } = this.#options
    const open = wallet.claims.open(provider.row.fingerprint, this.#turnedDown)
    return open.some(({ known, settled, signed }) => !known && signed >= nextEarlyClaim(settled))
  }

  /** Whether there is anything to claim, or a claim without an answer. */
  get due(): boolean {
    const { provider, wallet } = this.#options
    return this.waiting > 0 || wallet.claims.underWay(provider.row.fingerprint).length > 0
  }

  /** Claims everything there is, what an earlier run left unanswered first. */
  claim(timeoutMs?: number): Promise<ClaimRound> {
    return this.#inTurn(() => this.#claimNow(timeoutMs))
  }

  /** The same because a person asks: also what was turned down before; `all` that was ever earned
   * goes out again when the provider may have lost its books. */
  claimAsked(all: boolean): Promise<ClaimRound> {
    return this.#inTurn(() => {
      const { provider, wallet } = this.#options
      if (all) wallet.claims.restart(provider.row.fingerprint)
      for (const set of [this.#turnedDown, this.#shown, this.#moved]) set.clear()
      return this.#claimNow(undefined)
    })
  }

  #inTurn(job: () => Promise<ClaimRound>): Promise<ClaimRound> {
    const round = this.#turn.then(job)
    this.#turn = round.catch(() => undefined)
    return round
  }

  async #claimNow(timeoutMs: number | undefined): Promise<ClaimRound> {
    const { provider, wallet } = this.#options
    const grants: ClaimedGrant[] = []
    let problem: Refusal | undefined
    for (const row of wallet.claims.underWay(provider.row.fingerprint)) {
      problem ??= await this.#deliver(row, grants, timeoutMs)
    }
    const asked = new Set(this.#turnedDown)
    while (problem === undefined) {
      const row = this.#next(asked)
      if (row === undefined) break
      wallet.claims.begin(row)
      problem = await this.#deliver(row, grants, timeoutMs)
      for (const rid of this.#again) asked.delete(rid)
      this.#again.clear()
    }
    const credited = grants.reduce((sum, grant) => sum + grant.credited, 0n)
    return { grants, credited, problem }
  }

  /** The next claim of grants not `asked` about yet, as many as fit one call; they are added to
   * `asked`, so that a round ends whatever the tracker answers. */
  #next(asked: Set<Rid>): ClaimRow | undefined {
    const { provider, random, wallet } = this.#options
    const { fingerprint } = provider.row
    const open = wallet.claims.unclaimed(fingerprint, CLAIM_GRANTS_MAX_COUNT, asked)
    const grants: TypeOf<typeof ClaimedGrants>[number][] = []
    let [pieces, bytes] = [0, 0]
    for (const each of open) {
      const claim = this.#claimOf(each)
      if (claim === undefined) {
        this.#turnedDown.add(each.rid)
        asked.add(each.rid)
        continue
      }
      pieces += each.payment.k - each.settled
      bytes += claim.length
      const full = pieces > PAID_PIECES_MAX_COUNT || bytes > API_BODY_MAX_BYTES / 2
      if (full && grants.length > 0) break
      grants.push({ rid: each.rid, claim })
      asked.add(each.rid)
    }
    if (grants.length === 0) return undefined
    return { id: random(ID_BYTES), fingerprint, grants: encode(ClaimedGrants, grants) }
  }

  #claimOf(unclaimed: Unclaimed): Uint8Array | undefined {
    const { provider, schemes } = this.#options
    const { rid, scheme: name, paidBeyond, payment, settled: after } = unclaimed
    const seller = uidOf(provider.row)
    const shown = this.#shown.has(rid)
    return schemes.get(name)?.payee.claim({ rid, seller, paidBeyond, payment, after, shown })
  }

  /** Sends a claim and books its answer; a refusal means that it has to be repeated later. */
  async #deliver(
    row: ClaimRow,
    done: ClaimedGrant[],
    timeoutMs: number | undefined,
  ): Promise<Refusal | undefined> {
    const { provider, wallet } = this.#options
    const grants = decode(ClaimedGrants, row.grants, API_BODY_MAX_BYTES)
    if (refused(grants)) return grants
    const answer = await provider.call('claim', { id: row.id, grants }, timeoutMs)
    if (!refused(answer)) {
      done.push(...this.#book(row, answer))
      return undefined
    }
    if (!HOPELESS.has(answer.code)) return answer
    wallet.claims.abandon(row.id)
    for (const { rid } of grants) this.#turnedDown.add(rid)
    return answer
  }

  #book(row: ClaimRow, { body, signed }: Answered<'claim'>): ClaimedGrant[] {
    const credited = amount(body.grants.reduce((sum, grant) => sum + grant.credited, 0n))
    const booked = body.grants.map((grant) => this.#judge(row, grant))
    const settled = body.grants.map((grant) => ({ ...grant, reset: this.#moved.has(grant.rid) }))
    this.#options.wallet.claims.acknowledge(row, signed, credited, settled)
    return booked
  }

  /** What an answer says of a grant, and whether that is so; before it is booked. */
  #judge({ fingerprint }: ClaimRow, grant: AnsweredGrant): ClaimedGrant {
    const { rid, alreadyPaid, credited, failed, list, matures, pieces } = grant
    const proved = this.#isAcknowledged(fingerprint, grant)
    const known = grant.code === 'ok' || isCode(grant.code)
    const code = known && proved ? (grant.code as Code | 'ok') : 'bad-answer'
    const progress = pieces.length + alreadyPaid.length + failed.length > 0
    this.#plan(rid, code, progress)
    const wrong = 'the tracker acknowledges other tokens than were claimed; its answer is kept'
    return {
      ...{ rid, code, credited, failed, matures },
      detail: proved ? (grant.detail ?? '') : wrong,
      pieces: pieces.length,
      alreadyPaid: alreadyPaid.length,
      ended: list > 0,
    }
  }

  /** What becomes of a grant after an answer: once more in another way, or no more in this run. */
  #plan(rid: Rid, code: ClaimedGrant['code'], progress: boolean): void {
    const ways = { 'claim-mismatch': this.#shown, 'claim-gap': this.#moved }
    const tried = code === 'claim-mismatch' || code === 'claim-gap' ? ways[code] : undefined
    if (tried?.has(rid) === false) {
      tried.add(rid)
      this.#again.add(rid)
      return
    }
    this.#shown.delete(rid)
    this.#moved.delete(rid)
    if (code !== 'ok' || !progress) this.#turnedDown.add(rid)
  }

  /** Whether the hashes of an answer are those of the tokens that were claimed (§III.F). */
  #isAcknowledged(fingerprint: Fingerprint, { rid, hashes, pieces }: AnsweredGrant): boolean {
    if (hashes.length !== pieces.length * HASH_BYTES) return false
    if (pieces.length === 0) return true
    const claimed = this.#options.wallet.claims.claimed(fingerprint, rid)
    const payee = claimed && this.#options.schemes.get(claimed.scheme)?.payee
    if (claimed === undefined || payee === undefined) return false
    const tokens = new Map(
      claimed.paidBeyond(claimed.settled).map((paid) => [paid.piece, paid] as const),
    )
    return pieces.every((piece, place) => {
      const paid = tokens.get(piece)
      const hash = hashes.subarray(place * HASH_BYTES, (place + 1) * HASH_BYTES)
      return paid !== undefined && equal(payee.acknowledgement(rid, paid), hash)
    })
  }
}
