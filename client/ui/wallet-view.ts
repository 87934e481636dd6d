/** An account in lines: what it holds, when pending money comes free, whether it adds up; pure. */
import { formatAmount } from '../../shared/amount.js'
import { formatMoment } from '../../shared/words.js'
import type { Account, HistoryRow } from '../local/rows.js'
import { amountIn } from './amounts.js'
import { cellsOf, left, right, wrapCells } from './cells.js'
import type { Column } from './columns.js'
import { formatWhen } from './format.js'
import { type Line, lineCells, type Role } from './paint.js'
import type { Size } from './screen.js'

/** One figure of an account. */
interface Figure {
  readonly label: string
  readonly value: string
  readonly role?: Role
  /** What it means, where there is room for it. */
  readonly means: string
}

const SHORT_UID = 8
const LABEL_CELLS = 12
const VALUE_CELLS = 14
const CELL_CELLS = LABEL_CELLS + VALUE_CELLS + 3
/** From so many rows and columns on each figure has a line of its own, with what it means. */
const EXPLAINED_ROWS = 30
const EXPLAINED_COLUMNS = 90
const MATURING_SHOWN = 3

const amountOf = (value: bigint | undefined): string =>
  value === undefined ? '-' : formatAmount(value)

/** Figures that belong together. */
interface Group {
  readonly title: string
  readonly figures: readonly Figure[]
}

function figure(label: string, value: bigint | undefined, means: string, role?: Role): Figure {
  const shown = { label, value: amountOf(value), means }
  return role === undefined || value === undefined || value === 0n ? shown : { ...shown, role }
}

/** What is yours now or will be, what was paid and earned, and what may be spent. */
function groupsOf(account: Account): readonly Group[] {
  const { held = 0n, pending, withheld = 0n } = account
  const free = pending === undefined ? undefined : pending - held
  // A tracker leaves out what is nothing.
  const escrow = account.escrow ?? (pending === undefined ? undefined : 0n)
  const kept = [
    figure('held', held, "earned; the provider's desk looks at it first", 'warn'),
    figure('withheld', withheld, 'of what was earned, kept by the desk', 'bad'),
  ]
  return [
    {
      title: 'yours',
      figures: [
        figure('spendable', account.spendable, 'what you can buy with now', 'money'),
        figure('pending', free, 'claimed; yours when the complaint window is over', 'good'),
        figure('unclaimed', account.unclaimed, 'paid to you and signed; claimed by itself'),
        figure('not signed', account.unsigned, 'paid by token; claimed once it is signed for'),
        figure('owed to us', account.exposed, 'delivered and not paid yet', 'warn'),
        ...kept.filter(({ value }) => value !== amountOf(0n)),
      ],
    },
    {
      title: 'in all',
      figures: [
        figure('earned', account.earned, 'what claims brought over all time', 'good'),
        figure('spent', account.spent, 'paid for contents over all time'),
        figure('escrow', escrow, 'of that: sellers have not claimed it yet'),
      ],
    },
    { title: 'limits', figures: limitsOf(account) },
  ]
}

function limitsOf({ dayCap, downloadCap, spentToday }: Account): readonly Figure[] {
  const capped = dayCap === undefined ? '' : ` of ${formatAmount(dayCap)}`
  const nearly = dayCap !== undefined && spentToday * 10n >= dayCap * 8n
  return [
    {
      ...{ label: 'today', value: `${formatAmount(spentToday)}${capped}` },
      means: dayCap === undefined ? 'spent since 00:00 UTC; no cap (d)' : 'spent, and the cap (d)',
      ...(nearly && { role: 'warn' as const }),
    },
    {
      label: 'a content',
      value: downloadCap === undefined ? 'no cap' : `to ${formatAmount(downloadCap)}`,
      means: 'the most that one content may cost (D)',
    },
  ]
}

/** The figures, a group beside the other as far as there is room; a roomy screen explains them. */
export function figureLines(account: Account, size: Size): Line[] {
  const groups = groupsOf(account)
  if (size.rows >= EXPLAINED_ROWS && size.columns >= EXPLAINED_COLUMNS) {
    return groups.flatMap(({ figures, title }, at): Line[] => [
      ...(at === 0 ? [] : [[]]),
      [[`  ${title}`, 'strong']],
      ...figures.map((each): Line => [...figureSpans(each), '   ', [each.means, 'dim']]),
    ])
  }
  const [first = [], ...others] = groups.map(({ figures }) => figures)
  const columns = Math.max(1, Math.min(3, Math.floor(size.columns / CELL_CELLS)))
  if (columns === 1) return groups.flatMap(({ figures }) => figures.map(figureSpans))
  const beside = columns === 2 ? [first, others.flat()] : [first, ...others]
  const lines = Math.max(...beside.map(({ length }) => length))
  return Array.from({ length: lines }, (_, line) =>
    beside.flatMap((figures) => {
      const each = figures[line]
      return each === undefined ? [' '.repeat(CELL_CELLS)] : figureSpans(each)
    }),
  )
}

/** What matters most, in one line of a screen without room. */
export function shortLine({ currency, earned, pending, spendable }: Account): Line {
  return [
    ['  spendable ', 'dim'],
    [`${amountOf(spendable)} ${currency}`, 'money'],
    ['  pending ', 'dim'],
    amountOf(pending),
    ['  earned ', 'dim'],
    formatAmount(earned),
  ]
}

function figureSpans({ label, role, value }: Figure): Line {
  const shown = right(value, VALUE_CELLS)
  return [[`  ${left(label, LABEL_CELLS)}`, 'dim'], role === undefined ? shown : [shown, role], ' ']
}

/** When pending money becomes spendable: the next few dates, and the last. */
export function maturingLines({ maturing }: Account, now: number, columns: number): Line[] {
  if (maturing.length === 0) return []
  const shown = maturing.slice(0, MATURING_SHOWN)
  const rest = maturing.slice(MATURING_SHOWN)
  const dates = shown.map(({ amount, at }) => `${formatAmount(amount)} on ${formatWhen(at, now)}`)
  const last = rest.at(-1)
  const sum = rest.reduce((total, { amount }) => total + amount, 0n)
  const more = last === undefined ? '' : `, ${formatAmount(sum)} by ${formatWhen(last.at, now)}`
  const room = Math.max(1, columns - LABEL_CELLS - 2)
  return wrapCells(`${dates.join(', ')}${more}`, room).map((text, at) => [
    [`  ${left(at === 0 ? 'comes free' : '', LABEL_CELLS)}`, 'dim'],
    text,
  ])
}

/** Whether it adds up: our books against what the tracker has signed. */
export function verdictLine({ agrees, asked, problem }: Account): Line {
  const when = asked === undefined ? '' : ` (${formatMoment(asked).slice(11)})`
  if (agrees === true) {
    return [['  ✔ ', 'good'], `your books and the tracker's statement agree to the unit${when}`]
  }
  if (agrees === false) {
    const text = 'your books and the statement differ: floodgate statement shows every posting'
    return [
      ['  ✘ ', 'bad'],
      [`${text}${when}`, 'bad'],
    ]
  }
  const why = problem === undefined ? 'the tracker was not asked yet' : problem.message
  return [['  ? ', 'warn'], `not compared yet: ${why}`]
}

/** What the person has to know of an account, whatever else is shown. */
export function noticeLines({ problem, warning }: Account, columns: number): Line[] {
  const said: [string, Role][] = []
  if (warning !== undefined) said.push([warning, 'warn'])
  if (problem?.advice !== undefined) said.push([`${problem.message}: ${problem.advice}`, 'warn'])
  return said.flatMap(([text, role]) =>
    wrapCells(text, Math.max(1, columns - 4)).map(
      (line, at): Line => [[`${at === 0 ? '  ! ' : '    '}${line}`, role]],
    ),
  )
}

const WORDS: Readonly<Record<HistoryRow['what'], string>> = {
  bought: 'bought',
  pieces: 'pieces',
  claimed: 'claimed',
  refund: 'refund',
  award: 'award',
  credit: 'paid in',
  payout: 'paid out',
  returned: 'returned',
  withheld: 'withheld',
}
const WHEN_CELLS = 11
const AMOUNT_CELLS = 11

/** Postings: what was bought or earned, with whom, and what the account gained by it. */
export function historyColumns(now: number): readonly Column<HistoryRow>[] {
  return [
    {
      ...{ title: 'When', width: WHEN_CELLS, rank: 2 },
      text: ({ at }) => formatWhen(at, now),
      role: () => 'dim',
    },
    { title: 'What', width: 8, rank: 1, text: ({ what }) => WORDS[what] },
    { title: 'Content', width: 16, stretches: true, rank: 0, text: contentOf },
    {
      ...{ title: 'With', width: SHORT_UID, rank: 3 },
      text: ({ uid = '' }) => uid.slice(0, SHORT_UID),
      role: () => 'dim',
    },
    { title: 'Amount', width: AMOUNT_CELLS, right: true, rank: 0, text: gainedOf, role: roleOf },
    {
      ...{ title: 'Comes free', width: WHEN_CELLS, rank: 4 },
      text: ({ spendable }) => (spendable === undefined ? '' : formatWhen(spendable, now)),
      role: () => 'dim',
    },
  ]
}

function contentOf({ cid, name = cid ?? '', pieces = 0 }: HistoryRow): string {
  return pieces === 0 ? name : `${name} (${pieces})`
}

function gainedOf({ amount }: HistoryRow): string {
  return amount > 0n ? `+${amountIn(amount, AMOUNT_CELLS - 1)}` : amountIn(amount, AMOUNT_CELLS)
}

function roleOf({ amount }: HistoryRow): Role {
  if (amount === 0n) return 'dim'
  return amount > 0n ? 'good' : 'money'
}

/** Whose account it is: what makes moneys different is not cut off first. */
export function accountHead(account: Account, at: number, count: number, columns: number): Line {
  const which = count > 1 ? `account ${at + 1} of ${count}  ← → ` : ''
  const unit = ` ${account.currency} `
  const room = Math.max(0, columns - cellsOf(which) - cellsOf(unit) - 3)
  const name = left(account.name, Math.min(room, cellsOf(account.name)))
  const head: Line = [
    [` ${name} `, 'title'],
    [unit, 'money'],
  ]
  const spare = columns - lineCells(head) - cellsOf(which) - 2
  const url = spare > 12 ? left(account.url, spare) : ' '.repeat(Math.max(0, spare))
  return [...head, ' ', [url, 'dim'], [which, 'key']]
}
