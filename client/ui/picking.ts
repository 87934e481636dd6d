/** A table of which one row is chosen, as lines and as places that the mouse can hit; pure. */

import { cellsOf, clip } from './cells.js'
import type { ListState } from './list.js'
import { type Line, lineCells, over, type Span } from './paint.js'
import type { Place, Size } from './screen.js'

/** Rows to be shown, and where. */
export interface Picking<R> {
  readonly rows: readonly R[]
  readonly list: ListState
  /** Rows of the screen that the table may take, and its first one. */
  readonly room: number
  readonly from: number
  readonly columns: number
  readonly lineOf: (row: R, at: number) => Line
  /** Whether a second click, as Enter, opens a row. */
  readonly opens: boolean
}

/** The rows that fit, and no others: a thousand rows cost what a screenful does. */
export function pickingLines<R>(picking: Picking<R>): {
  readonly lines: readonly Line[]
  readonly places: readonly Place<never>[]
} {
  const { columns, from, lineOf, list, opens, room, rows } = picking
  const shown = rows.slice(list.top, list.top + Math.max(0, room))
  const lines = shown.map((row, index) => {
    const at = list.top + index
    const line = lineOf(row, at)
    return at === list.at ? over(line, 'chosen', columns) : line
  })
  const places = shown.map((_row, index) => ({
    ...{ row: from + index, from: 0, to: columns, action: 'choose' as const },
    ...{ at: list.top + index, ...(opens && { twice: 'open' as const }) },
  }))
  return { lines, places }
}

/** A label and what it stands for, the label dim and as wide as the others. */
export function labelled(label: string, cells: number, value: Line): Line {
  return [[`${label.padEnd(cells)} `, 'dim'], ...value]
}

/** What fits of some lines: no more than there are rows, `…` where one is cut. */
export function fitted(lines: readonly Line[], { columns, rows }: Size): Line[] {
  return lines
    .slice(0, rows)
    .map((line) => (lineCells(line) <= columns ? line : cutLine(line, columns)))
}

function cutLine(line: Line, columns: number): Line {
  const spans: Span[] = []
  let room = columns
  for (const span of line) {
    const [text, ...roles] = typeof span === 'string' ? [span] : span
    const shown = clip(text, room)
    spans.push([shown, ...roles])
    if (shown !== text) break
    room -= cellsOf(shown)
  }
  return spans
}
