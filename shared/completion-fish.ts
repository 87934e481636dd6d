/** The completion script for fish; pure. */
import {
  functionOf,
  type Kind,
  type OptionShape,
  OWN_KINDS,
  type VerbShape,
  verbShapes,
  type Words,
} from './completion.js'

/** A text between single quotes, as fish takes it. */
const quoted = (text: string): string => `'${text.replace(/[\\']/g, '\\$&')}'`

/** The arguments that `complete` offers for values of these kinds. */
function offerOf(own: string, kinds: readonly Kind[], choices: readonly string[] = []): string[] {
  if (choices.length > 0) return ['-a', quoted(choices.join(' '))]
  const asked = kinds.flatMap((kind) => {
    if (kind === 'folders') return ['(__fish_complete_directories)']
    return kind === 'files'
      ? ['(__fish_complete_path (commandline -ct))']
      : [`(_${own}_known ${kind})`]
  })
  return asked.length === 0 ? [] : ['-a', quoted(asked.join(' '))]
}

function optionLine(own: string, when: string, option: OptionShape): string {
  const { help, name, short, value } = option
  const given = value === undefined ? [] : ['-x', ...offerOf(own, value.kinds, value.choices)]
  const flags = short === undefined ? ['-l', name] : ['-s', short, '-l', name]
  return [when, ...flags, ...given, '-d', quoted(help)].join(' ')
}

function linesOf(own: string, program: string, verb: VerbShape): string[] {
  const base = `_${own}_verb ${verb.name}`
  const when = (more = ''): string => `complete -c ${program} -n ${quoted(base + more)}`
  const begun = `__fish_seen_subcommand_from ${verb.actions.join(' ')}`
  const actions = verb.actions.map((action) => `${when(`; and not ${begun}`)} -a ${action}`)
  const ways = verb.ways.flatMap(({ action, kinds }) => {
    const more = action === undefined ? '' : `; and __fish_seen_subcommand_from ${action}`
    const offer = offerOf(own, kinds)
    return offer.length === 0 ? [] : [`${when(more)} ${offer.join(' ')}`]
  })
  return [...actions, ...ways, ...verb.options.map((option) => optionLine(own, when(), option))]
}

/** The script, to be put into ~/.config/fish/completions or to be sourced. */
export function fishCompletion(words: Words): string {
  const { name } = words
  const [verbs, own] = [verbShapes(words), functionOf(words)]
  const help = [...verbs.map((verb) => verb.name)].join(' ')
  return `# fish completion for ${name}; in ~/.config/fish/config.fish:
# ${name} completion fish | source
function _${own}_verb
  set -l typed (commandline -opc)
  test (count $typed) -ge 2; and test $typed[2] = $argv[1]
end
function _${own}_known # one of: ${OWN_KINDS.join(', ')}
  set -l typed (commandline -opc)
  set -l home
  set -l at (contains -i -- --home $typed); and set home --home $typed[(math $at + 1)]
  $typed[1] completion $argv[1] $home 2>/dev/null
end
complete -c ${name} -f
complete -c ${name} -n __fish_use_subcommand -l version -d 'show the version'
complete -c ${name} -n __fish_use_subcommand -a help -d 'explain a verb'
complete -c ${name} -n '_${own}_verb help' -a ${quoted(help)}
${verbs
  .map(
    (verb) =>
      `complete -c ${name} -n __fish_use_subcommand -a ${verb.name} -d ${quoted(verb.summary)}`,
  )
  .join('\n')}
${verbs.flatMap((verb) => linesOf(own, name, verb)).join('\n')}`
}
