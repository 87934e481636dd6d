/**
 * The rules of mediation: each row of docs/PROTOCOL.md 13.8, and what holds of every verdict.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { concat } from '../../shared/bytes.js'
import { type Code, must, refused } from '../../shared/errors.js'
import type { PieceIndex } from '../../shared/identifier.js'
import { type Complaint, readBundle } from '../../shared/mediation/bundle.js'
import { type CaseFacts, makeCaseFile } from '../../shared/mediation/case-file.js'
import { FalseComplaints } from '../../shared/mediation/proofs.js'
import { beyondThreshold, judge } from '../../shared/mediation/rules.js'
import { Verdict } from '../../shared/mediation/verdict.js'
import { signTerms } from '../../shared/terms.js'
import { encode } from '../../shared/wire/record.js'
import { flip, is } from '../contract/grant.js'
import { FINGERPRINT, leafOf, NOW_MS, PROVIDER, party } from '../contract/provider.js'
import {
  alice,
  answerOf,
  bob,
  bundleOf,
  buyer,
  COURT,
  complaintOf,
  DEADLINE_MS,
  DISPUTED,
  factsOf,
  fileOf,
  OPENED_MS,
  PARTS,
  paid,
  releaseOf,
  requestOf,
  TERMS,
  wasPaid,
} from './court.js'

const decided = (file: Uint8Array) => must(judge(file, COURT))
const LATE = { time: DEADLINE_MS + 1 }

test('a bundle verifies under the root alone; each bent one has its own code', () => {
  const read = must(readBundle(bundleOf(), FINGERPRINT))
  assert.deepEqual(read.complaint.pieces, DISPUTED)
  assert.deepEqual([read.plaintiff.uid, read.accused.uid], [alice.uid, buyer.uid])
  const of = (fields: Partial<Complaint>) => bundleOf(complaintOf(fields))
  const bent: [string, Code, Uint8Array][] = [
    ['junk', 'malformed', new Uint8Array([0x64, 0x65])],
    ['too long', 'too-large', new Uint8Array(60_000)],
    ['a root of its own', 'certificate-invalid', bundleOf(complaintOf(), { root: leafOf(bob) })],
    ['no issuing certificate', 'certificate-invalid', bundleOf(complaintOf(), { issuing: [] })],
    ['a signature of another', 'bad-signature', bundleOf(complaintOf(), {}, bob)],
    ['an unknown kind', 'malformed', of({ kind: 'rude' })],
    ['another plaintiff', 'wrong-seller', of({ plaintiff: bob.uid })],
    ['another accused', 'wrong-buyer', of({ accused: bob.uid })],
    ['no signer', 'certificate-invalid', bundleOf(complaintOf(), { signing: [] })],
    [
      'terms of another content',
      'terms-invalid',
      of({ terms: signTerms({ ...TERMS, cid: 'ab'.repeat(20) as never }, PROVIDER) }),
    ],
    ['a request that nobody signed', 'bad-signature', of({ request: requestOf({}, bob) })],
    ['a request to another', 'wrong-seller', of({ request: requestOf({ seller: bob.uid }) })],
    ['a request of another grant', 'wrong-grant', of({ rid: '00'.repeat(16) as never })],
    ['no piece', 'malformed', of({ pieces: [] })],
    ['a piece twice', 'malformed', of({ pieces: [...DISPUTED, ...DISPUTED] })],
    ['a piece not asked for', 'not-requested', of({ pieces: [6 as never] })],
  ]
  for (const [what, code, bytes] of bent) is(readBundle(bytes, FINGERPRINT), code, what)
})

test('silence after a fetched notice pays, from escrow or from what else the grant holds', () => {
  assert.equal(decided(fileOf()).outcome, 'waiting')
  assert.equal(decided(fileOf({ time: DEADLINE_MS })).outcome, 'waiting')
  const silent = decided(fileOf(LATE))
  assert.deepEqual([silent.outcome, silent.state, silent.markAccused], ['silent', 'paid', 1])
  assert.deepEqual([silent.escrow, silent.beyond, silent.revoked], [DISPUTED, [], undefined])

  const elsewhere = { ...LATE, paid: [wasPaid(bob, [5])] }
  const partly = decided(fileOf(elsewhere))
  assert.deepEqual([partly.escrow, partly.beyond], [[260], [5]])
  assert.deepEqual(decided(fileOf({ ...elsewhere, vouched: 0 })).beyond, [])
  const granted = (...pieces: number[]) => fileOf({ ...elsewhere, beyond: pieces as PieceIndex[] })
  assert.deepEqual(decided(granted(1, 2, 3)).beyond, [], 'n + b - 1 and no more')
  assert.deepEqual(decided(granted(1, 2)).beyond, [5])
  assert.deepEqual(decided(granted(5)).beyond, [], 'it was paid for that piece already')
})

test('who never came is not blamed; who was paid meanwhile is owed nothing', () => {
  const absent = fileOf({ time: NOW_MS + 2000 }, {}, 'fetched')
  assert.equal(decided(absent).outcome, 'waiting', 'until claim-until')
  const over = { time: OPENED_MS + 1e12, paid: [wasPaid(bob, [5])] }
  const unheard = decided(fileOf(over, {}, 'fetched'))
  assert.deepEqual([unheard.outcome, unheard.escrow], ['unheard', [260]])
  assert.deepEqual([unheard.beyond, unheard.markAccused], [[], 0])
  const moot = decided(fileOf({ ...LATE, paid: [wasPaid(alice, [5, 260])] }))
  assert.deepEqual([moot.outcome, moot.state, moot.markAccused], ['moot', 'settled', 0])
})

test('an answer settles what it covers, and nothing that it does not', () => {
  const whole = paid([1, 5, 260])
  const said = (fields: Parameters<typeof answerOf>[0], facts: Partial<CaseFacts> = {}) =>
    judge(fileOf(facts, { answer: answerOf(fields) }), COURT)
  const receipt = must(said({ kind: 'receipt', ...whole }))
  assert.deepEqual([receipt.outcome, receipt.state], ['receipt', 'settled'])
  const { proof } = whole
  assert.equal(must(said({ kind: 'payment', proof })).outcome, 'payment')
  const justNow = paid([1, 5, 260], alice, OPENED_MS + 5)
  assert.equal(must(said({ kind: 'receipt', ...justNow })).outcome, 'payment', 'paid meanwhile')
  assert.equal(must(said({ kind: 'receipt', release: releaseOf() })).outcome, 'receipt')
  const part = paid([5])
  const mixed = must(said({ kind: 'denial', ...part }, { paid: [wasPaid(alice, [260])] }))
  assert.deepEqual([mixed.outcome, mixed.markPlaintiff], ['receipt', 0])

  const denial = must(said({}))
  assert.deepEqual([denial.outcome, denial.state], ['denial', 'denied'])
  assert.deepEqual([denial.markPlaintiff, denial.markAccused, denial.escrow], [1, 1, []])
  assert.equal(must(said({ kind: 'denial', ...part })).outcome, 'denial')

  is(said({ kind: 'receipt', ...part }), 'not-covered', 'a receipt of half')
  is(said({ kind: 'payment' }), 'not-covered', 'nothing shown')
  is(said({ kind: 'receipt', receipt: whole.receipt }), 'not-covered', 'a receipt alone')
  is(said({ kind: 'receipt', proof: whole.proof, receipt: part.receipt }), 'receipt-mismatch', 'x')
  is(said({ kind: 'payment', proof: paid([5, 260], bob).proof }), 'claim-payee', 'to another')
  is(said({ kind: 'receipt', release: releaseOf(0, 8) }), 'wrong-grant', 'of another request')
  is(said({ kind: 'shrug' }), 'malformed', 'another kind')
  is(said({ number: 4 }), 'malformed', 'another case')
  const forged = fileOf({}, { answer: answerOf({}, bob) })
  is(judge(forged, COURT), 'bad-signature', 'an answer by somebody else')
})

test('facts are of their file: whatever is exchanged is refused', () => {
  const file = fileOf(LATE)
  is(judge(flip(file, -3), COURT), 'certificate-invalid', 'a flipped bit in a certificate')
  const { privateKey } = bob.signer
  const forged = makeCaseFile(PARTS, factsOf(LATE), { ...PROVIDER, privateKey })
  is(judge(forged, COURT), 'bad-signature', 'facts that the provider did not sign')
  is(judge(concat(file, file), COURT), 'malformed', 'two files')
  const others = { ...COURT, fingerprint: '11'.repeat(32) as typeof FINGERPRINT }
  is(judge(file, others), 'wrong-provider', "another provider's court")
  is(judge(file, { ...COURT, schemes: new Map() }), 'unknown-scheme', 'no such scheme')
  is(judge(fileOf({ accused: bob.uid }), COURT), 'malformed', 'facts of another complaint')
  is(judge(fileOf({ kind: 'refund' }), COURT), 'malformed', 'a kind that people decide')
})

test('complaints against own receipts convict only when they go on after each was told', () => {
  const day = 86_400_000
  const whole = paid([5, 260])
  const complaint = (place: number, signedMs?: number) => {
    const request = requestOf({ counter: 7 + place, time: OPENED_MS - day + place * 2 * day })
    const opened = OPENED_MS + place * 2 * day
    const evidence = bundleOf(complaintOf({ request }))
    const { receipt } = paid([5, 260], alice, signedMs ?? opened - 3_600_000)
    const answer = answerOf({ kind: 'receipt', proof: whole.proof, receipt })
    return fileOf({ opened, time: opened + 1000 }, { evidence, answer })
  }
  const told = [0, 1].map((place) => OPENED_MS + place * 2 * day + 5000)
  const brought = (files: readonly Uint8Array[], when: readonly number[], accused = alice) =>
    judge(
      fileOf(
        { kind: 'false-complaint', plaintiff: buyer.uid, accused: accused.uid, told: when },
        { evidence: encode(FalseComplaints, { files }) },
      ),
      COURT,
    )
  const files = [0, 1, 2].map((place) => complaint(place))
  const proved = must(brought(files, told))
  assert.deepEqual([proved.outcome, proved.revoked], ['false-complaint', alice.uid])
  is(brought(files.slice(1), told), 'not-covered', 'two are explained by a backup')
  is(brought(files, []), 'not-covered', 'nobody told it')
  is(brought(files, [told[0] ?? 0, OPENED_MS + 9 * day]), 'not-covered', 'told too late')
  is(brought(files, told, buyer), 'not-covered', 'complaints of somebody else')
  is(brought([...files.slice(0, 2), fileOf(LATE)], told), 'not-covered', 'one that was right')
  const old = [0, 1, 2].map((place) => complaint(place, OPENED_MS - day))
  is(brought(old, told), 'not-covered', 'receipts of one backup, under requests dated ahead')
})

const bit = fc.integer({ min: 0, max: 1 })
const someFacts = fc.record({
  time: fc.integer({ min: OPENED_MS, max: DEADLINE_MS + 10_000 }),
  vouched: bit,
  beyond: fc.subarray([5, 260, 1, 2, 3] as PieceIndex[]),
  paid: fc.array(
    fc.record({
      member: fc.constantFrom(alice.uid, bob.uid, party('carol').uid),
      pieces: fc.subarray([...DISPUTED, 9 as never]),
    }),
    { maxLength: 3 },
  ),
})
const someAnswer = fc.option(
  fc.record({
    kind: fc.constantFrom('receipt', 'payment', 'denial', 'shrug'),
    shown: fc.constantFrom('nothing', 'half', 'whole', 'release'),
  }),
)
const SHOWN = {
  nothing: {},
  half: paid([5]),
  whole: paid([5, 260]),
  release: { release: releaseOf() },
} as const

test('every verdict is the same again, and takes no more than is disputed', () => {
  const property = fc.property(someFacts, someAnswer, fc.boolean(), (facts, answer, absent) => {
    const said = answer && { answer: answerOf({ kind: answer.kind, ...SHOWN[answer.shown] }) }
    const file = fileOf(facts, said ?? {}, absent ? 'fetched' : undefined)
    const first = judge(file, COURT)
    const again = judge(Uint8Array.from(file), COURT)
    if (refused(first)) {
      assert.ok(refused(again) && again.code === first.code, 'a refusal that changes')
      assert.ok(answer !== null, 'only an answer can be wrong here')
      return
    }
    assert.deepEqual(encode(Verdict, must(again)), encode(Verdict, first))
    const pieces = [...first.escrow, ...first.beyond]
    assert.equal(new Set(pieces).size, pieces.length, 'a piece is paid twice')
    assert.ok(pieces.every((piece) => DISPUTED.includes(piece)))
    const spent = new Set(facts.paid.flatMap((each) => each.pieces as readonly number[]))
    assert.ok(
      first.escrow.every((piece) => !spent.has(piece)),
      'escrow that is not there',
    )
    assert.ok(first.beyond.length <= Math.max(0, 3 - facts.beyond.length), 'beyond n + b - 1')
    assert.ok(
      pieces.every((piece) => !facts.beyond.includes(piece as PieceIndex)),
      'what it was granted before',
    )
    assert.equal(first.revoked, undefined, 'suspicion never revokes')
    if (pieces.length > 0) assert.ok(answer === null && first.markAccused === (absent ? 0 : 1))
  })
  fc.assert(property, { numRuns: 300 })
})

test('a verdict says whether trading stops by number and by share', () => {
  const over = (marks: number, counterparties: number) =>
    beyondThreshold({ marks, counterparties }, TERMS)
  assert.deepEqual([over(4, 4), over(5, 5), over(5, 25), over(5, 26)], [false, true, true, false])
})
