/**
 * Text in cells of a terminal: how wide it is, cut and filled to a width; pure.
 *
 * Widths go by code point, as terminals count them: two cells for what East Asian Width calls wide
 * or full, none for marks and format characters (UAX 11), one for the rest. Control characters
 * count as the symbols that `visible` shows.
 */
import { eastAsianWidth } from 'get-east-asian-width'

const PLAIN = /^[\u0020-\u007e]*$/
const ZERO = /^[\p{Mn}\p{Me}\p{Cf}\u1160-\u11ff]$/u
/** What `visible` shows as one symbol though Unicode calls it a format character. */
const SHOWN = /^\p{Bidi_Control}$/u
/** Marks that one cell carries; more would only climb over the lines above. */
const MARKS_MAX_COUNT = 4

/** Widths of the code points that were seen, one more each; 0 where none was. */
const SEEN = new Uint8Array(0x20000)

/** Whether a text is of printable ASCII alone: a cell for each character, nothing to replace. */
export function isPlain(text: string): boolean {
  return PLAIN.test(text)
}

/** Cells of one code point. */
function widthOf(character: string): number {
  const code = character.codePointAt(0) as number
  const seen = SEEN[code] ?? 0
  if (seen > 0) return seen - 1
  const width = measure(character, code)
  if (code < SEEN.length) SEEN[code] = width + 1
  return width
}

function measure(character: string, code: number): number {
  if (code < 0x300) return 1
  if (ZERO.test(character)) return SHOWN.test(character) ? 1 : 0
  return eastAsianWidth(code)
}

/** Cells that a text takes. */
export function cellsOf(text: string): number {
  if (PLAIN.test(text)) return text.length
  let cells = 0
  for (const character of text) cells += widthOf(character)
  return cells
}

/** The beginning of a text that fits into so many cells, with at most four marks to a cell. */
export function cut(text: string, cells: number): string {
  if (PLAIN.test(text)) return text.length <= cells ? text : text.slice(0, Math.max(0, cells))
  let [shown, room, marks] = ['', cells, 0]
  for (const character of text) {
    const width = widthOf(character)
    if (width > room) break
    marks = width === 0 ? marks + 1 : 0
    if (marks > MARKS_MAX_COUNT) continue
    shown += character
    room -= width
  }
  return shown
}

/** The same, with `…` in the last cell where something was cut off. */
export function clip(text: string, cells: number): string {
  if (PLAIN.test(text) && text.length <= cells) return text
  const whole = cut(text, cells)
  if (cellsOf(whole) === cellsOf(text)) return whole
  return cells <= 0 ? '' : `${cut(text, cells - 1)}…`
}

/** Text at the left of exactly so many cells. */
export function left(text: string, cells: number): string {
  const shown = clip(text, cells)
  return shown + ' '.repeat(Math.max(0, cells - cellsOf(shown)))
}

/** Text at the right of exactly so many cells. */
export function right(text: string, cells: number): string {
  const shown = clip(text, cells)
  return ' '.repeat(Math.max(0, cells - cellsOf(shown))) + shown
}

/** Lines of at most so many cells, broken at spaces where there are some. */
export function wrapCells(text: string, cells: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`
    if (cellsOf(longer) <= cells) {
      line = longer
      continue
    }
    if (line !== '') lines.push(line)
    line = word
    while (cellsOf(line) > cells && cells > 1) {
      const part = cut(line, cells)
      lines.push(part)
      line = line.slice(part.length)
    }
  }
  return [...lines, line]
}
