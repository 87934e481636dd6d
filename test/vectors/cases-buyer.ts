/**
 * What a buyer does with everything that a seller may say to it.
 */
import { toHex } from '../../shared/bytes.js'
import type { Rid } from '../../shared/identifier.js'
import { tokenOf } from './claim-parts.js'
import {
  at,
  paymentBytes,
  receipt,
  refusal,
  release,
  requestBytes,
  retry,
  state,
  statement,
  withdrawalBytes,
} from './trade.js'
import { type Case, caseMaker, flip } from './vector.js'
import { alice, bob, FOREIGN, NOW, named, p, peers } from './world.js'

type Step = object
type Bad = (name: string, refuse: Case['refuse'], ...steps: Step[]) => Case

const NEW = { paid: [], counter: 0, runs: [], withdrawn: [] }
const OTHER_RID = toHex(named('another grant', 16)) as Rid
const start = { on: 'start', now: NOW }
const want = (...pieces: number[]) => ({ on: 'want', pieces, now: NOW })
const tick = (seconds: number) => ({ on: 'tick', now: at(seconds) })
const block = (piece: number) => ({ on: 'block', piece, offset: 0, length: 16_384, now: NOW })
const reject = (piece: number) => ({ ...block(piece), on: 'reject' })
const verified = (piece: number, good = true) => ({ on: 'verified', piece, good, now: NOW })

function input(steps: readonly Step[], books: object = {}, more: object = {}) {
  const given = { self: 'buyer', peer: 'alice', peers: peers(), has: [], paidElsewhere: [] }
  return { ...given, books: { ...NEW, ...books }, steps, ...more }
}

const run = [256, 257]
const REQUEST = requestBytes(1, run)
const opened = [start, state()]
const asked = [...opened, want(...run)]
const stated = [...asked, statement(REQUEST, run)]
const fetched = [...stated, block(256), verified(256)]
const paid = [...fetched, block(257), verified(257)]
/** What a release has and a receipt has not. */
const AS_RELEASE = { counter: 1, pieces: [] }
const PAYMENT = paymentBytes([256, 257])

function asking(): Case[] {
  const make = caseMaker('buyer', '10.3')
  const junk = [verified(256, false), verified(256, false)]
  const both = [start, state({ window: 2 }), want(...run), statement(REQUEST, run)]
  return [
    make('a buyer opens and asks', input(asked)),
    make('a piece that is whole is paid', input(fetched)),
    make('a run that is paid is signed for', input(paid)),
    make('tokens are signed for after a while', input([...fetched, tick(1), tick(3)])),
    make('a piece of no grant is given back', input([...opened, want(300, 256)])),
    make('a piece that failed is asked for again', input([...stated, block(256), ...junk])),
    make('a rejected block waits for the next tick', input([...stated, reject(256), tick(1)])),
    make(
      'rejects end the request',
      input([...stated, ...[1, 2, 3, 4].flatMap((second) => [reject(256), tick(second)])]),
    ),
    make('silence ends the request', input([...stated, tick(30), tick(31)])),
    make('stopping signs and withdraws', input([...fetched, { on: 'stop', now: at(1) }])),
    make('a block before its statement', input([...asked, block(256)]), 'statement-missing'),
    make(
      'two pieces of junk',
      input([...both, verified(256, false), verified(257, false)]),
      'piece-junk',
    ),
    make('one piece of junk too often', input([...[...stated, ...junk, ...junk]]), 'piece-junk'),
  ]
}

function answers(): Case[] {
  const make = caseMaker('buyer', '10.4')
  const bad: Bad = (name, refuse, ...steps) => make(name, input(steps), refuse)
  const theirs = { ...alice.signer, fingerprint: FOREIGN.signer.fingerprint }
  const says = (name: string, refuse: Case['refuse'], change: object, signer = alice.signer) =>
    bad(name, refuse, ...asked, statement(REQUEST, run, change, signer))
  const receipted = (name: string, refuse: Case['refuse'], ...given: Parameters<typeof receipt>) =>
    bad(name, refuse, ...paid, receipt(...given))
  return [
    make('a statement lets blocks in', input([...stated, block(256)])),
    make(
      'a statement of another request is ignored',
      input([...asked, statement(requestBytes(9, run), run)]),
    ),
    says('a statement with another hash', 'statement-mismatch', { hashes: named('x', 20) }),
    says('a statement of another grant', 'statement-mismatch', { rid: OTHER_RID }),
    says('a statement to another buyer', 'statement-mismatch', { buyer: bob.uid }),
    says('a statement of another seller', 'statement-mismatch', { seller: bob.uid }),
    says('a statement signed by another', 'bad-signature', {}, bob.signer),
    says('a statement for another provider', 'wrong-provider', {}, theirs),
    make('a receipt moves the window', input([...paid, receipt(2, PAYMENT)])),
    receipted('a receipt for another payment', 'receipt-mismatch', 2, flip(PAYMENT, 0)),
    receipted('a receipt for a payment that was not sent', 'receipt-mismatch', 1, PAYMENT),
    receipted('a receipt of another grant', 'receipt-mismatch', 2, PAYMENT, { rid: OTHER_RID }),
    receipted('a receipt to another buyer', 'receipt-mismatch', 2, PAYMENT, { buyer: bob.uid }),
    receipted('a receipt of another seller', 'receipt-mismatch', 2, PAYMENT, { seller: bob.uid }),
    receipted('a receipt signed by another', 'bad-signature', 2, PAYMENT, {}, bob.signer),
    receipted(
      'a release in the place of a receipt',
      'bad-label',
      2,
      PAYMENT,
      AS_RELEASE,
      alice.signer,
      'release',
    ),
  ]
}

/** Refusals, and what may not come in a state. */
function refusals(): Case[] {
  const make = caseMaker('buyer', '10.7')
  const bad: Bad = (name, refuse, ...steps) => make(name, input(steps), refuse)
  return [
    make('a request refused: its pieces are free', input([...asked, refusal(1, 'piece-not-held')])),
    make(
      'a piece refused under way keeps its place',
      input([...stated, refusal(1, 'resends-exhausted'), want(258, 256)]),
    ),
    make(
      'an opening refused in mid-trade: told when it is taken again',
      input([...stated, refusal(0, 'unpaid'), start, state({ counter: 1, open: [1] })]),
    ),
    make('an opening refused, and tried again', input([start, refusal(0, 'not-named'), start])),
    bad('a refusal with an unknown code', 'malformed', ...asked, refusal(1, 'no-such-code')),
    bad(
      'a refusal to another buyer',
      'malformed',
      ...asked,
      refusal(1, 'unpaid', { buyer: bob.uid }),
    ),
    bad(
      'a refusal signed by another',
      'bad-signature',
      ...asked,
      refusal(1, 'unpaid', {}, bob.signer),
    ),
    bad('a statement before the books', 'out-of-state', start, statement(REQUEST, run)),
    bad('the books twice', 'out-of-state', ...opened, state()),
  ]
}

function releases(): Case[] {
  const make = caseMaker('buyer', '10.6')
  const gone = [...stated, tick(31)]
  const bad = (name: string, refuse: Case['refuse'], change: object, signer = alice.signer) =>
    make(name, input([...gone, release(1, run, change, signer)]), refuse)
  return [
    make('a release ends a withdrawal', input([...gone, release(1, run)])),
    make('a release of nothing is ignored', input([...opened, release(4, run)])),
    bad('a release to another buyer', 'wrong-buyer', { buyer: bob.uid }),
    bad('a release of another grant', 'wrong-buyer', { rid: OTHER_RID }),
    bad('a release signed by another', 'bad-signature', {}, bob.signer),
  ]
}

function resuming(): Case[] {
  const make = caseMaker('buyer', '10.8')
  const books = { paid: run, counter: 1 }
  const open = { runs: [{ counter: 2, pieces: [258, 259], request: requestBytes(2, [258, 259]) }] }
  const asking = { ...books, ...open, counter: 2 }
  const tokens = run.map((piece) => ({ piece: p(piece), token: tokenOf(piece) }))
  const ahead = { k: 2, counter: 1, signed: 2, window: 2, payments: tokens }
  const withdrawn = [{ counter: 2, pieces: [258], withdrawal: withdrawalBytes(2, [258]) }]
  const took = { ...books, withdrawn, counter: 2 }
  const level = { k: 2, signed: 2, window: 2 }
  const said = (name: string, change: object, given: object = {}, more: object = {}) =>
    make(name, input([start, state(change)], given, more))
  const bad = (name: string, change: object, more: object = {}) =>
    make(name, input([start, state(change)], {}, more), 'state-mismatch')
  const again = caseMaker('buyer', '10.9')
  const retries = Array.from({ length: 4 }, () => retry(0))
  return [
    said('both at the same place', { ...level, counter: 1 }, books),
    said('the seller lacks a payment', { k: 1, counter: 1, signed: 1, window: 2 }, books),
    said('the seller lacks all payments', { counter: 1 }, books),
    said('the seller lacks the signature', { k: 2, counter: 1, window: 2 }, books),
    said('the buyer lost its payments', ahead),
    said('the buyer lost more than one message tells', { ...ahead, k: 3, signed: 3 }),
    said('a request that the seller knows goes on', { ...level, counter: 2, open: [2] }, asking),
    said('a request that never came is sent again', { ...level, counter: 1 }, asking),
    said('a request that the seller ended is over', { ...level, counter: 2 }, asking),
    said(
      'a piece on disk that is owed is paid',
      { ...level, counter: 2, open: [2], owed: [p(258)] },
      asking,
      { has: [258] },
    ),
    said('a piece withdrawn too late is paid', { ...level, counter: 2, owed: [p(258)] }, took, {
      has: [258],
    }),
    said(
      'a piece that was never asked for is not paid',
      { ...level, counter: 1, owed: [p(270)] },
      books,
      { has: [270] },
    ),
    said('a withdrawal without release is sent again', { ...level, counter: 2 }, took),
    said(
      'withdrawn pieces keep their places',
      { ...level, counter: 2, window: 2, owed: [p(258)] },
      took,
    ),
    bad('a counter that leaves no room', { counter: 2 ** 48 + 1 }),
    bad('signed beyond what was paid', { k: 0, signed: 1 }),
    bad('payments that it cannot show', { k: 2, signed: 2 }),
    bad('a token that is not ours', {
      ...ahead,
      payments: [{ piece: p(256), token: tokenOf(257) }],
    }),
    bad('a piece that was paid to another', ahead, { paidElsewhere: [257] }),
    again('payments are sent again', input([...paid, retry(0)])),
    again('only what follows is sent again', input([...paid, retry(1, 'bad-payment')])),
    again(
      'a retry of what was receipted',
      input([...paid, receipt(2, PAYMENT), retry(1)]),
      'state-mismatch',
    ),
    again('a retry beyond what was paid', input([...paid, retry(3)]), 'state-mismatch'),
    again('a fourth retry', input([...paid, ...retries]), 'payments-exhausted'),
  ]
}

/** Pieces that were paid here, and that the disk has lost (D8). */
function lost(): Case[] {
  const make = caseMaker('buyer', '10.10')
  const level = { k: 2, counter: 1, signed: 2, window: 2 }
  const opened = [start, state(level)]
  const asked = [...opened, want(256)]
  const stated = [...asked, statement(requestBytes(2, [256]), [256])]
  const said = (name: string, steps: readonly Step[], more: object = {}, refuse?: Case['refuse']) =>
    make(name, input(steps, { paid: run, counter: 1 }, more), refuse)
  const missed = [2, 3, 4].flatMap((counter) => {
    const request = requestBytes(counter, [256])
    const gone = [verified(256, false), release(counter, [256])]
    return [want(256), statement(request, [256]), block(256), ...gone]
  })
  return [
    said('a lost piece is asked for again', [...stated, block(256), verified(256), tick(31)]),
    said('one lost piece at a time', [...opened, want(257, 256), want(256)]),
    said('beside a run', [...opened, want(258, 256, 259)]),
    said('a lost piece that failed', [...stated, block(256), verified(256, false), want(256)]),
    said('a lost piece that fails three times', [...opened, ...missed]),
    said('a lost piece that does not come', [...stated, tick(30), tick(31)]),
    said('a lost piece that is rejected', [...stated, reject(256)]),
    said('a lost piece that is refused', [...asked, refusal(2, 'resends-exhausted')]),
    said('an opening refused meanwhile', [...stated, refusal(0, 'unpaid'), start, state(level)]),
    said('a piece on disk is not lost', [...opened, want(256)], { has: [256] }),
    said('a lost block before its statement', [...asked, block(256)], {}, 'statement-missing'),
    said(
      'another hash than the torrent has',
      [...asked, statement(requestBytes(2, [256]), [256], { hashes: named('x', 20) })],
      {},
      'statement-mismatch',
    ),
  ]
}

/** Pieces that were withdrawn under way, and what was paid in their stead (D7). */
function places(): Case[] {
  const make = caseMaker('buyer', '10.3')
  const books = { paid: [256, 257, 258, 259, 260], counter: 1 }
  const level = { k: 5, counter: 1, signed: 5, window: 2 }
  const said = (name: string, ...owed: number[]) =>
    make(name, input([start, state({ ...level, owed: owed.map(p) }), want(290, 291, 292)], books))
  return [
    said('pieces paid make up for pieces withdrawn', 280, 281),
    said('but never beyond what the seller may lose', 280, 281, 282, 283),
    said('as many withdrawn as the seller may lose', 280, 281, 282, 283, 284),
  ]
}

export const buyerCases = (): Record<string, Case[]> => ({
  'buyer-asking': [...asking(), ...answers(), ...refusals(), ...releases(), ...lost(), ...places()],
  'buyer-resuming': resuming(),
})
