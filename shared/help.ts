/** Help texts of a program and its verbs, and what a mistyped word may have meant; pure. */
import type { Options, Program, Verb } from './command.js'

/** The help text of a program, or of one verb with the options that every verb has. */
export function formatHelp<C>(program: Program<C>, common: Options, verb?: Verb<C>): string {
  if (verb === undefined) {
    const width = Math.max(...program.verbs.map((each) => each.name.length))
    const verbs = program.verbs.map((each) => `  ${each.name.padEnd(width)}  ${each.summary}`)
    const usage = [
      `usage: ${program.name} VERB ...`,
      `       ${program.name} help VERB`,
      ...(program.version === undefined ? [] : [`       ${program.name} --version`]),
    ]
    return [program.summary, '', ...usage, '', ...verbs].join('\n')
  }
  const all = { ...verb.options, ...program.options, ...common }
  const rows = Object.entries(all).map(([name, option]) => {
    const short = option.short === undefined ? '' : `-${option.short}, `
    const value = option.type === 'string' ? ` ${option.value ?? 'TEXT'}` : ''
    return [`${short}--${name}${value}`, option.help] as const
  })
  const width = Math.max(...rows.map(([left]) => left.length))
  const options = rows.map(([left, help]) => `  ${left.padEnd(width)}  ${help}`)
  const usage = `usage: ${program.name} ${verb.name} ${verb.usage}`.trimEnd()
  const examples = (verb.examples ?? []).map((each) => `  ${program.name} ${verb.name} ${each}`)
  const shown = examples.length === 0 ? [] : ['', 'examples:', ...examples.map((e) => e.trimEnd())]
  return [verb.summary, '', usage, '', ...options, ...shown].join('\n')
}

/** The known word that a mistyped one is nearest to; undefined when none is near. */
export function closest(word: string, known: readonly string[]): string | undefined {
  const near = word.length < 5 ? 1 : 2
  const ranked = known
    .map((candidate) => ({ candidate, distance: distanceOf(word, candidate) }))
    .filter(({ candidate, distance }) => distance <= near || begins(candidate, word))
    .sort((one, other) => one.distance - other.distance)
  return ranked[0]?.candidate
}

/** Whether a word was cut short rather than mistyped. */
function begins(candidate: string, word: string): boolean {
  return word.length >= 2 && candidate.startsWith(word)
}

/** Letters to insert, leave out, replace or swap with their neighbour (Damerau-Levenshtein). */
function distanceOf(one: string, other: string): number {
  let before: number[] = []
  let last = Array.from({ length: other.length + 1 }, (_, column) => column)
  for (let row = 1; row <= one.length; row++) {
    const next = [row]
    for (let column = 1; column <= other.length; column++) {
      const same = one[row - 1] === other[column - 1]
      const replaced = (last[column - 1] as number) + (same ? 0 : 1)
      const shifted = Math.min(last[column] as number, next[column - 1] as number) + 1
      const swaps = one[row - 2] === other[column - 1] && one[row - 1] === other[column - 2]
      const swapped = swaps && row > 1 && column > 1 ? (before[column - 2] as number) + 1 : shifted
      next.push(Math.min(replaced, shifted, swapped))
    }
    before = last
    last = next
  }
  return last[other.length] as number
}
