/**
 * A picture (SVG) of a terminal: what `tmux capture-pane -e` prints, colours and all.
 *
 * Each run of equal style is one text, stretched to the cells that it covers, so that the picture
 * keeps its columns whatever monospace font shows it.
 */

/** Cell in user units: wide enough for common monospace fonts at this size. */
const CELL = { width: 8.4, height: 18, size: 14, baseline: 13.5 }
const MARGIN = 12
const FOREGROUND = '#d8dee9'
const BACKGROUND = '#11151c'
const BASE = [
  ...['#2b303b', '#e06c75', '#98c379', '#e5c07b', '#61afef', '#c678dd', '#56b6c2', '#d8dee9'],
  ...['#5c6370', '#ff7b86', '#b1e08f', '#ffd68a', '#7cc0ff', '#dd8cf0', '#6fd3df', '#ffffff'],
]
const FONT = "'DejaVu Sans Mono', 'Cascadia Mono', Menlo, Consolas, 'Liberation Mono', monospace"

interface Style {
  readonly fore: string | undefined
  readonly back: string | undefined
  readonly bold: boolean
  readonly dim: boolean
  readonly underline: boolean
  readonly inverse: boolean
}
interface Run {
  readonly text: string
  readonly column: number
  readonly cells: number
  readonly style: Style
}

const PLAIN: Style = {
  ...{ fore: undefined, back: undefined },
  ...{ bold: false, dim: false, underline: false, inverse: false },
}

/** The SVG of a captured screen of this many columns and rows, under a title. */
export function pictureOf(title: string, capture: string, columns: number, rows: number): string {
  const width = Math.ceil(columns * CELL.width + 2 * MARGIN)
  const height = rows * CELL.height + 2 * MARGIN
  const lines = capture.split('\n').slice(0, rows)
  // A style holds until it is changed, over ends of lines too.
  let style = PLAIN
  const drawn = lines.flatMap((line, row) => {
    const read = runsOf(line, style)
    style = read.style
    return read.runs.flatMap((run) => drawRun(run, row))
  })
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="${width}" height="${height}" rx="8" fill="${BACKGROUND}"/>`,
    `<g font-family="${FONT}" font-size="${CELL.size}" xml:space="preserve">`,
    ...drawn,
    '</g>',
    '</svg>',
    '',
  ].join('\n')
}

/** Cells that a character takes: two for East Asian wide ones, none for marks that combine. */
function cellsOf(character: string): number {
  if (/\p{Mn}|\p{Me}|\u200d/u.test(character)) return 0
  const code = character.codePointAt(0) ?? 0
  const wide =
    (code >= 0x1100 && code <= 0x115f) ||
    (code >= 0x2e80 && code <= 0xa4cf) ||
    (code >= 0xac00 && code <= 0xd7a3) ||
    (code >= 0xf900 && code <= 0xfaff) ||
    (code >= 0xff00 && code <= 0xff60) ||
    (code >= 0x1f300 && code <= 0x1faff)
  return wide ? 2 : 1
}

const ESC = '\u001b'
/** A style (SGR), or a switch of character sets, which changes nothing that we draw. */
const SEQUENCE = new RegExp(`(${ESC}\\[[0-9;:]*m|${ESC}[()][0-9A-B]|\u000e|\u000f)`)
const STYLE = new RegExp(`^${ESC}\\[([0-9;:]*)m$`)

/** Parts a line, which begins in a style, into runs of one style; and the style that it ends in. */
function runsOf(line: string, begins: Style): { readonly runs: Run[]; readonly style: Style } {
  const runs: Run[] = []
  let [style, column] = [begins, 0]
  for (const part of line.split(SEQUENCE)) {
    const codes = STYLE.exec(part)?.[1]
    if (codes !== undefined) style = styled(style, codes.split(/[;:]/).map(Number))
    else if (part !== '' && !SEQUENCE.test(part)) {
      const cells = [...part].reduce((sum, each) => sum + cellsOf(each), 0)
      runs.push({ text: part, column, cells, style })
      column += cells
    }
  }
  return { runs, style }
}

/** Applies the codes of one SGR sequence (ECMA-48 §8.3.117). */
function styled(style: Style, codes: readonly number[]): Style {
  let next = style
  for (let at = 0; at < codes.length; at++) {
    const code = codes[at] as number
    if (code === 38 || code === 48) {
      const [colour, used] = extended(codes.slice(at + 1))
      at += used
      next = code === 38 ? { ...next, fore: colour } : { ...next, back: colour }
    } else next = simple(next, code)
  }
  return next
}

function simple(style: Style, code: number): Style {
  if (code === 0) return PLAIN
  if (code === 1) return { ...style, bold: true }
  if (code === 2) return { ...style, dim: true }
  if (code === 4) return { ...style, underline: true }
  if (code === 7) return { ...style, inverse: true }
  if (code === 22) return { ...style, bold: false, dim: false }
  if (code === 24) return { ...style, underline: false }
  if (code === 27) return { ...style, inverse: false }
  if (code >= 30 && code <= 37) return { ...style, fore: BASE[code - 30] }
  if (code >= 90 && code <= 97) return { ...style, fore: BASE[code - 82] }
  if (code >= 40 && code <= 47) return { ...style, back: BASE[code - 40] }
  if (code >= 100 && code <= 107) return { ...style, back: BASE[code - 92] }
  if (code === 39) return { ...style, fore: undefined }
  if (code === 49) return { ...style, back: undefined }
  return style
}

/** The colour after 38 or 48, and how many codes it took. */
function extended([kind, first = 0, second = 0, third = 0]: readonly number[]): [string, number] {
  if (kind === 2) return [`rgb(${first},${second},${third})`, 4]
  if (first < 16) return [BASE[first] as string, 2]
  if (first >= 232) return [`rgb(${Array(3).fill((first - 232) * 10 + 8)})`, 2]
  const level = (step: number) => (step === 0 ? 0 : step * 40 + 55)
  const cube = first - 16
  const parts = [Math.floor(cube / 36), Math.floor(cube / 6) % 6, cube % 6].map(level)
  return [`rgb(${parts})`, 2]
}

function drawRun({ cells, column, style, text }: Run, row: number): string[] {
  const [x, y] = [MARGIN + column * CELL.width, MARGIN + row * CELL.height]
  const width = (cells * CELL.width).toFixed(1)
  const fore = style.inverse ? (style.back ?? BACKGROUND) : (style.fore ?? FOREGROUND)
  const back = style.inverse ? (style.fore ?? FOREGROUND) : style.back
  const drawn: string[] = []
  if (back !== undefined) {
    const box = `x="${x.toFixed(1)}" y="${y}" width="${width}" height="${CELL.height}"`
    drawn.push(`<rect ${box} fill="${back}"/>`)
  }
  if (text.trim() === '') return drawn
  const extra = [
    ...(style.bold ? ['font-weight="bold"'] : []),
    ...(style.dim ? ['opacity="0.6"'] : []),
    ...(style.underline ? ['text-decoration="underline"'] : []),
  ]
  const place = `x="${x.toFixed(1)}" y="${(y + CELL.baseline).toFixed(1)}"`
  const size = `textLength="${width}" lengthAdjust="spacingAndGlyphs" fill="${fore}"`
  drawn.push(`<text ${[place, size, ...extra].join(' ')}>${escaped(text)}</text>`)
  return drawn
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
