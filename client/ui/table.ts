/** Columns of text for a terminal; pure. */
import { cellsOf, left, right } from './cells.js'

/** Columns of a terminal that nobody made wider: tables keep within them. */
export const COLUMNS = 80
const GAP = '  '
/** Least cells that a column is cut to. */
const LEAST = 8

/** How a table is laid out. */
export interface TableForm {
  /** Columns that are aligned to the right. */
  readonly right?: readonly number[]
  /** The column that is cut where the lines would be longer than `columns`. */
  readonly gives?: number
  readonly columns?: number
}

/** Lines of a table, its columns two spaces apart. */
export function formatTable(rows: readonly (readonly string[])[], form: TableForm = {}): string[] {
  const { columns = COLUMNS, gives } = form
  const count = Math.max(0, ...rows.map((row) => row.length))
  const widths = Array.from({ length: count }, (_, column) =>
    Math.max(...rows.map((row) => cellsOf(row[column] ?? ''))),
  )
  if (gives !== undefined) {
    const all = widths.reduce((sum, width) => sum + width + GAP.length, -GAP.length)
    const width = widths[gives] ?? 0
    widths[gives] = Math.min(width, Math.max(LEAST, width - (all - columns)))
  }
  return rows.map((row) =>
    row
      .map((cell, column) => {
        const pad = form.right?.includes(column) === true ? right : left
        return pad(cell, widths[column] ?? 0)
      })
      .join(GAP)
      .trimEnd(),
  )
}

/**
 * A table with a second line for each row below its head: what has to be copied whole, as an id,
 * and would leave the others no room. Nothing at all without records.
 */
export function formatRecords(
  head: readonly string[],
  records: readonly { readonly row: readonly string[]; readonly below: string }[],
  form: TableForm,
): string[] {
  if (records.length === 0) return []
  const [first = '', ...lines] = formatTable([head, ...records.map(({ row }) => row)], form)
  return [first, ...lines.flatMap((line, at) => [line, `${GAP}${records[at]?.below}`])]
}
