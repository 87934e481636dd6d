import { toHex } from '../shared/bytes.js'
import { ClaimAnswer, type ClaimCall } from '../shared/claims.js'
import { assert, isCode, type Refusal, refuse, refused } from '../shared/errors.js'
import type { PieceIndex, Uid } from '../shared/identifier.js'
import { CLAIMED_PIECES_MAX_COUNT } from '../shared/limits.js'
import type { RedeemContext } from '../shared/schemes/scheme.js'
import type { VerifiedTerms } from '../shared/terms.js'
import {
  CLAIM_EVIDENCE_BYTES,
  CLAIM_EVIDENCE_PIECE_BYTES,
  CLAIM_UNIT_BYTES,
} from '../shared/tracker-limits.js'
import { encode } from '../shared/wire/record.js'
import { emptyBitmap, hasPiece, piecesOf, withPieces } from './bitmap.js'
import { coveredBy, factsOf } from './catalog.js'
import {
  accepted,
  answeredBefore,
  type GrantAnswer,
  type Judged,
  rivals,
  turnedDown,
  withinRoom,
} from './claim-answers.js'
import type { ClaimRow } from './claim-rows.js'
import { isGuess } from './guesses.js'
import { commit, commitKey, type Spend } from './ledger.js'
import { accuseOfDoubleSpending } from './proven.js'
import type { GrantRow, MemberRow, PayeeRow, Rows } from './rows.js'
import type { CallContext, Tracker } from './tracker.js'

type ClaimedGrant = ClaimCall['grants'][number]

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
  if (earlier?.answer !== undefined) return answeredBefore(rows, earlier.answer)
  if (new Set(call.grants.map(({ rid }) => rid)).size !== call.grants.length) {
    return refuse('malformed', 'the claim names a grant twice')
  }
  const judged: Judged[] = []
  const answers: GrantAnswer[] = []
  let count = 0
  for (const claimed of call.grants) {
    context.tracker.doors.charge(context, claimed.claim.length / CLAIM_UNIT_BYTES)
    const found = await judge(context, claimed)
    const result = 'redeemed' in found ? await withinEvidence(context, found) : found
    if ('redeemed' in result) judged.push(result)
    const one = 'redeemed' in result ? accepted(result, context.nowMs) : result
    answers.push(one)
    if (isWrong(one)) context.tracker.guesses.failed(member.uid, 'claim')
    count += countOf(one)
    if (count > CLAIMED_PIECES_MAX_COUNT) {
      return refuse('too-large', `claim at most ${CLAIMED_PIECES_MAX_COUNT} pieces at once`)
    }
  }
  const answer = encode(ClaimAnswer, { grants: withinRoom(answers) })
  const changing = judged.filter(changesAnything)
  if (changing.length === 0) return answer
  // The claims of others are kept once, with whom they paid.
  const bare = answers.map((each) => ({ ...each, others: [] }))
  const done = await settle(context, key, changing, encode(ClaimAnswer, { grants: bare }))
  if (refused(done)) return done
  for (const each of changing) await lookForProof(context, each)
  return answer
}

/** When pieces of a claim were paid to others the buyer may have signed them over twice. */
async function lookForProof(
  context: CallContext,
  { grant, redeemed: { alreadyPaid } }: Judged,
): Promise<void> {
  if (alreadyPaid.length === 0) return
  await accuseOfDoubleSpending(context, { grant, claimant: context.member, alreadyPaid })
}

/** Settles a claim that the buyer showed in a case, as if its seller had sent it. */
export async function settleShown(
  context: CallContext,
  seller: MemberRow,
  shown: ClaimedGrant,
  number: number,
): Promise<GrantAnswer> {
  const own = { ...context, member: seller }
  const result = await judge(own, shown)
  if (!('redeemed' in result)) return result
  const answer = accepted(result, context.nowMs)
  if (!changesAnything(result)) return answer
  const key = commitKey('shown', String(number))
  const done = await settle(own, key, [result], encode(ClaimAnswer, { grants: [] }))
  if (refused(done)) return turnedDown(shown.rid, done, result.before?.k ?? 0)
  await lookForProof(own, result)
  return answer
}

/**
 * Whether the claimant showed something that it was not paid with. A grant that is unknown may be
 * one that this tracker has lost with a disk.
 */
function isWrong({ code, failed }: GrantAnswer): boolean {
  return failed.length > 0 || (isCode(code) && code !== 'unknown-grant' && isGuess('claim', code))
}

/** Pieces that an answer names. */
function countOf({ pieces, alreadyPaid, failed }: GrantAnswer): number {
  return pieces.length + alreadyPaid.length + failed.length
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

/**
 * What the claimant itself brings, unless it names again what is settled and its evidence is more
 * than what a seller may leave of a grant: a claim of everything for the sake of each new piece
 * would fill the disk. Claims that go on where the last one ended are never turned down for it, nor
 * is what the buyer shows in a case: its seller must not be able to leave it without room.
 */
async function withinEvidence(
  { rows, member }: CallContext,
  judged: Judged,
): Promise<Judged | GrantAnswer> {
  const { grant, terms, claim, redeemed, before } = judged
  const { accepted, alreadyPaid, failed, settlement } = redeemed
  const named = accepted.length + alreadyPaid.length + failed.length
  const ahead = (settlement.settled?.k ?? 0) - (before?.k ?? 0)
  if (before === undefined || named <= ahead || !changesAnything(judged)) return judged
  const room = CLAIM_EVIDENCE_BYTES + CLAIM_EVIDENCE_PIECE_BYTES * coveredBy(grant, terms)
  if ((await rows.claims.bytes(grant.id, member.id)) + claim.length <= room) return judged
  const { k } = before
  return turnedDown(grant.rid, refuse('claim-gap', `go on at ${k}: the rest was claimed before`), k)
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
