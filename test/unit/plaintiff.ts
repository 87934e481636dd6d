/**
 * A seller and a buyer in a case, over the signed API: what was asked for, delivered and paid, and
 * what either shows of it.
 */
import { CaseAnswer, CasesAnswer } from '../../shared/cases.js'
import { sha256 } from '../../shared/crypto.js'
import type { PieceIndex, Uid } from '../../shared/identifier.js'
import { makeBundle } from '../../shared/mediation/bundle.js'
import { signBody } from '../../shared/wire/messages.js'
import type { GrantRow } from '../../tracker/rows.js'
import type { Tracker } from '../../tracker/tracker.js'
import { type Bought, claimOf, decodeBody, type Member } from './tracker-member.js'

let counters = 0

/** A buyer's signed request to a seller. */
export function request(
  world: { readonly tracker: Tracker },
  buyer: Member,
  seller: Uid,
  { purse, rid }: Bought,
  pieces: readonly number[],
): Uint8Array {
  const parties = { rid, cid: purse.facts.cid, buyer: buyer.uid, seller }
  const said = { counter: ++counters, pieces: pieces as PieceIndex[], time: world.tracker.now() }
  return signBody('request', { ...parties, ...said }, buyer.signer)
}

/** The seller's bundle about a request. */
export async function bundle(
  world: { readonly tracker: Tracker },
  seller: Member,
  buyer: Member,
  bought: Bought,
  pieces: readonly number[],
  asked = request(world, buyer, seller.uid, bought, pieces),
): Promise<Uint8Array> {
  const { authority, now } = world.tracker
  const { root, signing, issuing } = authority
  const kept = await world.tracker.store.read(async (rows) => {
    const certificate = async ({ uid }: Member) => {
      const member = await rows.members.byUid(uid)
      return rows.members.certificate(member?.id ?? 0, 0)
    }
    const grant = (await rows.grants.byRid(bought.rid)) as GrantRow
    const terms = await rows.catalog.terms(grant.terms)
    return { terms, plaintiff: await certificate(seller), accused: await certificate(buyer) }
  })
  const { rid, purse, answer } = bought
  return makeBundle(
    {
      ...{ kind: 'unpaid', time: now(), plaintiff: seller.uid, accused: buyer.uid, rid },
      ...{ cid: purse.facts.cid, pieces: pieces as PieceIndex[], opening: answer.open },
      ...{ terms: kept.terms as Uint8Array, request: asked },
    },
    {
      ...{ root, signing: [signing], issuing: [issuing] },
      ...{ plaintiff: kept.plaintiff as Uint8Array, accused: kept.accused as Uint8Array },
    },
    seller.signer,
  )
}

/** Files a bundle; the case when it was taken. */
export async function complain(seller: Member, bytes: Uint8Array) {
  const reply = await seller.send('complain', { ...seller.head(), bundle: bytes })
  return { reply, entry: reply.code === 'ok' ? decodeBody(CaseAnswer, reply.body) : undefined }
}

/** A member's cases, which it has read by this. */
export async function casesOf(member: Member, file?: number) {
  const asked = file === undefined ? {} : { file }
  const reply = await member.send('cases', { ...member.head(), ...asked })
  if (reply.code !== 'ok') throw new Error(`${reply.code} ${reply.detail}`)
  return decodeBody(CasesAnswer, reply.body)
}

/** Answers a case. */
export async function respond(member: Member, number: number, kind: string, shown: object = {}) {
  const call = { ...member.head(), number, kind, reason: '', ...shown }
  const reply = await member.send('respond', call)
  return { reply, entry: reply.code === 'ok' ? decodeBody(CaseAnswer, reply.body) : undefined }
}

/** Pieces that the buyer paid to the seller, as the proof of it, and the seller's receipt. */
export function paid(
  world: { readonly tracker: Tracker },
  buyer: Member,
  seller: Member,
  bought: Bought,
  pieces: readonly number[],
  timeMs = world.tracker.now() - 3_600_000,
) {
  const made = buyer.pay(bought, seller.uid, pieces)
  const { claim: proof } = claimOf(bought.rid, seller.uid, made)
  const parties = { rid: bought.rid, buyer: buyer.uid, seller: seller.uid }
  const said = { k: pieces.length, payment: sha256(made.payment), window: 1, time: timeMs }
  return { ...made, proof, receipt: signBody('receipt', { ...parties, ...said }, seller.signer) }
}
