/**
 * Calls to the tracker and their answers: what a real tracker says to them is in the vectors.
 */
import { CALLS, type Call, callBody, sealInfo } from '../../shared/api.js'
import { fromText, toHex } from '../../shared/bytes.js'
import { sha256, signString } from '../../shared/crypto.js'
import { refused } from '../../shared/errors.js'
import { x25519PublicKey } from '../../shared/hpke.js'
import type { Fingerprint, Uid } from '../../shared/identifier.js'
import { privateKeyFromSeed } from '../../shared/keys.js'
import { encode } from '../../shared/wire/record.js'
import { tamperedAnswers } from './cases-answers.js'
import {
  CASES_REFUSED,
  LETTERS_REFUSED,
  REFUND_BODY,
  REFUNDS_REFUSED,
  RESPOND_BODY,
} from './cases-desk.js'
import { MONEY_BODIES, MONEY_HONEST, MONEY_REFUSED } from './cases-money.js'
import { PAGES_BODY, PAGES_HONEST, PAGES_REFUSED } from './cases-pages.js'
import { sealed, sealedCases } from './cases-sealed.js'
import { SUPPLEMENTS_HONEST, SUPPLEMENTS_REFUSED } from './cases-supplements.js'
import { claimOf, paidTo } from './claim-parts.js'
import { recordOf } from './labels.js'
import { callTracker } from './run-tracker.js'
import { type Case, caseMaker, flip, type JsonObject, object } from './vector.js'
import {
  alice,
  bob,
  buyer,
  CID,
  FINGERPRINT,
  FOREIGN,
  type Member,
  makeMember,
  NOW,
  named,
  PIECES,
  PRICE,
  PROVIDER,
  REWARD,
  RID,
  SIGNED_TERMS,
} from './world.js'

const NOTHING = new Uint8Array(0)
const MINUTE = 60_000
const newcomer = makeMember('newcomer')
const REPLY = named('reply key')
const NONCE = named('call nonce', 16)
const TERMS_DIGEST = sha256(SIGNED_TERMS)

const SECTIONS: Record<Call, string> = {
  ...{ register: '4.5', renew: '4.6', account: '4.6', purchase: '4.7', announce: '4.8' },
  ...{ pages: '4.12', claim: '12', refund: '13.4', cases: '13.5', complain: '13.6' },
  ...{ respond: '13.6', mail: '13.9', redeem: '13.10', payout: '13.11', payouts: '13.11' },
  postings: '13.12',
}
/** What a call says beyond its head when it is an honest one. */
const BODIES: Record<Call, object> = {
  register: { name: 'newcomer', key: newcomer.publicKey },
  renew: {},
  account: {},
  purchase: { id: named('purchase id', 16), cid: CID, terms: TERMS_DIGEST, order: NOTHING },
  announce: { cid: CID, port: 6881, left: 0, event: 'started' },
  pages: PAGES_BODY,
  claim: { id: named('claim id', 16), grants: [] },
  refund: REFUND_BODY,
  cases: {},
  complain: { bundle: NOTHING },
  respond: RESPOND_BODY,
  mail: { letters: [], taken: [1] },
  ...MONEY_BODIES,
}

/** How a call departs from an honest one. */
interface Bent {
  readonly by?: Member
  readonly lead?: Uint8Array | Uid
  readonly seed?: Uint8Array
  readonly label?: Call
  readonly fingerprint?: Fingerprint
  readonly payload?: Uint8Array
  readonly info?: Uint8Array
  readonly fields?: object
}

function bodyOf(name: Call, bent: Bent): Uint8Array {
  const by = bent.by ?? (name === 'register' ? newcomer : buyer)
  const head = { counter: name === 'register' ? 0 : 8, nonce: NONCE, time: NOW }
  const reply = x25519PublicKey(REPLY)
  const fields = { ...head, reply, ...BODIES[name], ...bent.fields }
  const payload = bent.payload ?? encode(recordOf(name), fields)
  const privateKey = privateKeyFromSeed(bent.seed ?? by.seed)
  const fingerprint = bent.fingerprint ?? FINGERPRINT
  const signed = signString(bent.label ?? name, payload, { fingerprint, privateKey })
  const plain = callBody(bent.lead ?? (name === 'register' ? by.publicKey : by.uid), signed)
  return CALLS[name].sealed ? sealed(plain, bent.info ?? sealInfo(name, 'provider')) : plain
}

/** The tracker as it stands before a call, and the call. */
function inputOf(call: Call, body: Uint8Array, state: object = {}): JsonObject {
  const row = ({ uid, publicKey }: Member, spendable: bigint) => {
    return { uid, publicKey, counter: 7, spendable }
  }
  const price = PRICE
  const tracker = {
    seal: PROVIDER.sealPrivate,
    fingerprint: FINGERPRINT,
    members: [row(buyer, 5_000_000n), row(alice, 0n), row(bob, 0n)],
    contents: [{ cid: CID, terms: TERMS_DIGEST, price, reward: REWARD, pieces: PIECES }],
    grants: [],
    ...state,
  }
  return object({ call, body, replyKey: REPLY, now: NOW, tracker })
}

const standing = { grants: [{ rid: RID, cid: CID, buyer: buyer.uid }] }
const pay = { payment: paidTo(alice, [256, 257, 3]) }
const claimed = { grants: [{ rid: RID, claim: claimOf(pay.payment) }] }

/** Calls that are answered with ok, by the name that their answer's vector goes under too. */
const HONEST: readonly (readonly [string, Call, Bent, object?])[] = [
  ['register', 'register', {}],
  ['register again', 'register', { by: buyer, fields: { key: buyer.publicKey } }],
  ['renew', 'renew', {}],
  ['account', 'account', {}],
  ['purchase', 'purchase', {}],
  ['purchase again', 'purchase', {}, standing],
  ['announce', 'announce', {}],
  ['announce of a buyer', 'announce', { fields: { rid: RID, left: 100 } }, standing],
  ['announce of a seller that stops', 'announce', { by: alice, fields: { event: 'stopped' } }],
  ['claim', 'claim', { by: alice, fields: claimed }, standing],
  ...PAGES_HONEST.map(([name, bent]) => [name, 'pages', bent, standing] as const),
  ...SUPPLEMENTS_HONEST.map(([name, bent, state]) => [name, 'purchase', bent, state] as const),
  ['refund', 'refund', {}, standing],
  ['cases', 'cases', {}],
  ['mail', 'mail', {}],
  ...MONEY_HONEST,
]

function honest(): Case[] {
  return HONEST.map(([name, call, bent, state]) =>
    caseMaker('call', SECTIONS[call])(name, inputOf(call, bodyOf(call, bent), state)),
  )
}

type Refused = readonly [string, Call, Case['refuse'], Bent, object?]
const late = { fields: { time: NOW - 5 * MINUTE - 1 } }
const twice = { grants: [...claimed.grants, ...claimed.grants] }
const small = new Uint8Array(32)
const REFUSED: readonly Refused[] = [
  ['of nobody', 'purchase', 'unknown-member', { by: newcomer }],
  ["signed by another's key", 'purchase', 'bad-signature', { seed: bob.seed }],
  ["another's uid in front", 'purchase', 'bad-signature', { lead: alice.uid }],
  ['another call, signed', 'purchase', 'bad-label', { label: 'announce' }],
  [
    'for another provider',
    'purchase',
    'wrong-provider',
    { fingerprint: FOREIGN.signer.fingerprint },
  ],
  ['an empty record', 'purchase', 'malformed', { payload: fromText('de') }],
  ['l-3: as record', 'purchase', 'malformed', { payload: fromText('l-3:') }],
  ['five minutes and a bit late', 'purchase', 'stale-time', late],
  [
    'five minutes and a bit early',
    'renew',
    'stale-time',
    { fields: { time: NOW + 5 * MINUTE + 1 } },
  ],
  ['of a member that is revoked', 'renew', 'certificate-revoked', {}, { revoked: [buyer.uid] }],
  [
    'register a key that is revoked',
    'register',
    'certificate-revoked',
    { by: buyer, fields: { key: buyer.publicKey } },
    { revoked: [buyer.uid] },
  ],
  ['a counter used before', 'purchase', 'stale-counter', { fields: { counter: 7 } }],
  ['an unknown content', 'purchase', 'unknown-cid', { fields: { cid: toHex(named('x', 20)) } }],
  ['other terms', 'purchase', 'terms-changed', { fields: { terms: named('other terms') } }],
  ['no money', 'purchase', 'insufficient-funds', { by: alice }],
  ['a reply key of small order', 'purchase', 'weak-key', { fields: { reply: small } }],
  [
    'announce of an unknown content',
    'announce',
    'unknown-cid',
    { fields: { cid: toHex(named('x', 20)) } },
  ],
  ['announce for an unknown grant', 'announce', 'unknown-grant', { fields: { rid: RID } }],
  [
    "announce for another's grant",
    'announce',
    'unknown-grant',
    { by: bob, fields: { rid: RID } },
    standing,
  ],
  [
    'register another key than signs',
    'register',
    'malformed',
    { fields: { key: alice.publicKey } },
  ],
  [
    'register with an unknown invitation',
    'register',
    'invitation-invalid',
    { fields: { invitation: named('an invitation', 16) } },
  ],
  ['register without possession', 'register', 'bad-signature', { lead: alice.publicKey }],
  ['register late', 'register', 'stale-time', late],
  [
    'a claim sealed for another call',
    'claim',
    'seal-broken',
    { info: sealInfo('account', 'provider') },
  ],
  [
    'a claim that names a grant twice',
    'claim',
    'malformed',
    { by: alice, fields: twice },
    standing,
  ],
  ['a claim on time, replayed', 'claim', 'stale-counter', { by: alice, fields: { counter: 1 } }],
  ...PAGES_REFUSED.map(([name, code, bent]) => [name, 'pages', code, bent, standing] as const),
  ...REFUNDS_REFUSED.map(([name, code, bent]) => [name, 'refund', code, bent, standing] as const),
  ...LETTERS_REFUSED.map(([name, code, bent]) => [name, 'mail', code, bent, standing] as const),
  ...CASES_REFUSED.map(([name, call, code, bent]) => [name, call, code, bent, standing] as const),
  ...MONEY_REFUSED,
  ...SUPPLEMENTS_REFUSED.map(([name, ...rest]) => [name, 'purchase', ...rest] as const),
]

function turnedDown(): Case[] {
  const cases = REFUSED.map(([name, call, refuse, bent, state]) => {
    const make = caseMaker('call', SECTIONS[call])
    return make(`call: ${name}`, inputOf(call, bodyOf(call, bent), state), refuse)
  })
  const make = caseMaker('call', '4.2')
  const purchase = bodyOf('purchase', {})
  const weak = new Uint8Array(64)
  const version = Uint8Array.from(purchase)
  version[16 + 'floodgate/'.length] = 0x32
  return [
    ...cases,
    make('call: only a uid', inputOf('purchase', purchase.subarray(0, 16)), 'malformed'),
    make('call: too short a string', inputOf('purchase', purchase.subarray(0, 60)), 'malformed'),
    make('call: another version', inputOf('purchase', version), 'unsupported-version'),
    make('call: a claim with a weak key', inputOf('claim', weak), 'weak-key'),
    make('call: a claim cut short', inputOf('claim', weak.subarray(0, 47)), 'seal-broken'),
    make('call: a claim altered', inputOf('claim', flip(bodyOf('claim', {}), 80)), 'seal-broken'),
  ]
}

/** The bytes that a real tracker answers to an honest call. */
async function answerTo(input: JsonObject): Promise<Uint8Array> {
  const answered = await callTracker(input)
  if (refused(answered)) throw new Error(answered.message)
  return answered.bytes
}

const ring = { root: PROVIDER.root, signers: [PROVIDER.signing], now: NOW }

async function answers(): Promise<Case[]> {
  const cases: Case[] = []
  for (const [name, call, bent, state] of HONEST) {
    const bytes = await answerTo(inputOf(call, bodyOf(call, bent), state))
    const make = caseMaker('answer', SECTIONS[call])
    const input = { call, nonce: NONCE, replyKey: REPLY, bytes, ...ring }
    cases.push(make(`${name} answered`, input))
  }
  const refusedCall = inputOf('purchase', bodyOf('purchase', { by: alice }))
  return [...cases, ...tamperedAnswers(cases), ...signedRefusal(await answerTo(refusedCall))]
}

function signedRefusal(bytes: Uint8Array): Case[] {
  const make = caseMaker('answer', '4.2')
  const input = { call: 'purchase', nonce: NONCE, replyKey: REPLY, bytes, ...ring }
  return [make('a refusal, signed', input, 'insufficient-funds')]
}

export async function callCases(): Promise<Record<string, Case[]>> {
  return {
    calls: [...honest(), ...turnedDown()],
    answers: await answers(),
    sealed: sealedCases(),
  }
}
