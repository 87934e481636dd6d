/**
 * Pages of the hash list at both ends: what the seller holds and need not be sent, and requests
 * that wait until the tracker has given the pages that they lack (§III.E; D4).
 */
import { type Code, refused } from '../errors.js'
import type { PieceIndex } from '../identifier.js'
import { PAGES_MAX_COUNT } from '../limits.js'
import type { Till } from '../schemes/scheme.js'
import type { MessageOf } from '../wire/messages.js'
import { type BlockRange, breach, type Stepped } from './exchange.js'
import type { SellerContext, SellerState } from './seller-state.js'

type Result = Stepped<SellerState>

/** One page and its number. */
export interface Page {
  readonly page: number
  readonly body: Uint8Array
}

/** Keeps the pages that fit the signed list; `code` says what is wrong with the first that does
 * not. */
export function takePages(
  state: SellerState,
  given: readonly Page[],
  context: SellerContext,
): { readonly state: SellerState; readonly code: Code | undefined } {
  let till = state.till as Till
  const pages = new Set(state.pages)
  let code: Code | undefined
  for (const { page, body } of given) {
    const next = context.payee.check(till, { step: 'page', page }, body)
    if (refused(next)) {
      code ??= next.code
      continue
    }
    till = next
    pages.add(page)
  }
  return { state: { ...state, till, pages }, code }
}

/** A page from the buyer: one that does not fit the signed list is a breach. */
export function onPage(
  state: SellerState,
  { message }: { message: MessageOf<'page'> },
  context: SellerContext,
): Result {
  const taken = takePages(state, [message], context)
  if (taken.code !== undefined) return breach(state, taken.code, state.rid)
  return { state: taken.state, effects: [] }
}

/** What `state` says of pages: a bit for each that the buyer need not send, lowest bit first. */
export function pagesOnHand(state: SellerState, context: SellerContext): Uint8Array {
  if (context.fetchesPages === true) return new Uint8Array(PAGES_MAX_COUNT / 8).fill(0xff)
  const bits = new Uint8Array(Math.ceil((Math.max(-1, ...state.pages) + 1) / 8))
  for (const page of state.pages) bits[page >> 3] = (bits[page >> 3] ?? 0) | (1 << (page & 7))
  return bits
}

/** Reads what pagesOnHand made. */
export function pagesIn(bits: Uint8Array): ReadonlySet<number> {
  const pages = new Set<number>()
  for (let page = 0; page < 8 * bits.length; page++) {
    if (((bits[page >> 3] ?? 0) >> (page & 7)) & 1) pages.add(page)
  }
  return pages
}

/** Keeps a block of a request that waits; undefined when it belongs to none. */
export function waitWithRun(state: SellerState, block: BlockRange): Result | undefined {
  const { parked, runs, waiting } = state
  const isOf = ({ pieces }: { readonly pieces: readonly PieceIndex[] }) =>
    pieces.includes(block.piece)
  if (!parked.some(isOf) || runs.some(isOf)) return undefined
  return { state: { ...state, waiting: [...waiting, block] }, effects: [] }
}

/** Codes by which a seller says that it lacks pages after all. */
export const isPageCode = (code: string): boolean =>
  code === 'page-missing' || code === 'page-invalid'

/**
 * Puts a request aside that lacks pages which the tracker may give, or that came behind such a one;
 * undefined when it is answered now, by `code` or by a statement.
 */
export function park(
  state: SellerState,
  message: MessageOf<'request'>,
  { counter, pieces }: { readonly counter: number; readonly pieces: readonly PieceIndex[] },
  code: Code | undefined,
  context: SellerContext,
): Result | undefined {
  const behind = state.parked.length > 0
  const lacks = code === 'page-missing' && (behind || context.fetchesPages === true)
  if (!lacks && !(behind && code === undefined)) return undefined
  const parked = [...state.parked, { counter, pieces, message }]
  const till = state.till as Till
  const lacking = pieces.filter((piece) => !till.covers(piece))
  const ask = { do: 'pages', request: message.signed, pieces: lacking } as const
  return { state: { ...state, parked }, effects: behind ? [] : [ask] }
}
