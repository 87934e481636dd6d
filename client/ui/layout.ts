/** How the rows of the terminal are shared: tabs, the screen, its state, keys; pure. */
import type { Size } from './screen.js'

/** From so many rows on there are tabs at the top, and a line of figures at the bottom. */
const TABS_MIN_ROWS = 5
const STATUS_MIN_ROWS = 10

/** From so many rows of a screen on there is a panel that tells of the chosen row. */
export const PANEL_MIN_ROWS = 16

/** Rows above and below the screen. */
export interface Layout {
  readonly tabs: number
  readonly status: number
  readonly foot: number
}

/** The layout of a terminal; a small one gives up its figures first, then its tabs. */
export function layoutOf({ rows }: Size): Layout {
  return {
    tabs: rows >= TABS_MIN_ROWS ? 1 : 0,
    status: rows >= STATUS_MIN_ROWS ? 1 : 0,
    foot: rows >= 2 ? 1 : 0,
  }
}

/** What is left for the screen. */
export function bodySize(size: Size): Size {
  const { foot, status, tabs } = layoutOf(size)
  return { rows: Math.max(0, size.rows - tabs - status - foot), columns: size.columns }
}
