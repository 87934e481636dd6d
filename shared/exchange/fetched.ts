/** What the tracker gave, or did not: the requests that waited for it are answered now (D4). */
import type { Stepped } from './exchange.js'
import { takePages } from './pages.js'
import type { SellerContext, SellerInput, SellerState } from './seller-state.js'
import { takeRequest } from './selling.js'

/**
 * The answer to the effect `pages`. The request that it was for is answered whatever came; one
 * behind it may wait for an answer of its own.
 */
export function onPages(
  state: SellerState,
  { pages, code, now }: Extract<SellerInput, { on: 'pages' }>,
  context: SellerContext,
): Stepped<SellerState> {
  const taken = takePages(state, pages, context)
  const [asked, ...behind] = state.parked
  let next: Stepped<SellerState> = { state: { ...taken.state, parked: [] }, effects: [] }
  if (asked === undefined) return next
  const missing = code ?? taken.code ?? 'page-missing'
  for (const [place, { message }] of [asked, ...behind].entries()) {
    const reason = place === 0 ? missing : undefined
    const moved = takeRequest(next.state, message, now, context, reason)
    next = { state: moved.state, effects: [...next.effects, ...moved.effects] }
  }
  return next
}
