/** Verbs as completion knows them, made from the tables that their help is made from; pure. */
import { COMMON_OPTIONS, type Options, type Verb } from '../../shared/command.js'
import type { VerbWords } from './completion.js'

/** What can be typed behind `:` of these verbs. */
export function vocabularyOf(verbs: readonly Verb<never>[]): VerbWords[] {
  return verbs.map(({ name, options, summary, usage }) => ({
    name,
    summary,
    ways: waysOf(usage),
    options: optionsOf({ ...options, json: COMMON_OPTIONS.json as Options[string] }),
  }))
}

function optionsOf(options: Options): VerbWords['options'] {
  return Object.entries(options).map(([name, { help, type }]) => {
    return { name, takesValue: type === 'string', help }
  })
}

/** The first words of a usage that are meant as they stand: `list | lift UID` has two. */
function waysOf(usage: string): string[] {
  const words = usage.split(/ \| (?![^[]*\])/).map((way) => /^[a-z][a-z-]*(?= |$)/.exec(way)?.[0])
  return words.filter((word) => word !== undefined)
}
