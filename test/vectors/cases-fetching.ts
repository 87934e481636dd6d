/**
 * Pages that do not come from the buyer: the seller asks the tracker for them, or has kept them.
 */
import { pageFor } from './claim-parts.js'
import { input, opened, paidBooks, type Step } from './sale.js'
import {
  block,
  open,
  page,
  refusal,
  request,
  requestBytes,
  retry,
  state,
  statement,
  token,
  withdrawal,
} from './trade.js'
import { type Case, caseMaker, flip } from './vector.js'
import { NOW, p, peers } from './world.js'

const PIECES = [256, 3]
const pageOf = (piece: number, body = pageFor(piece)) => ({ page: Math.floor(piece / 256), body })
const gives = (pages: readonly object[], change: object = {}): Step => ({
  ...{ on: 'pages', pages, now: NOW },
  ...change,
})
const asked = [open(), request(1, PIECES)]
const both = PIECES.map((piece) => pageOf(piece))

/** What a seller does that takes pages from the tracker, or has kept some. */
export function fetchingCases(): Case[] {
  const make = caseMaker('seller', '9.13')
  const fetches = (steps: readonly Step[], books: object = {}) =>
    input(steps, books, { fetchesPages: true })
  const bad = (name: string, refuse: Case['refuse'], ...steps: Step[]) =>
    make(name, fetches([...asked, ...steps]), refuse)
  const next = request(2, [257, 4])
  return [
    make('pages from the tracker', fetches([...asked, gives(both)])),
    make('a page from the buyer all the same', fetches([...opened, request(1, [256, 257])])),
    make(
      'a second request waits behind the first, then for its own page',
      fetches([open(), request(1, [256]), next, gives([pageOf(256)]), gives([pageOf(4)])]),
    ),
    make(
      'a request that waits is withdrawn',
      fetches([...asked, withdrawal(1, PIECES), gives(both)]),
    ),
    make('pages for a request that is gone', fetches([...asked, open(), gives(both)])),
    make('pages before an opening', fetches([gives(both)])),
    make('blocks wait with their request', fetches([...asked, block(256), gives(both)])),
    make(
      'blocks that wait are rejected when the grant is opened anew',
      fetches([...asked, block(256), block(3), open()]),
    ),
    bad('blocks that wait go with their request', 'page-missing', block(256), gives([])),
    bad('a third request while two wait', 'too-many-open', next, request(3, [259])),
    bad('the tracker is away', 'page-missing', gives([])),
    bad('the tracker gives one page of two', 'page-missing', gives([pageOf(3)])),
    bad(
      'a page from the tracker, altered',
      'page-invalid',
      gives([pageOf(3, flip(pageFor(3), 9))]),
    ),
    bad(
      'a page from the tracker in another place',
      'page-invalid',
      gives([pageOf(3, pageFor(256))]),
    ),
    bad(
      'the tracker says that the grant is closed',
      'grant-closed',
      gives([], { code: 'grant-closed' }),
    ),
    bad('a token whose page nobody gave', 'page-missing', gives([]), token(1, 3)),
    make(
      'pages that were kept need not be sent',
      input([open(), request(1, [3])], { pages: [pageOf(3)] }),
    ),
    make(
      'a kept page that was altered is not there',
      input([open(), page(3), request(1, [3])], { pages: [pageOf(3, flip(pageFor(3), 9))] }),
    ),
    make(
      'kept pages stand by payments',
      input([open({ k: 1 }), token(2, 3)], { ...paidBooks([256]), pages: [pageOf(3)] }),
    ),
  ]
}

/** What a buyer sends of pages to a seller that says which it needs. */
export function claimedCases(): Case[] {
  const make = caseMaker('buyer', '10.3')
  const given = { self: 'buyer', peer: 'alice', peers: peers(), has: [], paidElsewhere: [] }
  const books = { paid: [], counter: 0, runs: [], withdrawn: [] }
  const buys = (steps: readonly Step[]) => ({ ...given, books, steps })
  const want = (...pieces: number[]) => ({ on: 'want', pieces, now: NOW })
  const start = { on: 'start', now: NOW }
  const run = [256, 257]
  const states = (bits: string) => state({ pages: Buffer.from(bits, 'hex') })
  const delivered = [
    statement(requestBytes(1, run), run),
    { on: 'block', piece: 256, offset: 0, length: 16_384, now: NOW },
    { on: 'verified', piece: 256, good: true, now: NOW },
  ]
  return [
    make('a page that the seller has is not sent', buys([start, states('02'), want(...run)])),
    make('a page that it does not have is', buys([start, states('fd'), want(...run)])),
    make(
      'a seller that lacks a page after all is sent it',
      buys([start, states('ff'), want(...run), refusal(1, 'page-missing'), want(...run)]),
    ),
    make(
      'payments go again with their pages when those are missing',
      buys([start, states('ff'), want(...run), ...delivered, retry(0, 'page-missing')]),
    ),
    make(
      'bits beyond the last page mean nothing',
      buys([start, state({ pages: new Uint8Array(256).fill(255) }), want(p(3))]),
    ),
  ]
}
