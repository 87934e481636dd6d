/** Charts of characters: braille areas for rates, blocks for sums by the hour; pure. */

/** Dots of a braille character from the bottom up, left column and right column (Unicode 2800). */
const DOTS = [
  [0x40, 0x04, 0x02, 0x01],
  [0x80, 0x20, 0x10, 0x08],
] as const
const BRAILLE = 0x2800
const DOTS_HIGH = 4
const DOTS_WIDE = 2
const EIGHTHS = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'] as const

/**
 * The last values as an area of braille dots, `rows` lines of `columns` cells, the newest at the
 * right: two values a cell. `top` is what reaches the upper edge; whatever is above zero shows.
 */
export function areaChart(
  values: readonly number[],
  size: { readonly columns: number; readonly rows: number },
  top: number = Math.max(...values.slice(-size.columns * DOTS_WIDE), 0),
): string[] {
  const dots = size.columns * DOTS_WIDE
  const shown = values.slice(-dots)
  const heights = Array.from({ length: dots }, (_, at) =>
    heightOf(shown[at - dots + shown.length] ?? 0, top, size.rows * DOTS_HIGH),
  )
  return Array.from({ length: size.rows }, (_, row) => {
    const floor = (size.rows - 1 - row) * DOTS_HIGH
    let line = ''
    for (let cell = 0; cell < size.columns; cell++) {
      line += brailleOf(heights.slice(cell * DOTS_WIDE, (cell + 1) * DOTS_WIDE), floor)
    }
    return line
  })
}

function brailleOf(heights: readonly number[], floor: number): string {
  let code = BRAILLE
  for (const [side, height] of heights.entries()) {
    for (let dot = 0; dot < DOTS_HIGH && floor + dot < height; dot++) {
      code |= DOTS[side]?.[dot] ?? 0
    }
  }
  return String.fromCharCode(code)
}

/** Steps of `most` that a value fills: at least one when there is anything at all. */
function heightOf(value: number, top: number, most: number): number {
  if (!(value > 0) || !(top > 0)) return 0
  return Math.max(1, Math.min(most, Math.round((value / top) * most)))
}

/**
 * Bars of blocks, oldest at the left, each `width` cells and one apart when it is wider than one:
 * `rows` lines. Values are amounts; the highest reaches the upper edge.
 */
export function barChart(
  values: readonly bigint[],
  { rows, width }: { readonly rows: number; readonly width: number },
): string[] {
  const top = values.reduce((most, value) => (value > most ? value : most), 0n)
  const heights = values.map((value) => partOf(value, top, rows * 8))
  const bar = width > 1 ? width - 1 : 1
  return Array.from({ length: rows }, (_, row) => {
    const floor = (rows - 1 - row) * 8
    return heights
      .map((height) => {
        const block = EIGHTHS[Math.max(0, Math.min(8, height - floor))] ?? ' '
        return `${block.repeat(bar)}${width > 1 ? ' ' : ''}`
      })
      .join('')
  })
}

/** Eighths that an amount fills; exact for amounts of any size. */
function partOf(value: bigint, top: bigint, most: number): number {
  if (value <= 0n || top <= 0n) return 0
  return Math.max(1, Number((value * BigInt(most) + top / 2n) / top))
}
