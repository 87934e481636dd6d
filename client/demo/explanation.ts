/** What the demo showed and what to try next, for a person at the end of `npm start`; pure. */
import { formatAmount } from '../../shared/amount.js'
import { BUYERS, balance, SELLER, type Stage } from './stage.js'

/** The closing words. */
export function explain(stage: Stage): string[] {
  const { books, downloads, players, published } = stage
  const names = published.map(({ name }) => name).join(', ')
  const pieces = downloads.reduce((sum, { content }) => sum + content.pieces, 0)
  const soldBy = (seller: string): number =>
    downloads.reduce((sum, download) => sum + (download.pieces[seller] ?? 0), 0)
  const own = soldBy(SELLER)
  const shared = BUYERS.reduce((sum, name) => sum + soldBy(name), 0)
  const purse = (name: string): string =>
    formatAmount(balance(books, `member:${players[name]?.uid}:spendable`))
  return [
    'What happened',
    `  A provider published ${names} and sold each twice.`,
    `  Of ${pieces} pieces its own seller sent ${own}; ${BUYERS.join(' and ')} sent each other`,
    `  the other ${shared}, and earned for it. No piece moved without its token.`,
    `  Everyone claimed; the money matured. ${BUYERS.map((name) => `${name} has ${purse(name)}`).join(', ')},`,
    `  ${SELLER} earned ${purse(SELLER)}, the provider ${formatAmount(balance(books, 'provider:revenue'))}.`,
    '  Every file arrived as it was sent, every piece was paid once, and the ledger sums to',
    `  ${formatAmount(books.sum)}.`,
    '',
    'What to try next',
    '  npm start -- --up-limit 50kB      a slow seller: the customers carry more',
    '  npm start -- YOUR-FILE            sell a file of yours',
    '  npm run demo -- --keep DIR        keep homes, torrents and databases to look into',
    '  npm link                          puts floodgate and floodgate-tracker on your PATH',
    '  floodgate-tracker --help          be a provider: README.md, "Be a provider"',
    '  floodgate --help                  be a customer: README.md, "Be a customer"',
  ]
}
