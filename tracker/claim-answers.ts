/**
 * What a claim is answered with, grant by grant (paper §III.F; design D2).
 */
import { ZERO } from '../shared/amount.js'
import { concat } from '../shared/bytes.js'
import { ClaimAnswer } from '../shared/claims.js'
import { must, type Refusal } from '../shared/errors.js'
import type { PieceIndex, Uid } from '../shared/identifier.js'
import {
  API_ANSWER_MAX_BYTES,
  CLAIM_OTHERS_MAX_BYTES,
  CLAIM_OTHERS_MAX_COUNT,
} from '../shared/limits.js'
import type { RedeemContext, Redeemed } from '../shared/schemes/scheme.js'
import type { VerifiedTerms } from '../shared/terms.js'
import { decode, encode, type TypeOf } from '../shared/wire/record.js'
import { hasPiece } from './bitmap.js'
import { refundOf } from './refunds.js'
import type { GrantRow, PayeeRow, Rows } from './rows.js'

/** What becomes of one grant of a claim. */
export type GrantAnswer = TypeOf<typeof ClaimAnswer>['grants'][number]

/** A claim of one grant that holds. */
export interface Judged {
  readonly grant: GrantRow
  readonly terms: VerifiedTerms
  readonly claim: Uint8Array
  readonly redeemed: Redeemed
  readonly before: RedeemContext['settled']
  readonly others: GrantAnswer['others']
}

/** The answer for a grant whose claim is refused. */
export function turnedDown(
  rid: GrantAnswer['rid'],
  refusal: Refusal,
  settled: number,
): GrantAnswer {
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

/** The answer for a grant whose claim holds. */
export function accepted({ grant, terms, redeemed, others }: Judged, nowMs: number): GrantAnswer {
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

/**
 * Leaves out competing claims that the answer has no room for: it must never be too long to send.
 */
export function withinRoom(answers: readonly GrantAnswer[]): GrantAnswer[] {
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

/**
 * What the buyer signed to whoever these pieces were paid to (D2): the other seller's claim, or,
 * for pieces that were refunded to the buyer itself, its signed call for the refund.
 */
export async function rivals(
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
    const won = await (id === grant.buyer
      ? signedRefund(rows, grant)
      : rows.claims.winning(grant.id, id, piece).then((row) => row?.claim))
    if (won !== undefined) found.push({ seller: uid, claim: won })
  }
  return found
}

/** The call by which a buyer asked for a refund. */
async function signedRefund(rows: Rows, grant: GrantRow): Promise<Uint8Array | undefined> {
  const row = await refundOf(rows, grant)
  return row && (await rows.cases.papers(row.id)).evidence
}

/** The first answer to a claim, with the competing claims that were not kept with it. */
export async function answeredBefore(rows: Rows, kept: Uint8Array): Promise<Uint8Array> {
  const { grants } = must(decode(ClaimAnswer, kept, API_ANSWER_MAX_BYTES))
  const answers: GrantAnswer[] = []
  for (const answer of grants) {
    const grant = answer.alreadyPaid.length > 0 && (await rows.grants.byRid(answer.rid))
    const others = grant
      ? await rivals(rows, grant, await rows.grants.payees(grant.id), answer.alreadyPaid)
      : []
    answers.push({ ...answer, others })
  }
  return encode(ClaimAnswer, { grants: withinRoom(answers) })
}
