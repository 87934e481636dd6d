/**
 * Claims: the scheme judges, the ledger moves escrow to the seller (paper §III.F; design D2, D9).
 *
 * Every grant of a claim is judged for itself and answered with its own code; what holds goes into
 * one commit. The claim is kept as evidence beside the pieces that it was paid for.
 */
import { ZERO } from '../shared/amount.js'
import { concat, toHex } from '../shared/bytes.js'
import { ClaimAnswer, type ClaimCall } from '../shared/claims.js'
import { assert, type Refusal, refuse, refused } from '../shared/errors.js'
import type { PieceIndex, Uid } from '../shared/identifier.js'
import {
  CLAIM_OTHERS_MAX_BYTES,
  CLAIM_OTHERS_MAX_COUNT,
  CLAIMED_PIECES_MAX_COUNT,
} from '../shared/limits.js'
import type { RedeemContext, Redeemed } from '../shared/schemes/scheme.js'
import type { VerifiedTerms } from '../shared/terms.js'
import { encode, type TypeOf } from '../shared/wire/record.js'
import { emptyBitmap, hasPiece, piecesOf, withPieces } from './bitmap.js'
import { factsOf } from './catalog.js'
import { commit, commitKey, type Spend } from './ledger.js'
import { refundOf } from './refunds.js'
import type { ClaimRow, GrantRow, PayeeRow, Rows } from './rows.js'
import type { CallContext, Tracker } from './tracker.js'

type GrantAnswer = TypeOf<typeof ClaimAnswer>['grants'][number]
type ClaimedGrant = ClaimCall['grants'][number]

/** A claim of one grant that holds. */
interface Judged {
  readonly grant: GrantRow
  readonly terms: VerifiedTerms
  readonly claim: Uint8Array
  readonly redeemed: Redeemed
  readonly before: RedeemContext['settled']
  readonly others: GrantAnswer['others']
}

/**
 * Settles what holds of a claim, in one commit.
 *
 * Refuses the whole as malformed (a grant named twice) or too-large; all else is answered per
 * grant.
 */
export async function claim(context: CallContext, call: ClaimCall): Promise<Uint8Array | Refusal> {
  const { rows, member } = context
  const key = commitKey('claim', member.uid, toHex(call.id))
  const earlier = await rows.ledger.findCommit(key)
  if (earlier?.answer !== undefined) return earlier.answer
  if (new Set(call.grants.map(({ rid }) => rid)).size !== call.grants.length) {
    return refuse('malformed', 'the claim names a grant twice')
  }
  const judged: Judged[] = []
  const answers: GrantAnswer[] = []
  let count = 0
  for (const claimed of call.grants) {
    const result = await judge(context, claimed)
    if ('redeemed' in result) judged.push(result)
    const one = 'redeemed' in result ? accepted(result, context.nowMs) : result
    answers.push(one)
    count += countOf(one)
    if (count > CLAIMED_PIECES_MAX_COUNT) {
      return refuse('too-large', `claim at most ${CLAIMED_PIECES_MAX_COUNT} pieces at once`)
    }
  }
  const answer = encode(ClaimAnswer, { grants: withinRoom(answers) })
  const changing = judged.filter(changesAnything)
  if (changing.length === 0) return answer
  const done = await settle(context, key, changing, answer)
  return refused(done) ? done : answer
}

/** Pieces that an answer names. */
function countOf({ pieces, alreadyPaid, failed }: GrantAnswer): number {
  return pieces.length + alreadyPaid.length + failed.length
}

/**
 * Leaves out competing claims that the answer has no room for: it must never be too long to send.
 */
function withinRoom(answers: readonly GrantAnswer[]): GrantAnswer[] {
  let room = CLAIM_OTHERS_MAX_BYTES
  return answers.map((answer) => {
    const others = answer.others.filter(({ claim }) => {
      const fits = claim.length <= room
      if (fits) room -= claim.length
      return fits
    })
    return { ...answer, others }
  })
}

/** Whether a judged claim spends a piece or moves the settled mark. */
function changesAnything({ redeemed, before }: Judged): boolean {
  const { spends, settled } = redeemed.settlement
  return spends.length > 0 || settled?.k !== before?.k
}

async function judge(
  { tracker, rows, member, nowMs }: CallContext,
  { rid, claim }: ClaimedGrant,
): Promise<Judged | GrantAnswer> {
  const grant = await rows.grants.byRid(rid)
  if (grant === undefined) return turnedDown(rid, refuse('unknown-grant'), 0)
  const before = await rows.grants.settled(grant.id, member.id)
  const mark = before?.k ?? 0
  if (grant.closed || nowMs > grant.claimUntil) return turnedDown(rid, refuse('grant-closed'), mark)
  // Whatever the scheme: tokens that come back to their buyer would be a rebate (D9).
  if (grant.buyer === member.id) {
    return turnedDown(rid, refuse('claim-payee', 'a buyer earns nothing under its own grant'), mark)
  }
  const terms = await tracker.terms.read(rows, grant.terms)
  const scheme = tracker.schemes.get(terms.scheme)
  if (scheme === undefined) return turnedDown(rid, refuse('unknown-scheme'), mark)
  const payees = await rows.grants.payees(grant.id)
  const context = await redeemContext(tracker, rows, { grant, terms, claimant: member.uid })
  if (refused(context)) return turnedDown(rid, context, mark)
  const spentTo = ownership(grant, payees, member.id)
  const redeemed = scheme.broker.redeem(claim, { ...context, settled: before, spentTo })
  if (refused(redeemed)) return turnedDown(rid, redeemed, mark)
  const others = await rivals(rows, grant, payees, redeemed.alreadyPaid)
  return { grant, terms, claim, redeemed, before, others }
}

/** To whom a piece was paid, in time that does not grow with the claims that were made. */
function ownership(
  grant: GrantRow,
  payees: readonly PayeeRow[],
  claimant: number,
): RedeemContext['spentTo'] {
  const own = payees.find(({ id }) => id === claimant)
  let owners: Map<PieceIndex, Uid> | undefined
  return (piece) => {
    if (!hasPiece(grant.spent, piece)) return undefined
    if (own !== undefined && hasPiece(own.pieces, piece)) return own.uid
    owners ??= new Map(
      payees.flatMap(({ pieces, uid }) => piecesOf(pieces).map((each) => [each, uid] as const)),
    )
    return owners.get(piece)
  }
}

/**
 * What the buyer signed to whoever these pieces were paid to (D2): the other seller's claim, or,
 * for pieces that were refunded to the buyer itself, its signed call for the refund.
 */
async function rivals(
  rows: Rows,
  grant: GrantRow,
  payees: readonly PayeeRow[],
  alreadyPaid: readonly PieceIndex[],
): Promise<GrantAnswer['others']> {
  const found: { seller: Uid; claim: Uint8Array }[] = []
  for (const { id, pieces, uid } of payees) {
    if (found.length === CLAIM_OTHERS_MAX_COUNT) break
    const piece = alreadyPaid.find((each) => hasPiece(pieces, each))
    if (piece === undefined) continue
    const won =
      id === grant.buyer
        ? (await refundOf(rows, grant))?.evidence
        : (await rows.claims.winning(grant.id, id, piece))?.claim
    if (won !== undefined) found.push({ seller: uid, claim: won })
  }
  return found
}

/** What a scheme judges a claim by, but for the state of the payments. */
export async function redeemContext(
  tracker: Pick<Tracker, 'vault' | 'keys' | 'authority'>,
  rows: Rows,
  { grant, terms, claimant }: { grant: GrantRow; terms: VerifiedTerms; claimant: Uid },
): Promise<Omit<RedeemContext, 'settled' | 'spentTo'> | Refusal> {
  const buyer = await rows.members.byId(grant.buyer)
  assert(buyer !== undefined, 'a grant belongs to a member')
  const seed = tracker.vault.open(grant.rid, grant.seed)
  if (refused(seed)) return refuse('internal', 'the seeds were sealed under another key')
  return {
    facts: factsOf(grant, terms, buyer.uid),
    seed,
    buyerKey: tracker.keys.of(buyer),
    fingerprint: tracker.authority.fingerprint,
    claimant,
  }
}

function turnedDown(rid: GrantAnswer['rid'], refusal: Refusal, settled: number): GrantAnswer {
  const { code, detail } = refusal
  return {
    rid,
    code,
    ...(detail === '' ? {} : { detail }),
    pieces: [],
    hashes: new Uint8Array(0),
    failed: [],
    alreadyPaid: [],
    others: [],
    settled,
    list: 0,
    credited: ZERO,
    matures: 0,
  }
}

function accepted({ grant, terms, redeemed, others }: Judged, nowMs: number): GrantAnswer {
  const { settlement, accepted, alreadyPaid, failed } = redeemed
  const credited = settlement.transfers.reduce((sum, { amount }) => sum + amount, 0n)
  return {
    rid: grant.rid,
    code: 'ok',
    pieces: accepted.map(({ piece }) => piece),
    hashes: concat(...accepted.map(({ hash }) => hash)),
    failed,
    alreadyPaid,
    others,
    settled: settlement.settled?.k ?? 0,
    list: grant.ended === undefined ? 0 : grant.list + 1,
    credited: credited as GrantAnswer['credited'],
    matures: nowMs + terms.complaint,
  }
}

/** One commit for all grants of the claim; each keeps its own evidence and maturity. */
async function settle(
  { rows, member, nowMs }: CallContext,
  key: Uint8Array,
  judged: readonly Judged[],
  answer: Uint8Array,
) {
  const spends = judged.map(
    ({ grant, terms, redeemed, before }): Spend => ({
      grant,
      pieceCount: terms.pieces,
      seller: member.id,
      pieces: redeemed.settlement.spends,
      from: before,
      to: redeemed.settlement.settled,
    }),
  )
  return commit(rows, {
    key,
    kind: 'claim',
    at: nowMs,
    transfers: judged.flatMap(({ redeemed }) => redeemed.settlement.transfers),
    spends,
    alongside: async (commit) => {
      for (const { grant, terms, claim, redeemed } of judged) {
        const { transfers, spends } = redeemed.settlement
        await rows.claims.insert({
          commit,
          grant: grant.id,
          seller: member.id,
          due: nowMs + terms.complaint,
          amount: transfers.reduce((sum, { amount }) => sum + amount, 0n) as ClaimRow['amount'],
          pieces: withPieces(emptyBitmap(terms.pieces), spends),
          claim,
        })
      }
      return answer
    },
  })
}
