/**
 * The client on one screen: contents, the peers of the chosen one, money, what happened; pure.
 *
 * It fits 80 columns and 24 rows. What does not fit is cut: the list of contents scrolls with the
 * choice, the log shows its end.
 */
import { formatAmount } from '../../shared/amount.js'
import { visible } from '../../shared/command.js'
import { counted } from '../../shared/words.js'
import { formatBytes, formatDuration } from './format.js'
import { bar, type Line } from './paint.js'

/** One content at work; rates in bytes per second. */
export interface TransferRow {
  readonly name: string
  readonly paid: boolean
  readonly bytes: number
  /** Bytes not on disk yet. */
  readonly left: number
  readonly downRate: number
  readonly upRate: number
  /** Pieces sold in this run. */
  readonly sold: number
  readonly peers: readonly PeerRow[]
}

/** One connection of a content. */
export interface PeerRow {
  readonly address: string
  readonly downRate: number
  readonly upRate: number
  /** Share of the pieces that it has, 0 to 1. */
  readonly share: number
}

/** The account with one provider; amounts in millionths. */
export interface AccountRow {
  readonly provider: string
  readonly currency: string
  /** Undefined until the tracker said so. */
  readonly spendable: bigint | undefined
  readonly pending: bigint | undefined
  readonly spent: bigint
  readonly earned: bigint
  readonly unclaimed: bigint
  /** Delivered and not paid yet: what we stand to lose. */
  readonly exposed: bigint
}

/** Everything that the screen shows. */
export interface Dashboard {
  /** How others reach us. */
  readonly address: string
  readonly transfers: readonly TransferRow[]
  /** Index of the chosen content. */
  readonly chosen: number
  readonly accounts: readonly AccountRow[]
  readonly log: readonly string[]
  readonly help: boolean
}

/** Size of the terminal in characters. */
export interface Size {
  readonly rows: number
  readonly columns: number
}

const TRANSFERS_MAX_ROWS = 6
const PEERS_MAX_ROWS = 4
const ACCOUNTS_MAX_ROWS = 4
const LOG_MIN_ROWS = 2
const BAR_CELLS = 16
const NAME_MIN_COLUMNS = 12
/** Columns of one amount. */
const MONEY_CELLS = 10

const HELP: readonly (readonly [string, string])[] = [
  ['up, down', 'choose a content'],
  ['?', 'this help, and back'],
  ['q, Ctrl-C', 'stop in good order: pay, claim, and end'],
  ['', ''],
  ['', 'In another terminal, beside this one:'],
  ['', 'floodgate search           what the providers sell'],
  ['', 'floodgate wallet           the account, as the wallet knows it'],
  ['', 'floodgate blacklist ...    end all trade with a member'],
  ['', 'After it has ended:'],
  ['', 'floodgate get CID --out DIR   buy and fetch; next time it is here'],
]

/** The picture: at most `rows` lines, the last one says which keys there are. */
export function dashboardLines(dashboard: Dashboard, size: Size): Line[] {
  const head = headLines(dashboard, size)
  const foot: Line = [[' q quit   up/down choose   ? help', 'dim']]
  const room = Math.max(0, size.rows - head.length - 1)
  const body = dashboard.help ? helpLines() : bodyLines(dashboard, size, room)
  const shown = body.slice(0, room)
  const filler = Array.from({ length: room - shown.length }, (): Line => [])
  return [...head, ...shown, ...filler, foot]
}

function headLines({ address, transfers }: Dashboard, { columns }: Size): Line[] {
  const sum = (rate: (row: TransferRow) => number): string =>
    `${formatBytes(transfers.reduce((total, row) => total + rate(row), 0))}/s`
  const title = ' Floodgate'
  const [down, up] = [sum(({ downRate }) => downRate), sum(({ upRate }) => upRate)]
  const right = `down ${down}  up ${up}  ${address}`
  const gap = ' '.repeat(Math.max(2, columns - title.length - right.length - 1))
  return [[[title, 'strong'], gap, right], [[` ${'─'.repeat(Math.max(1, columns - 2))}`, 'dim']]]
}

function helpLines(): Line[] {
  return HELP.map(([key, text]) => [[` ${key.padEnd(12)}`, 'strong'], text])
}

function bodyLines(dashboard: Dashboard, size: Size, room: number): Line[] {
  const { accounts, chosen, log, transfers } = dashboard
  const peers = transfers[chosen]?.peers ?? []
  const money = accountLines(accounts, size)
  const fixed = money.length + 3 + LOG_MIN_ROWS
  const forPeers = Math.min(peers.length, PEERS_MAX_ROWS)
  const most = Math.max(1, Math.min(TRANSFERS_MAX_ROWS, room - fixed - forPeers))
  const lines = [
    ...transferLines(dashboard, size, most),
    ...peerLines(peers, Math.max(0, Math.min(forPeers, room - fixed - 1))),
    ...money,
    [['  log', 'strong']] as Line,
  ]
  const rest = Math.max(0, room - lines.length)
  return [...lines, ...(rest === 0 ? [] : log.slice(-rest)).map((line): Line => [`  ${line}`])]
}

function transferLines({ chosen, transfers }: Dashboard, size: Size, most: number): Line[] {
  const head: Line = [[`  contents (${transfers.length})`, 'strong']]
  if (transfers.length === 0) return [head, ['  none yet: floodgate get CID --out DIR adds one']]
  const first = Math.max(0, Math.min(chosen - most + 1, transfers.length - most))
  const shown = transfers.slice(first, first + most)
  return [head, ...shown.map((row, index) => transferLine(row, first + index === chosen, size))]
}

/** `▸ name  ████░░░░  42 %  down 3.20 MB/s  up 0 B/s  2 peers  sold 12`. */
function transferLine(row: TransferRow, chosen: boolean, { columns }: Size): Line {
  const done = row.bytes === 0 ? 1 : (row.bytes - row.left) / row.bytes
  const [full, empty] = bar(done, BAR_CELLS)
  const percent = `${Math.floor(done * 100)} %`.padStart(6)
  const rates = `  ${formatBytes(row.left > 0 ? row.downRate : row.upRate)}/s`.padEnd(13)
  const state = row.left > 0 ? `ETA ${etaOf(row)}` : row.paid ? `sold ${row.sold}` : 'seeding'
  const tail = `${rates}${state.padEnd(11)}${counted(row.peers.length, 'peer')}`
  const width = Math.max(NAME_MIN_COLUMNS, columns - 6 - BAR_CELLS - percent.length - 34)
  const name = [...visible(row.name)].slice(0, width).join('').padEnd(width)
  return [
    chosen ? ['▸ ', 'accent'] : '  ',
    chosen ? [name, 'strong'] : name,
    '  ',
    [full, row.left > 0 ? 'accent' : 'good'],
    [empty, 'dim'],
    `${percent}${tail}`,
  ]
}

function etaOf({ downRate, left }: TransferRow): string {
  return downRate < 1 ? '-' : formatDuration(left / downRate)
}

function peerLines(peers: readonly PeerRow[], most: number): Line[] {
  if (peers.length === 0 || most === 0)
    return [
      [
        ['  peers', 'strong'],
        ['  none connected', 'dim'],
      ],
    ]
  const busiest = [...peers].sort(
    (one, other) => other.downRate + other.upRate - one.downRate - one.upRate,
  )
  const lines = busiest.slice(0, most).map(({ address, downRate, share, upRate }): Line => {
    const down = `down ${formatBytes(downRate)}/s`.padEnd(18)
    const up = `up ${formatBytes(upRate)}/s`.padEnd(16)
    return [`  ${address.padEnd(24)}${down}${up}has ${Math.floor(share * 100)} %`]
  })
  return [[[`  peers (${peers.length})`, 'strong']], ...lines]
}

/** Whose money it is; the currency, which makes amounts different, is not cut off first. */
function accountName({ currency, provider }: AccountRow, width: number): string {
  const unit = [...visible(` (${currency})`)]
  const room = Math.max(0, width - unit.length)
  return [...[...visible(provider)].slice(0, room), ...unit].slice(0, width).join('')
}

/** A table: a row for each provider, because their moneys are different. */
function accountLines(accounts: readonly AccountRow[], { columns }: Size): Line[] {
  const cells = (texts: readonly string[]): string =>
    texts.map((text) => text.padStart(MONEY_CELLS)).join('')
  const titles = ['can use', 'pending', 'spent', 'earned', 'unclaimed', 'owed us']
  const head = cells(titles)
  const width = Math.max(NAME_MIN_COLUMNS, columns - 3 - titles.length * MONEY_CELLS)
  if (accounts.length === 0) {
    return [
      [['  money', 'strong'], '  no provider yet: floodgate register --tracker URL --name NAME'],
    ]
  }
  const rows = accounts.slice(0, ACCOUNTS_MAX_ROWS).map((account): Line => {
    const { earned, exposed, pending, spendable, spent, unclaimed } = account
    const amounts = [spendable, pending, spent, earned, unclaimed, exposed]
    const shown = amounts.map((each) => (each === undefined ? '-' : formatAmount(each)))
    return [`  ${accountName(account, width).padEnd(width)}`, cells(shown)]
  })
  return [[[`  ${'money'.padEnd(width)}${head}`, 'strong']], ...rows]
}
