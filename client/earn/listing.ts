/** What a provider sells, as far as earn goes by it: its catalogue, and what we hold beside it. */
import { type Refusal, refused } from '../../shared/errors.js'
import type { Cid } from '../../shared/identifier.js'
import { CATALOGUE_MAX_COUNT, CATALOGUE_QUERY_MAX_BYTES } from '../../shared/limits.js'
import type { Held } from '../daemon/held.js'
import type { Listed } from '../pay/provider/shown.js'
import type { Provider } from '../pay/provider.js'
import type { Ware } from './forecast.js'
import { goneWares } from './sight.js'

type Holding = Pick<Held, 'content' | 'origin'>

/** Contents on sale, and those of earn that are on sale no more. */
export interface Listing {
  readonly listed: Listed
  readonly gone: readonly Ware[]
}

/**
 * Looks at what a provider sells. Its catalogue lists the newest contents alone when there are too
 * many, so what is held and not in a full one is asked for by its name; what nobody can tell of is
 * neither listed nor gone. Refuses as the catalogue does.
 */
export async function listingOf(
  provider: Pick<Provider, 'catalogue' | 'row'>,
  held: readonly Holding[],
): Promise<Listing | Refusal> {
  const { fingerprint } = provider.row
  const own = held.filter(({ content, origin }) => {
    return content.paid && origin === 'earn' && content.provider.row.fingerprint === fingerprint
  })
  const newest = await provider.catalogue('')
  if (refused(newest)) return newest
  if (newest.length < CATALOGUE_MAX_COUNT) return { listed: newest, gone: goneWares(own, newest) }
  const listed = [...newest]
  const known = new Set(newest.map(({ cid }) => cid))
  const doubtful = new Set<Cid>()
  for (const { content } of own) {
    const { cid, name } = content.metainfo
    if (known.has(cid)) continue
    const named = await provider.catalogue(queryOf(name))
    const found = refused(named) ? undefined : named.find((each) => each.cid === cid)
    if (found !== undefined) listed.push(found)
    else if (refused(named) || named.length >= CATALOGUE_MAX_COUNT) doubtful.add(cid)
  }
  const certain = own.filter(({ content }) => !doubtful.has(content.metainfo.cid))
  return { listed, gone: goneWares(certain, listed) }
}

/** As much of a name as a question may hold. */
function queryOf(name: string): string {
  let query = ''
  for (const character of name) {
    if (Buffer.byteLength(query + character) > CATALOGUE_QUERY_MAX_BYTES) break
    query += character
  }
  return query
}
