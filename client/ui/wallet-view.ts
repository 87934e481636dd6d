/** An account in lines: what it holds, when pending money comes free, whether it adds up; pure. */
import { formatAmount } from '../../shared/amount.js'
import type { Account, HistoryRow } from '../local/rows.js'
import { cellsOf, left, right, wrapCells } from './cells.js'
import { formatMoment, formatWhen } from './format.js'
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

/** What belongs to an account: first what can be used, last what is rarely there. */
function figuresOf(account: Account): Figure[] {
  const { dayCap, downloadCap, spentToday } = account
  const free = (account.pending ?? 0n) - (account.held ?? 0n)
  const figure = (label: string, value: bigint | undefined, means: string, role?: Role) => ({
    ...{ label, value: amountOf(value), means },
    ...(role !== undefined && value !== undefined && value !== 0n && { role }),
  })
  const capped = dayCap === undefined ? '' : ` of ${formatAmount(dayCap)}`
  const rare = (value: bigint | undefined, row: Figure) =>
    value === undefined || value === 0n ? [] : [row]
  return [
    figure('spendable', account.spendable, 'what you can buy with now', 'money'),
    figure('spent', account.spent, 'paid for contents over all time'),
    figure('pending', free, 'earned and claimed; yours when the complaint window is over', 'good'),
    figure('earned', account.earned, 'what claims brought over all time', 'good'),
    figure('escrow', account.escrow, 'of what you paid: sellers have not claimed it yet'),
    figure(
      'unclaimed',
      account.unclaimed,
      'paid to you and signed; claimed now and then by itself',
    ),
    {
      label: 'today',
      value: `${formatAmount(spentToday)}${capped}`,
      means: dayCap === undefined ? 'spent since 00:00 UTC; no cap (d)' : 'spent, and the cap (d)',
      ...(dayCap !== undefined && spentToday * 10n >= dayCap * 8n && { role: 'warn' as const }),
    },
    figure('not signed', account.unsigned, 'paid by token; can be claimed once it is signed for'),
    {
      label: 'a content',
      value: downloadCap === undefined ? 'no cap' : `to ${formatAmount(downloadCap)}`,
      means: 'the most that one content may cost (D)',
    },
    figure('owed to us', account.exposed, 'delivered and not paid yet', 'warn'),
    ...rare(account.held, figure('held', account.held, "the provider's desk looks first", 'warn')),
    ...rare(account.withheld, figure('withheld', account.withheld, 'kept by the desk', 'bad')),
  ]
}

/** The figures, in as many columns as fit; a roomy screen says what each means. */
export function figureLines(account: Account, size: Size): Line[] {
  const figures = figuresOf(account)
  if (size.rows >= EXPLAINED_ROWS && size.columns >= EXPLAINED_COLUMNS) {
    return figures.map((figure) => [...figureSpans(figure), `   `, [figure.means, 'dim']])
  }
  const columns = Math.max(1, Math.min(3, Math.floor(size.columns / CELL_CELLS)))
  const lines: Line[] = []
  for (let at = 0; at < figures.length; at += columns) {
    lines.push(figures.slice(at, at + columns).flatMap(figureSpans))
  }
  return lines
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
  withheld: 'withheld',
}
const WHEN_CELLS = 11
const WHAT_CELLS = 9
const AMOUNT_CELLS = 14
const UID_MIN_COLUMNS = 70
const UNTIL_MIN_COLUMNS = 92
const UNTIL_CELLS = 22

/** The head of the history. */
export function historyHead(columns: number): Line {
  return [
    [historyCells(['WHEN', 'WHAT', 'CONTENT', 'WITH', 'AMOUNT', ''], columns).join(' '), 'title'],
  ]
}

/** One posting: what was bought or earned, with whom, and what the account gained by it. */
export function historyLine(row: HistoryRow, columns: number, now: number): Line {
  const { amount, at, name = row.cid ?? '', pieces, spendable, uid = '', what } = row
  const count = pieces === undefined || pieces === 0 ? '' : ` (${pieces})`
  const until = spendable === undefined ? '' : `free ${formatWhen(spendable, now)}`
  const sign = amount > 0n ? '+' : ''
  const [when, did, content, who, gained, free] = historyCells(
    [
      formatWhen(at, now),
      WORDS[what],
      `${name}${count}`,
      uid.slice(0, SHORT_UID),
      `${sign}${formatAmount(amount)}`,
      until,
    ],
    columns,
  )
  const role = amount > 0n ? 'good' : amount < 0n ? 'money' : 'dim'
  return [
    [`${when} `, 'dim'],
    `${did} ${content} `,
    [`${who} `, 'dim'],
    [`${gained} `, role],
    [free ?? '', 'dim'],
  ]
}

function historyCells(
  [when, what, name, uid, amount, until]: readonly [string, string, string, string, string, string],
  columns: number,
): string[] {
  const uidCells = columns >= UID_MIN_COLUMNS ? SHORT_UID : 0
  const untilCells = columns >= UNTIL_MIN_COLUMNS ? UNTIL_CELLS : 0
  const fixed = 2 + WHEN_CELLS + WHAT_CELLS + uidCells + AMOUNT_CELLS + untilCells + 5
  const nameCells = Math.max(4, columns - fixed)
  return [
    `  ${left(when, WHEN_CELLS)}`,
    left(what, WHAT_CELLS),
    left(name, nameCells),
    left(uid, uidCells),
    right(amount, AMOUNT_CELLS),
    left(until, untilCells),
  ]
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
