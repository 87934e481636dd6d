/** What the tracker gave, or did not: the requests that waited for it are answered now (D4). */
import type { Stepped } from './exchange.js'
import { takePages } from './pages.js'
import type { SellerContext, SellerInput, SellerState } from './seller-state.js'
import { onBlock, takeRequest } from './selling.js'

/**
 * The answer to the effect `pages`. The request that it was for is answered whatever came; one
 * behind it may wait for an answer of its own. Then come the blocks that waited with them.
 */
export function onPages(
  state: SellerState,
  { pages, code, now }: Extract<SellerInput, { on: 'pages' }>,
  context: SellerContext,
): Stepped<SellerState> {
  const taken = takePages(state, pages, context)
  const [asked, ...behind] = state.parked
  const { waiting } = state
  const unparked = { ...taken.state, parked: [], waiting: [] }
  let next: Stepped<SellerState> = { state: unparked, effects: [] }
  const missing = code ?? taken.code ?? 'page-missing'
  const follow = (move: (state: SellerState) => Stepped<SellerState>): void => {
    const moved = move(next.state)
    next = { state: moved.state, effects: [...next.effects, ...moved.effects] }
  }
  if (asked !== undefined) follow((at) => takeRequest(at, asked.message, now, context, missing))
  for (const { message } of behind) follow((at) => takeRequest(at, message, now, context))
  for (const block of waiting) follow((at) => onBlock(at, { on: 'block', block, now }, context))
  return next
}
