/** A customer's books with one provider: what the wallet knows, and what the tracker says of it. */
import { refused } from '../../shared/errors.js'
import type { Cid } from '../../shared/identifier.js'
import { type Metainfo, parseMetainfo } from '../../shared/metainfo.js'
import { readTerms } from '../../shared/terms.js'
import { type Maturing, maturingOf } from '../pay/maturing.js'
import type { Provider } from '../pay/provider.js'
import type { ContentSum, SummaryBook } from '../pay/wallet/summary.js'

/** One content in the books. */
export interface ContentBook extends Omit<ContentSum, 'torrent'> {
  readonly cid: Cid
  /** Empty when the torrent is not here. */
  readonly name: string
  /** What a piece of it earns, millionths; undefined when its signed terms are not here. */
  readonly reward: bigint | undefined
}

/** The wallet's own sums with one provider; amounts in millionths. */
export interface LocalBooks {
  readonly contents: readonly ContentBook[]
  readonly spent: bigint
  /** What answered claims credited. */
  readonly earned: bigint
  readonly unclaimed: { readonly pieces: number; readonly amount: bigint }
  /** Pieces whose tokens are here, but not yet the payment signature that claims them. */
  readonly unsigned: { readonly pieces: number; readonly amount: bigint }
  /** Pieces delivered and not paid yet. */
  readonly exposed: { readonly pieces: number; readonly amount: bigint }
  /** Claims without an answer. */
  readonly underWay: number
  readonly maturing: readonly Maturing[]
}

/** Reads the wallet's sums with a provider. */
export function localBooks(summary: SummaryBook, provider: Provider): LocalBooks {
  const { fingerprint } = provider.row
  const contents = summary.contents(fingerprint).map((sum) => contentBook(sum, provider))
  const total = (count: (book: ContentBook) => number) => ({
    pieces: contents.reduce((sum, book) => sum + count(book), 0),
    amount: contents.reduce((sum, book) => sum + BigInt(count(book)) * (book.reward ?? 0n), 0n),
  })
  return {
    contents,
    spent: contents.reduce((sum, { spent }) => sum + spent, 0n),
    earned: summary.credited(fingerprint),
    unclaimed: total(({ claimed, signed }) => signed - claimed),
    unsigned: total(({ signed, sold }) => sold - signed),
    exposed: total(({ owed }) => owed),
    underWay: summary.underWay(fingerprint),
    maturing: maturingOf(summary.answers(fingerprint), fingerprint, provider.trackerNow()),
  }
}

function contentBook({ torrent, ...sum }: ContentSum, provider: Provider): ContentBook {
  const metainfo = torrent === null ? undefined : parseMetainfo(torrent)
  if (metainfo === undefined || refused(metainfo)) return { ...sum, name: '', reward: undefined }
  return { ...sum, name: metainfo.name, reward: rewardOf(metainfo, provider) }
}

function rewardOf(metainfo: Metainfo, provider: Provider): bigint | undefined {
  const terms = readTerms(metainfo, provider.keyring)
  return refused(terms) ? undefined : terms.reward
}
