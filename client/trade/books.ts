/** A customer's books with one provider: what the wallet knows, and what the tracker says of it. */
import { refused } from '../../shared/errors.js'
import type { Cid } from '../../shared/identifier.js'
import { parseMetainfo } from '../../shared/metainfo.js'
import { type Maturing, maturingOf } from '../pay/maturing.js'
import type { Provider } from '../pay/provider.js'
import type { ContentSum } from '../pay/wallet/summary.js'
import type { Wallet } from '../pay/wallet/wallet.js'

/** One content in the books. */
export interface ContentBook extends ContentSum {
  /** Empty when the torrent is not here. */
  readonly name: string
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

/** What contents are called, kept by whoever reads the books again and again. */
export type Titles = Map<Cid, string>

/** The wallet as far as its sums go. */
type Sums = Pick<Wallet, 'summary' | 'contents'>

/** Reads the wallet's sums with a provider; what contents are called is kept in `titles`. */
export function localSums(
  { contents: torrents, summary }: Sums,
  provider: Provider,
  titles: Titles,
): Omit<LocalBooks, 'maturing'> {
  const { fingerprint } = provider.row
  const contents = summary.contents(fingerprint).map((sum) => {
    const name = titles.get(sum.cid) ?? nameOf(torrents.get(sum.cid)?.torrent)
    // One that is not here yet may still come.
    if (name !== '') titles.set(sum.cid, name)
    return { ...sum, name }
  })
  const total = (count: keyof ContentSum['amounts']) => ({
    pieces: contents.reduce((sum, book) => sum + book[count], 0),
    amount: contents.reduce((sum, { amounts }) => sum + amounts[count], 0n),
  })
  const signed = total('signed')
  return {
    contents,
    spent: contents.reduce((sum, { spent }) => sum + spent, 0n),
    earned: summary.credited(fingerprint),
    unclaimed: rest(signed, total('claimed')),
    unsigned: rest(total('sold'), signed),
    exposed: total('owed'),
    underWay: summary.underWay(fingerprint),
  }
}

type Total = LocalBooks['exposed']

/** What is left of a sum without a part of it. */
const rest = (all: Total, part: Total): Total => ({
  pieces: all.pieces - part.pieces,
  amount: all.amount - part.amount,
})

/** What is pending with a provider, by the answers to all claims. */
export function maturingWith({ summary }: Sums, provider: Provider): readonly Maturing[] {
  const { fingerprint } = provider.row
  return maturingOf(summary.answers(fingerprint), fingerprint, provider.trackerNow())
}

/** The whole books with a provider, read once. */
export function localBooks(wallet: Sums, provider: Provider): LocalBooks {
  const maturing = maturingWith(wallet, provider)
  return { ...localSums(wallet, provider, new Map()), maturing }
}

function nameOf(torrent: Uint8Array | undefined): string {
  const metainfo = torrent && parseMetainfo(torrent)
  return metainfo === undefined || refused(metainfo) ? '' : metainfo.name
}

/** Whether both books say the same; claims under way may be in one of them already. */
export function booksAgree(
  local: Pick<LocalBooks, 'spent' | 'earned' | 'underWay'>,
  account: { readonly spent: bigint; readonly earned: bigint },
): boolean {
  const { earned, spent } = account
  return spent === local.spent && (earned === local.earned || local.underWay > 0)
}
