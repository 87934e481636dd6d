/** Help texts of a program and its verbs; pure. */
import type { Options, Verb } from './command.js'
import type { Program } from './program.js'
import { wayTexts } from './usage.js'

/** Columns of a terminal that nobody made wider: help keeps within them between its words. */
const COLUMNS = 80

/** The help text of a program: what it is, and a line for each of its verbs. */
export function formatOverview<C>(program: Program<C>, verbs: readonly Verb<C>[]): string {
  const usage = [
    `usage: ${program.name} VERB ...`,
    `       ${program.name} help VERB`,
    ...(program.version === undefined ? [] : [`       ${program.name} --version`]),
  ]
  const rows = twoColumns(verbs.map(({ name, summary }) => [name, summary]))
  return [program.summary, '', ...usage, '', ...rows].join('\n')
}

/** The help text of one verb, with the options that every verb has. */
export function formatHelp<C>(program: Program<C>, common: Options, verb: Verb<C>): string {
  const all = { ...verb.options, ...program.options, ...common }
  const options = twoColumns(
    Object.entries(all).map(([name, option]) => {
      const short = option.short === undefined ? '' : `-${option.short}, `
      const value = option.type === 'string' ? ` ${option.value ?? 'TEXT'}` : ''
      return [`${short}--${name}${value}`, option.help]
    }),
  )
  const examples = (verb.examples ?? []).map((each) => `  ${program.name} ${verb.name} ${each}`)
  const shown = examples.length === 0 ? [] : ['', 'examples:', ...examples.map((e) => e.trimEnd())]
  const usage = usageLines(`${program.name} ${verb.name}`, verb.usage)
  return [...wrap(verb.summary, COLUMNS), '', ...usage, '', ...options, ...shown].join('\n')
}

/** One line for each way to call a verb. */
function usageLines(name: string, usage: string): string[] {
  const lines = wayTexts(usage).flatMap((way) => {
    const [first = '', ...more] = wrap(way, COLUMNS - 'usage: '.length - name.length - 1)
    return [
      `${name} ${first}`.trimEnd(),
      ...more.map((line) => `${' '.repeat(name.length)} ${line}`),
    ]
  })
  return lines.map((line, at) => `${at === 0 ? 'usage: ' : '       '}${line}`)
}

/** Rows of a word and what it means, the meanings below each other. */
function twoColumns(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length))
  return rows.flatMap(([left, right]) =>
    wrap(right, COLUMNS - width - 4).map(
      (line, at) => `  ${(at === 0 ? left : '').padEnd(width)}  ${line}`,
    ),
  )
}

/** Breaks a text at its spaces, outside of brackets, into lines of at most so many columns. */
function wrap(text: string, columns: number): string[] {
  const lines: string[] = []
  for (const word of text.match(/\[[^\]]*\]\S*|\S+/g) ?? []) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + 1 + word.length <= columns) {
      lines[lines.length - 1] = `${last} ${word}`
    } else lines.push(word)
  }
  return lines.length === 0 ? [''] : lines
}
