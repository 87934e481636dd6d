/** The tracker as a source of hash-list pages (D4). */
import { refused } from '../../shared/errors.js'
import { PAGES_TIMEOUT_MS } from '../../shared/limits.js'
import type { AskPages } from '../pay/page-source.js'
import type { Provider } from '../pay/provider.js'

/** Asks the tracker for pages. */
export function pagesFrom(provider: Provider): AskPages {
  return async ({ rid, request, pieces }) => {
    const answer = await provider.call('pages', { rid, request, pieces }, PAGES_TIMEOUT_MS)
    return refused(answer) ? answer : answer.body.pages
  }
}
