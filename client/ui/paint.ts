/** Words and lines for a terminal: spans are cut to its width first, coloured after; pure. */

/** How a span looks; without colour all look alike. */
export type Style = 'plain' | 'dim' | 'bold' | 'green' | 'cyan' | 'yellow'

/** A piece of a line: text in the plain style, or text with a style. */
export type Span = string | readonly [text: string, style: Style]

const CODES: Readonly<Record<Style, string>> = {
  plain: '',
  dim: '2',
  bold: '1',
  green: '32',
  cyan: '36',
  yellow: '33',
}

/** One line, at most `columns` wide, with ANSI colours when `colour` is set. */
export function paint(spans: readonly Span[], columns: number, colour: boolean): string {
  let line = ''
  let room = columns
  for (const span of spans) {
    const [text, style] = typeof span === 'string' ? [span, 'plain' as const] : span
    const shown = [...text].slice(0, room).join('')
    room -= [...shown].length
    const code = CODES[style]
    line += colour && code !== '' && shown !== '' ? `\u001b[${code}m${shown}\u001b[0m` : shown
  }
  return line
}

/** A bar of `width` cells, `share` (0 to 1) of them full. */
export function bar(share: number, width: number): [full: string, empty: string] {
  const full = Math.round(Math.max(0, Math.min(1, share)) * width)
  return ['█'.repeat(full), '░'.repeat(width - full)]
}
