/** The verbs that a program has about itself: completions for shells, and its manual page. */
import { fail, type Verb, visible } from './command.js'
import { OWN_KINDS, type Words } from './completion.js'
import { bashCompletion } from './completion-bash.js'
import { fishCompletion } from './completion-fish.js'
import { zshCompletion } from './completion-zsh.js'
import { manualPage } from './manual.js'
import { loadVerbs, type Program } from './program.js'

const SHELLS: Readonly<Record<string, (words: Words) => string>> = {
  bash: bashCompletion,
  zsh: zshCompletion,
  fish: fishCompletion,
}

/** `completion`: a script for a shell, and the words that such a script asks for. */
export function completionVerb<C>(program: Program<C>): Verb<C> {
  const names = [...Object.keys(SHELLS), ...OWN_KINDS]
  return {
    name: 'completion',
    summary: 'print a script that completes verbs, options, contents and files in a shell',
    usage: `${names.join(' | ')}; the last two are for the scripts`,
    options: {},
    examples: ['bash', 'zsh', 'fish', 'contents'],
    run: async ({ positionals, report, values }, context) => {
      const [what = ''] = positionals
      const script = Object.hasOwn(SHELLS, what) ? SHELLS[what] : undefined
      if (script !== undefined) {
        const { name, options = {} } = program
        const text = script({ name, verbs: await loadVerbs(program), options })
        report.event({ event: 'script', shell: what, text }, text)
        return {}
      }
      const kind = OWN_KINDS.find((each) => each === what)
      if (kind === undefined) fail('usage', `completion takes one of: ${names.join(', ')}`)
      const candidates = (await program.known?.(kind, values, context)) ?? []
      for (const { help, word } of candidates) {
        report.event({ event: 'candidate', kind, word, help }, `${word}\t${visible(help)}`)
      }
      return { candidates: candidates.length }
    },
  }
}

/** `man`: the manual page of the program, from the same tables as its help. */
export function manVerb<C>(program: Program<C>): Verb<C> {
  return {
    name: 'man',
    summary: 'print the manual page, for man to show',
    usage: '',
    options: {},
    examples: ['| man -l -', `> ~/.local/share/man/man1/${program.name}.1`],
    run: async ({ report }) => {
      const text = manualPage(program, await loadVerbs(program))
      report.event({ event: 'page', text }, text)
      return {}
    },
  }
}
