/**
 * Bundles, and case files that each rule of 13.8 decides.
 */
import { RespondCall } from '../../shared/cases.js'
import { sha256, signString } from '../../shared/crypto.js'
import { type Bundle, type Complaint, makeBundle } from '../../shared/mediation/bundle.js'
import { type CaseFacts, type CaseParts, makeCaseFile } from '../../shared/mediation/case-file.js'
import { DoubleSpending, FalseComplaints } from '../../shared/mediation/proofs.js'
import { type Request, signBody } from '../../shared/wire/messages.js'
import { encode } from '../../shared/wire/record.js'
import { claimOf, pageFor, paidTo } from './claim-parts.js'
import { type Case, caseMaker, flip } from './vector.js'
import {
  alice,
  bob,
  buyer,
  CID,
  DAY,
  FACTS,
  FOREIGN,
  ISSUED,
  type Member,
  NOW,
  PROVIDER,
  p,
  RID,
  SIGNED_TERMS,
} from './world.js'

const { root, issuing, signing, signer } = PROVIDER
const NOTHING = new Uint8Array(0)
/** Pieces in dispute, one from each page. */
const DISPUTED = [3, 256].map(p)
const OPENED = NOW + DAY
/** As many others as a seller can lose. */
const OTHERS = [0, 1, 2, 4, 5].map(p)

function requestOf(fields: Partial<Request> = {}, by: Member = buyer): Uint8Array {
  const said = { rid: RID, cid: CID, buyer: buyer.uid, seller: alice.uid, counter: 5 }
  return signBody('request', { ...said, pieces: DISPUTED, time: NOW, ...fields }, by.signer)
}

function bundleOf(fields: Partial<Complaint> = {}, parts: Partial<Bundle> = {}, by = alice) {
  const complaint = {
    ...{ kind: 'unpaid', time: OPENED, plaintiff: alice.uid, accused: buyer.uid, rid: RID },
    ...{ cid: CID, pieces: DISPUTED, terms: SIGNED_TERMS, opening: ISSUED.open },
    ...{ request: requestOf(), ...fields },
  }
  const leaves = { plaintiff: alice.leaf, accused: buyer.leaf }
  const chain = { root, signing: [signing], issuing: [issuing], ...leaves, ...parts }
  return makeBundle(complaint, chain, by.signer)
}

const PAGES = [0, 256].map((piece, page) => ({ page, body: pageFor(piece) }))

function fileOf(facts: Partial<CaseFacts> = {}, parts: Partial<CaseParts> = {}, by = signer) {
  const stated = {
    ...{ number: 3, kind: 'unpaid', plaintiff: alice.uid, accused: buyer.uid, rid: RID, cid: CID },
    ...{ signer: signer.certificate, opened: OPENED, time: OPENED + 3000 },
    ...{ deadline: OPENED + 2000, paid: [], vouched: 1, beyond: [] },
    ...{ told: [], marks: 0, counterparties: 0, ...facts },
  }
  const whole = { root, signing: [signing], evidence: bundleOf(), pages: PAGES, ...parts }
  return makeCaseFile(whole, stated, by)
}

const FETCHED = { fetched: OPENED + 1000 }

function answerOf(fields: Partial<RespondCall>, by: Member = buyer): Uint8Array {
  const head = { counter: 9, nonce: new Uint8Array(16), time: NOW, reply: new Uint8Array(32) }
  const call = { ...head, number: 3, kind: 'denial', reason: '', ...fields }
  return signString('respond', encode(RespondCall, call), by.signer)
}

const paid = paidTo(alice, [1, 3, 256])
const proof = claimOf(paid)
const half = claimOf(paidTo(alice, [3]))
const receiptOf = (time: number): Uint8Array => {
  const said = { rid: RID, buyer: buyer.uid, seller: alice.uid, k: 3, window: 2, time }
  return signBody('receipt', { ...said, payment: sha256(paid.payment) }, alice.signer)
}
const release = signBody(
  'release',
  { rid: RID, buyer: buyer.uid, seller: alice.uid, counter: 5, pieces: DISPUTED, time: NOW },
  alice.signer,
)
const answered = (fields: Partial<RespondCall>, by?: Member) =>
  fileOf(FETCHED, { answer: answerOf(fields, by) })

function bundleCases(): Case[] {
  const make = caseMaker('bundle', '13.6')
  const bad = (name: string, refuse: Case['refuse'], bytes: Uint8Array) =>
    make(name, { root, bytes }, refuse)
  return [
    make('a bundle', { root, bytes: bundleOf() }),
    make('a bundle of one piece of the request', {
      ...{ root, bytes: bundleOf({ pieces: DISPUTED.slice(1) }) },
    }),
    bad('a bundle under a foreign root', 'wrong-provider', bundleOf({}, { root: FOREIGN.root })),
    bad('a bundle signed by another', 'bad-signature', bundleOf({}, {}, bob)),
    bad("another's certificate", 'wrong-buyer', bundleOf({}, { accused: bob.leaf })),
    bad(
      'a request to another',
      'wrong-seller',
      bundleOf({ request: requestOf({ seller: bob.uid }) }),
    ),
    bad(
      'a request that its buyer did not sign',
      'bad-signature',
      bundleOf({
        request: requestOf({}, bob),
      }),
    ),
    bad('a piece that was not asked for', 'not-requested', bundleOf({ pieces: [p(4)] })),
    bad('a complaint of nothing', 'malformed', bundleOf({ pieces: [] })),
  ]
}

/** Complaints that alice's own receipts refute, each after she was told of the one before. */
function falseFile(told: readonly number[]): Uint8Array {
  const files = [0, 1, 2].map((place) => {
    const opened = OPENED + 2 * place * DAY
    const evidence = bundleOf({
      request: requestOf({ counter: 5 + place, time: opened - DAY / 2 }),
    })
    const answer = answerOf({ kind: 'receipt', proof, receipt: receiptOf(opened - DAY / 4) })
    return fileOf({ ...FETCHED, opened }, { evidence, answer })
  })
  const evidence = encode(FalseComplaints, { files })
  const facts = { kind: 'false-complaint', plaintiff: buyer.uid, accused: alice.uid, told }
  return fileOf(facts, { evidence, pages: [] })
}

function doubleFile(pieces: readonly number[]): Uint8Array {
  const evidence = encode(DoubleSpending, {
    ...{ scheme: 'floodgate', issuing, buyer: buyer.leaf, opening: ISSUED.open },
    claims: [
      { seller: alice.uid, claim: proof },
      { seller: bob.uid, claim: claimOf(paidTo(bob, pieces)) },
    ],
  })
  const given = [{ member: alice.uid, pieces: [1, 3, 256].map(p) }]
  return fileOf({ kind: 'double-spent', plaintiff: bob.uid, paid: given }, { evidence })
}

export function mediationCases(): Case[] {
  const make = caseMaker('case', '13.8')
  const good = (name: string, bytes: Uint8Array) => make(name, { root, bytes })
  const late = FACTS.claimUntil + 1
  const elsewhere = { ...FETCHED, paid: [{ member: bob.uid, pieces: [p(3)] }] }
  const toldEach = [0, 1].map((place) => OPENED + 2 * place * DAY + 5000)
  return [
    ...bundleCases(),
    good('nobody was told yet', fileOf()),
    good('the accused has time left', fileOf({ ...FETCHED, deadline: OPENED + 3000 })),
    good('the accused is silent', fileOf(FETCHED)),
    good('the accused is silent and somebody else was paid', fileOf(elsewhere)),
    good('the same, and the plaintiff is nobody', fileOf({ ...elsewhere, vouched: 0 })),
    good('the same, and the plaintiff had its share', fileOf({ ...elsewhere, beyond: OTHERS })),
    good('it had the reward of that piece', fileOf({ ...elsewhere, beyond: [p(3)] })),
    good('the accused never came', fileOf({ time: late })),
    good(
      'the plaintiff was paid meanwhile',
      fileOf({
        ...{ ...FETCHED, paid: [{ member: alice.uid, pieces: DISPUTED }] },
      }),
    ),
    good('a receipt', answered({ kind: 'receipt', proof, receipt: receiptOf(NOW) })),
    good('a receipt of just now', answered({ kind: 'receipt', proof, receipt: receiptOf(OPENED) })),
    good('a release', answered({ kind: 'receipt', release })),
    good('a payment', answered({ kind: 'payment', proof })),
    good('a denial', answered({})),
    good('a denial of what a payment leaves', answered({ proof: half })),
    good('one piece signed over to two sellers', doubleFile([7, 256])),
    good('complaints against own receipts, told each time', falseFile(toldEach)),
    good('marks', fileOf({ kind: 'marks', marks: 5, counterparties: 9 }, { evidence: NOTHING })),
    ...tamperedCases(),
  ]
}

function tamperedCases(): Case[] {
  const make = caseMaker('case', '13.8')
  const bad = (name: string, refuse: Case['refuse'], bytes: Uint8Array) =>
    make(name, { root, bytes }, refuse)
  return [
    bad('a payment of half', 'not-covered', answered({ kind: 'payment', proof: half })),
    bad(
      'a receipt without its payment',
      'not-covered',
      answered({
        ...{ kind: 'receipt', receipt: receiptOf(NOW) },
      }),
    ),
    bad(
      'a receipt of another payment',
      'receipt-mismatch',
      answered({
        ...{ kind: 'receipt', proof: half, receipt: receiptOf(NOW) },
      }),
    ),
    bad('an answer by another', 'bad-signature', answered({}, bob)),
    bad(
      'a payment without its page',
      'page-missing',
      fileOf(FETCHED, {
        ...{ answer: answerOf({ kind: 'payment', proof }), pages: PAGES.slice(1) },
      }),
    ),
    bad(
      'a page altered',
      'page-invalid',
      fileOf(FETCHED, {
        ...{ answer: answerOf({ kind: 'payment', proof }) },
        pages: PAGES.map(({ page, body }) => ({ page, body: flip(body, 5) })),
      }),
    ),
    bad('payments that do not overlap', 'not-covered', doubleFile([7, 257])),
    bad('false complaints of which nobody told', 'not-covered', falseFile([])),
    bad(
      'facts that another signed',
      'bad-signature',
      fileOf(
        {},
        {},
        {
          ...{ ...signer, privateKey: buyer.signer.privateKey },
        },
      ),
    ),
    bad('facts of another complaint', 'malformed', fileOf({ accused: bob.uid })),
    bad('a kind that people decide', 'malformed', fileOf({ kind: 'refund' })),
  ]
}
