/**
 * Words and lines for a terminal: spans are cut to its width in cells first, coloured after; pure.
 *
 * A span names what it is (a role), never a colour; the palette says how each role looks. Nothing
 * leaves here with a control character in it: all text passes `visible` on its way.
 */
import { visible } from '../../shared/command.js'
import { cellsOf, cut, isPlain } from './cells.js'

/** What a piece of text is; how each looks is the palette's. */
export const ROLES = [
  'dim',
  'strong',
  'title',
  'good',
  'warn',
  'bad',
  'money',
  'accent',
  'key',
  'chosen',
  'marked',
  'match',
] as const
export type Role = (typeof ROLES)[number]

/** A piece of a line: text as it is, or with roles of which later ones lie over earlier ones. */
export type Span = string | readonly [text: string, ...roles: Role[]]
/** A line of the screen. */
export type Line = readonly Span[]

/** The parameters of the escape sequence (ECMA-48 SGR) for each role: `1;36`, or nothing. */
export type Palette = Readonly<Record<Role, string>>

/** One line, at most `columns` cells wide; a missing palette adds no colour. */
export function paint(spans: Line, columns: number, palette?: Palette): string {
  let line = ''
  let room = columns
  for (const span of spans) {
    const [text, ...roles] = typeof span === 'string' ? [span] : span
    const shown = cut(isPlain(text) ? text : visible(text), room)
    const cells = cellsOf(shown)
    room -= cells
    const codes = roles.map((role) => palette?.[role] ?? '').filter((code) => code !== '')
    const coloured = codes.length > 0 && shown !== ''
    line += coloured ? `\u001b[${codes.join(';')}m${shown}\u001b[0m` : shown
    // What follows a wide character that did not fit would stand in its place.
    if (shown.length < text.length && cellsOf(text) > cells) break
  }
  return line
}

/** Cells of a line before it is cut. */
export function lineCells(line: Line): number {
  return line.reduce((sum, span) => sum + cellsOf(typeof span === 'string' ? span : span[0]), 0)
}

/** The line with a role over all of it, filled to `columns`: a chosen or marked row. */
export function over(line: Line, role: Role, columns: number): Line {
  const spans = line.map((span): Span => {
    const [text, ...roles] = typeof span === 'string' ? [span] : span
    return [text, ...roles, role]
  })
  return [...spans, [' '.repeat(Math.max(0, columns - lineCells(line))), role]]
}

/** Lines of at most so many cells with the same spans, broken at spaces where there are some. */
export function wrapLine(line: Line, cells: number): Line[] {
  if (lineCells(line) <= cells) return [line]
  const lines: Span[][] = [[]]
  let room = cells
  for (const span of line) {
    const [text, ...roles] = typeof span === 'string' ? [span] : span
    for (const part of (text.match(/ +|[^ ]+/g) ?? []).flatMap((word) => pieces(word, cells))) {
      if (cellsOf(part) > room) {
        lines.push([])
        room = cells
      }
      if (room === cells && lines.length > 1 && part.startsWith(' ')) continue
      lines.at(-1)?.push([part, ...roles])
      room -= cellsOf(part)
    }
  }
  return lines
}

/** A word in pieces of at most so many cells. */
function pieces(word: string, cells: number): string[] {
  const parts: string[] = []
  let rest = word
  while (cellsOf(rest) > cells) {
    // One wide character may be more than there is room for.
    const part = cut(rest, cells) || String.fromCodePoint(rest.codePointAt(0) as number)
    parts.push(part)
    rest = rest.slice(part.length)
  }
  return [...parts, rest]
}

/** The line with another one put over it from a column on. */
export function splice(line: Line, column: number, over: Line): Line {
  const before = part(line, 0, column)
  const after = part(line, column + lineCells(over), Number.MAX_SAFE_INTEGER)
  return [...before, ' '.repeat(Math.max(0, column - lineCells(before))), ...over, ...after]
}

/** The cells `from` up to `to` of a line. */
function part(line: Line, from: number, to: number): Span[] {
  let at = 0
  return line.map((span): Span => {
    const [text, ...roles] = typeof span === 'string' ? [span] : span
    let kept = ''
    for (const character of text) {
      const end = at + cellsOf(character)
      // Of a wide character that is cut in two a blank is left.
      const whole = at >= from && end <= to
      kept += whole ? character : ' '.repeat(Math.max(0, Math.min(end, to) - Math.max(at, from)))
      at = end
    }
    return [kept, ...roles]
  })
}

/** A bar of `width` cells, `share` (0 to 1) of them full. */
export function bar(share: number, width: number): [full: string, empty: string] {
  const full = Math.round(Math.max(0, Math.min(1, share)) * width)
  return ['█'.repeat(full), '░'.repeat(width - full)]
}
