/** `wallet`: what the account holds, what was spent and earned, and whether both books agree. */
import { formatAmount } from '../../shared/amount.js'
import { type Report, type Verb, visible } from '../../shared/command.js'
import { must, refused } from '../../shared/errors.js'
import type { Cid } from '../../shared/identifier.js'
import { parseMetainfo } from '../../shared/metainfo.js'
import { asCustomer, type Context, chooseProvider, TRACKER_OPTION } from '../customer.js'
import type { Provider } from '../pay/provider.js'
import type { Wallet } from '../pay/wallet/wallet.js'
import { formatTable } from '../ui/table.js'

/** One content in the wallet's own books. */
interface ContentBook {
  readonly cid: Cid
  readonly name: string
  /** Millionths. */
  spent: bigint
  /** Pieces paid to sellers. */
  bought: number
  /** Pieces that buyers paid us for, and those of them that are claimed. */
  sold: number
  claimed: number
}

/** Sums per content from the wallet alone. */
function contentBooks(wallet: Wallet, { row }: Provider): ContentBook[] {
  const books = new Map<Cid, ContentBook>()
  const names = new Map<Cid, string>()
  for (const { cid, torrent } of wallet.grants.contents()) {
    const metainfo = parseMetainfo(torrent)
    if (!refused(metainfo)) names.set(cid, visible(metainfo.name))
  }
  const bookOf = (cid: Cid): ContentBook => {
    const name = names.get(cid) ?? ''
    const book = books.get(cid) ?? { cid, name, spent: 0n, bought: 0, sold: 0, claimed: 0 }
    books.set(cid, book)
    return book
  }
  for (const { cid, fingerprint, price, rid } of wallet.grants.all()) {
    if (fingerprint !== row.fingerprint) continue
    const book = bookOf(cid)
    book.spent += price
    book.bought += wallet.history(fingerprint).paidPieces(rid).length
  }
  for (const { cid, pieces, settled } of wallet.claims.earned(row.fingerprint)) {
    const book = bookOf(cid)
    book.sold += pieces
    book.claimed += settled
  }
  return [...books.values()]
}

function showContents(report: Report, books: readonly ContentBook[]): void {
  for (const book of books) report.event({ event: 'content', ...book })
  if (books.length === 0) return
  const rows = books.map(({ bought, cid, claimed, name, sold, spent }) => [
    ...[cid, name, formatAmount(spent), String(bought), String(sold), String(claimed)],
  ])
  const head = ['CID', 'NAME', 'SPENT', 'PIECES PAID', 'PIECES SOLD', 'CLAIMED']
  for (const line of formatTable([head, ...rows], [2, 3, 4, 5])) report.line(line)
}

export const wallet: Verb<Context> = {
  name: 'wallet',
  summary: 'show the account, what was spent and earned, and whether the books agree',
  usage: '[--tracker URL]',
  options: TRACKER_OPTION,
  positionals: { min: 0, max: 0 },
  run: (input, context) =>
    asCustomer(input, context, async (customer) => {
      const { report, values } = input
      const provider = must(chooseProvider(customer, values))
      const { claims } = customer.wallet
      const { currency, fingerprint, name, uid } = provider.row
      const books = contentBooks(customer.wallet, provider)
      showContents(report, books)
      const unclaimed = claims.unclaimedPieces(fingerprint)
      const underWay = claims.underWay(fingerprint).length
      const spent = books.reduce((sum, book) => sum + book.spent, 0n)
      const credited = claims.credited(fingerprint)
      const account = must(await provider.call('account', {})).body
      const { earned, pending, spendable } = account
      const agrees = account.spent === spent && (earned === credited || underWay > 0)
      const amountLine = (label: string, value: bigint) =>
        report.line(`${label.padEnd(10)}${formatAmount(value)} ${currency}`)
      report.line(`${visible(name)}, member ${uid} (${visible(account.name)})`)
      for (const [label, value] of Object.entries({ spendable, pending, spent, earned })) {
        amountLine(label, value)
      }
      report.line(`unclaimed ${unclaimed} pieces, claims under way ${underWay}`)
      report.line(
        agrees
          ? 'the tracker agrees with this wallet'
          : `the tracker's books differ: it has spent ${formatAmount(account.spent)}, ` +
              `earned ${formatAmount(earned)}; this wallet ${formatAmount(spent)} and ` +
              formatAmount(credited),
      )
      return {
        ...{ uid, currency, spendable, pending, spent: account.spent, earned, unclaimed, underWay },
        agrees,
        local: { spent, earned: credited },
      }
    }),
}
