/**
 * The scheme `iou`: the buyer signs for every piece what it owes in total, the provider pays.
 *
 * The token of a piece is itself a signed cumulative IOU, the payment repeats the last one, and a
 * claim shows it with the list of pieces. It proves that the seam does not assume Floodgate's
 * shape.
 */
import type { KeyObject } from 'node:crypto'
import { escrow, held, pending, spendable } from '../../../shared/account.js'
import { amount } from '../../../shared/amount.js'
import { equal, u32 } from '../../../shared/bytes.js'
import { digest, type Signer, signString } from '../../../shared/crypto.js'
import { type Refusal, refuse, refused } from '../../../shared/errors.js'
import { type Fingerprint, idBytes, type PieceIndex, type Uid } from '../../../shared/identifier.js'
import type {
  Broker,
  Payee,
  Payer,
  Progress,
  Purse,
  RedeemContext,
  Scheme,
  Till,
} from '../../../shared/schemes/scheme.js'
import { decode, encode } from '../../../shared/wire/record.js'
import { CLAIM_MAX_BYTES, Claim, Iou, Note, noPieces, oneMore, readIou, readNote } from './note.js'

const NOTHING = new Uint8Array(0)

interface NotePurse extends Purse {
  readonly note: Uint8Array
}

const payer: Payer<NotePurse> = {
  order: () => NOTHING,
  accept: (issued, context) => {
    const facts = readNote(issued.open, context)
    return refused(facts) ? facts : { facts, note: issued.open }
  },
  pay: ({ facts, note }, seller, at, step, signer) => {
    const { rid, pieces } = facts
    const progress = at ?? noPieces(rid, seller)
    if (step.step === 'open') return { bytes: note, progress }
    if (step.step === 'payment') return { bytes: sign(rid, seller, progress, signer), progress }
    if (step.piece >= pieces) return refuse('piece-unknown')
    if (step.step === 'page') return { bytes: NOTHING, progress }
    const next = oneMore(progress, step.piece)
    return { bytes: sign(rid, seller, next, signer), progress: next }
  },
}

function sign(rid: Iou['rid'], seller: Uid, at: Progress, signer: Signer): Uint8Array {
  return signString('payment', encode(Iou, { rid, seller, k: at.k, pieces: at.chain }), signer)
}

interface NoteTill extends Till {
  readonly seller: Uid
  readonly publicKey: KeyObject
  readonly fingerprint: Fingerprint
  readonly paid: readonly PieceIndex[]
}

/** Whether the bytes are the buyer's IOU to this seller for exactly this much. */
function checkIou(till: NoteTill, bytes: Uint8Array, expected: Progress): Refusal | undefined {
  const iou = readIou(bytes, { ...till, rid: till.facts.rid })
  if (refused(iou)) return iou
  if (iou.seller !== till.seller) return refuse('wrong-seller')
  const fits = iou.k === expected.k && equal(iou.pieces, expected.chain)
  return fits ? undefined : refuse('bad-payment')
}

const payee: Payee<NoteTill> = {
  start: (opening, context) => {
    const facts = readNote(opening, context)
    if (refused(facts)) return facts
    const { seller, buyerKey: publicKey, keyring, payment } = context
    const { fingerprint } = keyring
    const paid = context.paid.map(({ piece }) => piece)
    const progress = paid.reduce(oneMore, noPieces(facts.rid, seller))
    const fresh = { facts, seller, publicKey, fingerprint, progress, paid, covers: () => true }
    const paidFor = (piece: PieceIndex) => paid.includes(piece)
    const till: NoteTill = { ...fresh, paidFor, payment: undefined }
    if (payment === undefined) return till
    const signed = readIou(payment, { rid: facts.rid, publicKey, fingerprint })
    if (refused(signed)) return signed
    const covered = paid.slice(0, signed.k).reduce(oneMore, noPieces(facts.rid, seller))
    const refusal = checkIou(till, payment, covered)
    return refusal ?? { ...till, payment: { k: signed.k, bytes: payment } }
  },
  check: (till, step, bytes) => {
    if (step.step === 'page') return refuse('page-invalid')
    if (step.step === 'payment') {
      const payment = { k: till.progress.k, bytes }
      return checkIou(till, bytes, till.progress) ?? { ...till, payment }
    }
    const { piece } = step
    if (piece >= till.facts.pieces) return refuse('piece-unknown')
    if (till.paidFor(piece)) return refuse('piece-open')
    const progress = oneMore(till.progress, piece)
    const paid = [...till.paid, piece]
    const paidFor = (other: PieceIndex) => paid.includes(other)
    return checkIou(till, bytes, progress) ?? { ...till, progress, paid, paidFor }
  },
  acknowledgement: (rid, { piece }) => digest('accepted', idBytes(rid), u32(piece)),
  claim: ({ rid, seller, paidBeyond, payment, after }) => {
    if (payment.k <= after) return undefined
    const pieces = paidBeyond(0)
      .slice(0, payment.k)
      .map(({ piece }) => piece)
    return encode(Claim, { rid, seller, pieces, iou: payment.bytes })
  },
}

type JudgeContext = Pick<RedeemContext, 'facts' | 'buyerKey' | 'fingerprint'>
interface Judged {
  readonly pieces: readonly PieceIndex[]
  readonly progress: Progress
  readonly iou: Uint8Array
}

function judge(bytes: Uint8Array, claimant: Uid, context: JudgeContext): Judged | Refusal {
  const { facts, buyerKey: publicKey, fingerprint } = context
  const claim = decode(Claim, bytes, CLAIM_MAX_BYTES)
  if (refused(claim)) return claim
  if (claim.rid !== facts.rid) return refuse('wrong-grant')
  const iou = readIou(claim.iou, { rid: facts.rid, publicKey, fingerprint })
  if (refused(iou)) return iou
  if (claim.seller !== claimant || iou.seller !== claimant) return refuse('claim-payee')
  const { pieces } = claim
  if (pieces.some((piece) => piece >= facts.pieces)) return refuse('piece-unknown')
  if (new Set(pieces).size !== pieces.length) return refuse('malformed', 'a piece twice')
  const progress = pieces.reduce(oneMore, noPieces(facts.rid, claimant))
  const fits = iou.k === progress.k && equal(iou.pieces, progress.chain)
  return fits ? { pieces, progress, iou: claim.iou } : refuse('bad-payment')
}

const broker: Broker = {
  issue: ({ facts, price, signer }) => {
    const credit = amount(facts.reward * BigInt(facts.pieces))
    if (credit > price) return refuse('terms-invalid')
    const note = encode(Note, { ...facts, signer: signer.certificate })
    const debit = spendable(facts.buyer)
    const transfers = [
      { debit, credit: escrow(facts.rid), amount: credit },
      { debit, credit: held(facts.rid), amount: amount(price - credit) },
    ].filter((transfer) => transfer.amount > 0n)
    return {
      issued: { open: signString('grant', note, signer), secret: NOTHING },
      settlement: { transfers, spends: [], settled: undefined },
    }
  },
  redeem: (bytes, context) => {
    const { facts, claimant, settled, spentTo } = context
    const judged = judge(bytes, claimant, context)
    if (refused(judged)) return judged
    const spends = judged.pieces.filter((piece) => spentTo(piece) === undefined)
    const mine = judged.pieces.filter((piece) => (spentTo(piece) ?? claimant) === claimant)
    const transfer = {
      debit: escrow(facts.rid),
      credit: pending(claimant),
      amount: amount(facts.reward * BigInt(spends.length)),
    }
    const ahead = judged.progress.k > (settled?.k ?? 0)
    return {
      settlement: {
        transfers: spends.length > 0 ? [transfer] : [],
        spends,
        settled: ahead ? judged.progress : settled,
      },
      accepted: mine.map((piece) => {
        const paid = { piece, token: NOTHING }
        return { piece, hash: payee.acknowledgement(facts.rid, paid) }
      }),
      failed: [],
      alreadyPaid: judged.pieces.filter((piece) => !mine.includes(piece)),
    }
  },
  arbitrate: (evidence) => {
    const { buyerKey, claims, keyring, opening } = evidence
    const facts = readNote(opening, evidence)
    if (refused(facts)) return facts
    const context = { facts, buyerKey, fingerprint: keyring.fingerprint }
    const longest = new Map<Uid, { pieces: readonly PieceIndex[]; payment: Uint8Array }>()
    for (const { seller, claim } of claims) {
      const judged = judge(claim, seller, context)
      if (refused(judged)) return judged
      const { pieces, iou: payment } = judged
      const before = longest.get(seller)?.pieces.length ?? 0
      if (pieces.length > before) longest.set(seller, { pieces, payment })
    }
    const paid = [...longest].map(([seller, each]) => ({ seller, ...each }))
    const all = paid.flatMap(({ pieces }) => pieces)
    const again = all.filter((piece, place) => all.indexOf(piece) !== place)
    const doubleSpent = [...new Set(again)].sort((a, b) => a - b)
    return { facts, paid, doubleSpent }
  },
}

/** One row of a table of schemes. */
export const iou: Scheme = { name: 'iou', payer, payee, broker }
