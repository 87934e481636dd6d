/** What a provider sells, as far as earn goes by it: its catalogue, and what we hold beside it. */
import { type Refusal, refused } from '../../shared/errors.js'
import { CATALOGUE_MAX_COUNT, CATALOGUE_QUERY_MAX_BYTES } from '../../shared/limits.js'
import type { Held } from '../daemon/held.js'
import type { Listed } from '../pay/provider/shown.js'
import type { Provider } from '../pay/provider.js'
import type { PaidContent } from '../trade/content.js'
import type { Ware } from './forecast.js'

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
  const own = held.flatMap(({ content, origin }) => {
    const ours = content.paid && content.provider.row.fingerprint === fingerprint
    return ours && origin === 'earn' ? [content] : []
  })
  const newest = await provider.catalogue('')
  if (refused(newest)) return newest
  const known = new Set(newest.map(({ cid }) => cid))
  const missing = own.filter(({ metainfo }) => !known.has(metainfo.cid))
  if (newest.length < CATALOGUE_MAX_COUNT) return { listed: newest, gone: missing.map(goneWare) }
  const listed = [...newest]
  const gone: Ware[] = []
  for (const content of missing) {
    const { cid, name } = content.metainfo
    const named = await provider.catalogue(queryOf(name))
    if (refused(named)) continue
    const found = named.find((each) => each.cid === cid)
    if (found !== undefined) listed.push(found)
    else if (named.length < CATALOGUE_MAX_COUNT) gone.push(goneWare(content))
  }
  return { listed, gone }
}

/** Nobody can buy it any more, and it takes its place all the same. */
function goneWare({ metainfo, terms }: PaidContent): Ware {
  const { cid, length: bytes, name } = metainfo
  const { pieces, price, reward } = terms
  return { cid, name, bytes, pieces, price, reward, sellers: 0, day: 0, week: 0 }
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
