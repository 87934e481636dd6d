/** What the screen of seeding shows; pure. */
import { formatAmount } from '../../../shared/amount.js'
import { clip, wrapCells } from '../cells.js'
import { cutLine } from '../columns.js'
import { type Part, SIGN_CELLS, tablePart } from '../list-table.js'
import { ruleLine } from '../listing.js'
import { hiddenOrder } from '../order.js'
import { type Line, lineCells, type Span } from '../paint.js'
import type { Picture, Place, Size } from '../screen.js'
import type { World } from '../world.js'
import { CHOICE_COLUMNS, type Choice, earnLines } from './earn-view.js'
import { incomeChart } from './income-chart.js'
import { seedColumns } from './seed-columns.js'
import { type Income, incomes, type SeedRow, seedRows } from './seed-rows.js'
import {
  choicesNow,
  INCOMES_MAX_COUNT,
  type Parts,
  partsOf,
  type SeedingAction,
  type SeedingState,
  seedsNow,
  VIEWS,
} from './seeding-state.js'
import { whyLittle } from './why-little.js'

/** The whole screen. */
export function seedingPicture(
  state: SeedingState,
  world: World,
  size: Size,
): Picture<SeedingAction> {
  const parts = partsOf(state, world, size)
  const bar = viewBar(state)
  const shown =
    state.view === 'earn' ? earnPart(state, world, size) : contentsPart(state, world, size, parts)
  const filler = Array.from(
    { length: Math.max(0, parts.above - 1 - shown.above.length) },
    (): Line => [],
  )
  const room = Math.max(0, parts.table - shown.table.lines.length)
  const gap = Array.from({ length: parts.panel === 0 ? 0 : room }, (): Line => [])
  return {
    lines: [bar.line, ...shown.above, ...filler, ...shown.table.lines, ...gap, ...shown.panel]
      .slice(0, size.rows)
      .map((line) => cutLine(line, size.columns)),
    places: [...bar.places, ...shown.table.places].filter(({ row }) => row < size.rows),
    note: shown.note,
  }
}

/** The parts of one view. */
interface Shown {
  readonly above: readonly Line[]
  readonly table: Part<SeedingAction>
  readonly panel: readonly Line[]
  readonly note: string
}
/** A click on a row, in either view. */
const HITS = { action: 'choose', twice: 'open' } as const

function contentsPart(state: SeedingState, world: World, size: Size, parts: Parts): Shown {
  const now = seedsNow(state, world, size)
  const { row, rows } = now
  const order = hiddenOrder(seedColumns(undefined), state, size.columns - SIGN_CELLS)
  const note = [`${rows.length} for sale`, ...order].join('  ')
  const empty = { lines: [], places: [] }
  if (rows.length === 0) return { above: emptyLines(state, world), table: empty, panel: [], note }
  const income = incomes(seedRows(world))
  const own = income.find(({ provider }) => provider === row?.provider) ?? income[0]
  const chart = parts.chart === 0 ? [] : chartLines(state, row, own, { ...size, rows: parts.chart })
  const columns = seedColumns(world.totals)
  return {
    above: [...income.slice(0, INCOMES_MAX_COUNT).map(incomeLine), ...chart],
    table: tablePart<SeedRow, SeedingAction>(columns, now, {
      ...{ cells: size.columns, row: parts.above, hits: HITS },
      sorted: { order: state, action: 'sortby' },
    }),
    panel: row === undefined ? [] : panelLines(row.name, whyLittle(row, world.totals), parts, size),
    note,
  }
}

function chartLines(
  { single, week }: SeedingState,
  row: SeedRow | undefined,
  income: Income | undefined,
  size: Size,
): Line[] {
  const alone = single && row !== undefined
  const hours = alone ? row.hours : (income?.hours ?? [])
  const of = alone ? clip(row.name, 30) : 'all contents'
  return incomeChart(hours, size, { currency: income?.currency ?? '', of, week })
}

function incomeLine({ currency, day, hour, week }: Income): Line {
  const money = (amount: bigint): Span => [formatAmount(amount), 'money', 'strong']
  const mean: Line = day === 0n ? [] : [' (', money(day / 24n), ' an hour)']
  return [
    ...[` ${currency}: this hour `, money(hour), '  24 hours ', money(day), ...mean],
    ...['  7 days ', money(week)],
  ]
}

function earnPart(state: SeedingState, world: World, size: Size): Shown {
  const now = choicesNow(state, world, size)
  const parts = partsOf(state, world, size)
  const { row, rows } = now
  const look = { cells: size.columns, row: parts.above, hits: HITS }
  const table = tablePart<Choice, SeedingAction>(CHOICE_COLUMNS, now, look)
  return {
    above: earnLines(world.earn, currencyOf(world)),
    table: rows.length === 0 ? { lines: [], places: [] } : table,
    panel: row === undefined ? [] : panelLines(row.name, [row.why], parts, size),
    note: `${rows.length} looked at`,
  }
}

/** The currency of what earn spends; of one provider it is the only one. */
function currencyOf({ accounts }: World): string {
  const [first, ...others] = [...accounts.values()]
  return others.length === 0 ? (first?.currency ?? '') : ''
}

/** Why nothing is there, and what to do about it. */
function emptyLines({ text }: SeedingState, world: World): readonly Line[] {
  if (text !== '') return [[` nothing for sale is named "${text}"; q shows all`]]
  if (world.link.state === 'attaching') return [[' asking what there is ...']]
  return [
    [' nothing is for sale yet'],
    [],
    [' whatever you buy and fetch is sold on by itself; ', ['1', 'key'], ' is the shop'],
    [' ', [':earn', 'key'], ' buys and seeds what is expected to bring most'],
  ]
}

/** The reasons of the chosen row, below a rule with its name. */
function panelLines(
  name: string,
  reasons: readonly string[],
  { panel }: Parts,
  { columns }: Size,
): readonly Line[] {
  if (panel === 0) return []
  const lines = reasons.flatMap((reason) =>
    wrapCells(reason, Math.max(1, columns - 4)).map(
      (line, at) => `${at === 0 ? '· ' : '  '}${line}`,
    ),
  )
  return [ruleLine(name, columns), ...lines.map((line): Line => [` ${line}`])].slice(0, panel)
}

function viewBar({ view }: SeedingState) {
  const spans: Span[] = []
  const places: Place<SeedingAction>[] = []
  for (const [at, name] of VIEWS.entries()) {
    const from = lineCells(spans)
    const text = ` ${name} `
    spans.push(name === view ? [text, 'chosen', 'strong'] : [text, 'dim'])
    places.push({ row: 0, from, to: from + text.length, action: 'view', at })
  }
  return { line: spans, places }
}
