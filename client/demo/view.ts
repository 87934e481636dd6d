/**
 * The stage as a person sees it: who gets what from whom, and where the money is; pure.
 *
 * It fits 80 columns and 24 rows; a wider terminal gets longer bars.
 */
import { formatAmount } from '../../shared/amount.js'
import { counted } from '../../shared/words.js'
import { formatBytes, formatDuration } from '../ui/format.js'
import { bar, type Line, type Span } from '../ui/paint.js'
import {
  BUYERS,
  balance,
  type Download,
  MEMBERS,
  type Player,
  type Published,
  SELLER,
  type Stage,
  sumOf,
} from './stage.js'

const NAME_COLUMNS = 8
const CELL_COLUMNS = 11
/** Narrower terminals cut the lines, wider ones show no longer bars. */
const WIDTH_MIN_COLUMNS = 60
const WIDTH_MAX_COLUMNS = 110

/** What of the terminal and the clock a picture depends on. */
export interface Frame {
  readonly seconds: number
  readonly columns: number
}

/** The picture, line by line. */
export function view(stage: Stage, frame: Frame): Line[] {
  const { downloads, phase, published, url } = stage
  const width = Math.max(WIDTH_MIN_COLUMNS, Math.min(frame.columns - 2, WIDTH_MAX_COLUMNS))
  const clock = formatDuration(frame.seconds)
  const title = ' Floodgate: a provider, its own seller and two customers'
  return [
    [[title, 'strong'], ' '.repeat(Math.max(1, width - title.length - clock.length)), clock],
    [[` ${'─'.repeat(width)}`, 'dim']],
    row('tracker', [url === '' ? '-' : url, ['   now: ', 'dim'], [phase, 'accent']]),
    row('content', contentLine(published, downloads)),
    [],
    ...BUYERS.flatMap((name) => buyerLines(stage, name, width)),
    ...sellerLine(stage),
    [],
    ...moneyLines(stage),
    [],
    ...doneLines(downloads),
    phase === 'done' ? [] : [[' Ctrl-C stops everything', 'dim']],
  ]
}

function row(label: string, spans: Line): Line {
  return [[` ${label.padEnd(NAME_COLUMNS)}`, 'strong'], ...spans]
}

/** The content that is sold now, and which of how many it is. */
function contentLine(published: readonly Published[], downloads: readonly Download[]): Line {
  const at = Math.floor(downloads.length / BUYERS.length)
  const content = published[Math.min(at, published.length - 1)]
  if (content === undefined) return [['nothing published yet', 'dim']]
  const { bytes, name, pieces, price, reward } = content
  const place = `${Math.min(at + 1, published.length)}/${published.length}`
  const size = `${formatBytes(bytes)}, ${counted(pieces, 'piece')}`
  const money = `price ${formatAmount(price)}, reward ${formatAmount(reward)}`
  return [[name, 'accent'], [` ${place}  `, 'dim'], `${size}, ${money}`]
}

/** Two lines: how far a buyer is, and from whom its pieces came. */
function buyerLines(stage: Stage, name: string, width: number): Line[] {
  const player = stage.players[name]
  const content = player?.fetching
  if (player === undefined || content === undefined) return [row(name, [['-', 'dim']]), []]
  const done = (content.bytes - player.left) / content.bytes
  const cells = width - NAME_COLUMNS - 40
  const [full, empty] = bar(done, cells)
  const percent = `${Math.floor(done * 100)}`.padStart(4)
  const speed = `${formatBytes(player.downRate)}/s`.padStart(11)
  const state = player.left === 0 ? '  complete' : `  ETA ${etaOf(player)}`
  return [
    row(name, [[full, 'good'], [empty, 'dim'], `${percent} %${speed}${state}`]),
    row('', originSpans(player, content.pieces, cells)),
  ]
}

function etaOf({ downRate, left }: Player): string {
  return downRate < 1 ? '-' : formatDuration(left / downRate)
}

/** Bars of the pieces by seller, on the same scale as the bar above. */
function originSpans({ name, pieces }: Player, total: number, cells: number): Span[] {
  const sellers = MEMBERS.filter((seller) => seller !== name && (pieces[seller] ?? 0) > 0)
  if (sellers.length === 0) return [['no piece yet', 'dim']]
  const bars = sellers.map((seller): Span => {
    const share = (pieces[seller] ?? 0) / total
    const [full] = bar(share, cells)
    return seller === SELLER ? full : [full.replaceAll('█', '▒'), 'warn']
  })
  const words = sellers.map((seller) => `${pieces[seller]} from ${seller}`).join(', ')
  return [...bars, `  ${words}`]
}

function sellerLine({ players, upLimit }: Stage): Line[] {
  const rate = formatBytes(players[SELLER]?.upRate ?? 0)
  return [row(SELLER, [`sends ${rate}/s`, [`   the provider's own, at most ${upLimit}/s`, 'dim']])]
}

/** A table: members across, then what the provider holds. */
function moneyLines(stage: Stage): Line[] {
  const { books, players } = stage
  const cell = (amount: bigint): string => formatAmount(amount).padStart(CELL_COLUMNS)
  const cells = (amountOf: (player: Player) => bigint): string =>
    MEMBERS.map((name) => cell(amountOf(players[name] as Player))).join('')
  const kept = (kind: string) => (player: Player) => balance(books, `member:${player.uid}:${kind}`)
  const head = MEMBERS.map((name) => name.padStart(CELL_COLUMNS)).join('')
  const provider = (label: string, amount: bigint): Span[] => [
    [`   ${label.padEnd(9)}`, 'dim'],
    formatAmount(amount),
  ]
  return [
    [[` money   ${head}   provider`, 'strong']],
    row('paid', [cells(({ spent }) => spent), ...provider('escrow', sumOf(books, /:escrow$/))]),
    row('earned', [
      cells((player) => earned(stage, player)),
      ...provider('held', sumOf(books, /:held$/)),
    ]),
    row('pending', [
      cells(kept('pending')),
      ...provider('revenue', balance(books, 'provider:revenue')),
    ]),
    row('can use', [cells(kept('spendable')), ...provider('sum', books.sum)]),
  ]
}

/** What a member was paid for pieces so far, as the buyers tell it. */
function earned({ downloads, players, published }: Stage, { name }: Player): bigint {
  let sum = 0n
  for (const { content, pieces } of downloads) sum += BigInt(pieces[name] ?? 0) * content.reward
  const current = published[Math.floor(downloads.length / BUYERS.length)]
  for (const { fetching, pieces } of Object.values(players)) {
    if (fetching === undefined || fetching !== current) continue
    sum += BigInt(pieces[name] ?? 0) * current.reward
  }
  return sum
}

/** A line per content that both have. */
function doneLines(downloads: readonly Download[]): Line[] {
  const contents = [...new Set(downloads.map(({ content }) => content))]
  return contents.map((content) => {
    const times = downloads
      .filter((download) => download.content === content)
      .map(({ peer, seconds }) => `${peer} in ${seconds.toFixed(1)} s`)
    return [[' ✓ ', 'good'], content.name.padEnd(28), [times.join(', '), 'dim']]
  })
}
