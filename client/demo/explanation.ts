/** What the demo showed and what to try next, for a person at the end of `npm start`; pure. */
import { formatAmount } from '../../shared/amount.js'
import { BUYERS, balance, SELLER, type Stage } from './stage.js'

const NAMED_MAX_COUNT = 5

/** The closing words. */
export function explain(stage: Stage): string[] {
  const { books, downloads, players, published } = stage
  const names = published.slice(0, NAMED_MAX_COUNT).map(({ name }) => `    ${name.slice(0, 70)}`)
  const unnamed = published.length - names.length
  const pieces = downloads.reduce((sum, { content }) => sum + content.pieces, 0)
  const soldBy = (seller: string): number =>
    downloads.reduce((sum, download) => sum + (download.pieces[seller] ?? 0), 0)
  const own = soldBy(SELLER)
  const shared = BUYERS.reduce((sum, name) => sum + soldBy(name), 0)
  const revenue = formatAmount(balance(books, 'provider:revenue'))
  const purse = (name: string): string =>
    formatAmount(balance(books, `member:${players[name]?.uid}:spendable`))
  const customers = BUYERS.join(' and ')
  return [
    'What happened',
    `  A provider sold to ${customers}:`,
    ...names,
    ...(unnamed > 0 ? [`    and ${unnamed} more`] : []),
    `  Of ${pieces} pieces its own seller sent ${own}; ${customers} sent each other ${shared},`,
    '  and were paid for it. No piece moved without its token.',
    '  Earnings were claimed, and can be spent since the complaint window passed:',
    ...[...BUYERS, SELLER].map((name) => `    ${name.padEnd(10)}${purse(name).padStart(8)}`),
    `    ${'provider'.padEnd(10)}${revenue.padStart(8)}`,
    '  Every file arrived as it was sent, every piece was paid once, and all accounts',
    `  together hold ${formatAmount(books.sum)}.`,
    '',
    'What to try next',
    '  npm start -- --up-limit 50kB  a slow seller: the customers carry more',
    '  npm start -- FILE             sell a file or folder of yours',
    '  npm run demo -- --keep DIR    keep homes, torrents and databases to look into',
    '  npm link                      puts floodgate and floodgate-tracker on the PATH',
    '  floodgate-tracker --help      be a provider; README.md, "Be a provider"',
    '  floodgate --help              be a customer; README.md, "Be a customer"',
  ]
}
