/** Which transfers the list shows, in which order, and how; pure. */
import type { Cid } from '../../../shared/identifier.js'
import type { Transfer } from '../../local/transfer-rows.js'
import { headLine, type Placed, placeColumns, rowLine, sortRows } from '../columns.js'
import { type Line, over } from '../paint.js'
import type { World } from '../world.js'
import { stateSign, TRANSFER_COLUMNS, type TransferColumn } from './transfer-columns.js'

/** Which transfers are shown, by what they do; the order in which a key goes through them. */
export const SHOWS = [
  'all',
  'active',
  'fetching',
  'seeding',
  'paused',
  'troubled',
  'paid',
  'free',
  'earn',
] as const
export type Show = (typeof SHOWS)[number]

const SHOWN: Readonly<Record<Show, (row: Transfer) => boolean>> = {
  all: () => true,
  active: ({ downRate, upRate }) => downRate >= 1 || upRate >= 1,
  fetching: ({ left, state }) => left > 0 && state !== 'paused',
  seeding: ({ state }) => state === 'seeding',
  paused: ({ state }) => state === 'paused',
  troubled: ({ problem, state }) => problem !== undefined || state === 'failed',
  paid: ({ paid }) => paid,
  free: ({ paid }) => !paid,
  earn: ({ origin }) => origin === 'earn',
}

/** What the list is made of beside the rows. */
export interface ListOrder {
  readonly sort: TransferColumn
  readonly descending: boolean
  readonly show: Show
  /** Words that a name (or its cid) holds, all of them, in any case. */
  readonly filter: string
}

/** The last list that was made of each map of transfers; it holds for one revision of the world. */
const made = new WeakMap<World['transfers'], { key: string; rows: readonly Transfer[] }>()

/** The rows of the list, sorted. */
export function shownTransfers(world: World, order: ListOrder): readonly Transfer[] {
  const key = JSON.stringify([world.revision, order])
  const known = made.get(world.transfers)
  if (known?.key === key) return known.rows
  const words = order.filter.toLowerCase().split(/\s+/).filter(Boolean)
  const fits = (row: Transfer): boolean => {
    if (!SHOWN[order.show](row)) return false
    const name = row.name.toLowerCase()
    return words.every((word) => name.includes(word) || row.cid.startsWith(word))
  }
  const by = columnOf(order.sort).by
  const found = [...world.transfers.values()].filter(fits)
  const rows = by === undefined ? found : sortRows(found, by, order.descending)
  made.set(world.transfers, { key, rows })
  return rows
}

/** A column by its name. */
export function columnOf(name: TransferColumn): (typeof TRANSFER_COLUMNS)[number] {
  return TRANSFER_COLUMNS.find((column) => column.name === name) as never
}

/** Names of the columns that rows can be sorted by, as they stand on the screen. */
export const SORTS: readonly TransferColumn[] = TRANSFER_COLUMNS.filter(
  ({ by }) => by !== undefined,
).map(({ name }) => name)

/** Cells before the first column: mark, sign of the state. */
export const PREFIX_CELLS = 3

/** The columns that fit into a width. */
export function placeTransfers(columns: number): readonly Placed<Transfer>[] {
  return placeColumns(TRANSFER_COLUMNS, Math.max(1, columns - PREFIX_CELLS))
}

/** The line of titles. */
export function titlesLine(placed: readonly Placed<Transfer>[], order: ListOrder): Line {
  const sorted = { column: columnOf(order.sort), descending: order.descending }
  return [' '.repeat(PREFIX_CELLS), ...headLine(placed, sorted)]
}

/** One transfer as a line. */
export function transferLine(
  placed: readonly Placed<Transfer>[],
  row: Transfer,
  { chosen, columns, marked }: { chosen: boolean; columns: number; marked: ReadonlySet<Cid> },
): Line {
  const isMarked = marked.has(row.cid)
  const line: Line = [
    isMarked ? ['*', 'marked'] : chosen ? ['▸', 'accent'] : ' ',
    stateSign(row),
    ' ',
    ...rowLine(placed, row),
  ]
  if (chosen) return over(line, 'chosen', columns)
  return isMarked ? over(line, 'marked', columns) : line
}
