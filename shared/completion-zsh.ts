/** The completion script for zsh; pure. */
import {
  flagsOf,
  functionOf,
  type Kind,
  type OptionShape,
  OWN_KINDS,
  quoted,
  type VerbShape,
  verbShapes,
  type Words,
} from './completion.js'

/** The call that offers values of these kinds. */
function offerOf(own: string, kinds: readonly Kind[]): string {
  const [only] = kinds
  if (only === undefined) return ' '
  if (kinds.length > 1) return `${own}_${kinds.join('_or_')}`
  if (only === 'files') return '_files'
  return only === 'folders' ? '_files -/' : `${own}_${only}`
}

/** A function for each mixture of kinds, as _arguments takes one call. */
function mixtures(own: string, verbs: readonly VerbShape[]): string[] {
  const kinds = verbs.flatMap(({ options, ways }) => [
    ...ways.map((way) => way.kinds),
    ...options.map(({ value }) => value?.kinds ?? []),
  ])
  const mixed = new Map(kinds.map((each) => [offerOf(own, each), each]))
  return [...mixed].flatMap(([call, each]) => {
    if (each.length < 2) return []
    const offers = each.map((kind) => quoted(`${kind}:${kind}:${offerOf(own, [kind])}`))
    return [`${call}() { _alternative ${offers.join(' ')} }`]
  })
}

/** Functions that ask the program for what it knows itself. */
function askers(own: string): string[] {
  return OWN_KINDS.map(
    (kind) => `${own}_${kind}() {
  local -a found home
  local at=\${line_words[(I)--home]}
  (( at )) && home=(--home $line_words[at+1])
  found=(\${(f)"$($line_words[1] completion ${kind} $home 2>/dev/null |
    sed 's/:/\\\\:/g; s/\\t/:/')"})
  _describe ${kind} found
}`,
  )
}

/** A text inside the specification of an option. */
const plain = (text: string): string => text.replace(/[\\[\]:]/g, '\\$&')

function optionSpecs(own: string, option: OptionShape): string[] {
  const { help, multiple, value } = option
  const flags = flagsOf(option)
  const lead = multiple ? '*' : flags.length > 1 ? `(${flags.join(' ')})` : ''
  const fixed = value && value.choices.length > 0 ? `(${value.choices.join(' ')})` : undefined
  const taken = value && `:${plain(value.called)}:${fixed ?? offerOf(own, value.kinds)}`
  return flags.map((flag) => {
    const equals = value !== undefined && flag.startsWith('--') ? '=' : ''
    return quoted(`${lead}${flag}${equals}[${plain(help)}]${taken ?? ''}`)
  })
}

function caseOf(own: string, verb: VerbShape): string {
  const specs = verb.options.flatMap((option) => optionSpecs(own, option))
  const [way] = verb.ways
  const simple = verb.actions.length === 0
  const places = simple
    ? [quoted(`*:argument:${offerOf(own, way?.kinds ?? [])}`)]
    : [quoted(`1:action:(${verb.actions.join(' ')})`), quoted('*:argument:->rest')]
  const rest = verb.ways.flatMap(({ action, kinds }) =>
    simple || kinds.length === 0 ? [] : [`        rest-${action}) ${offerOf(own, kinds)} ;;`],
  )
  const more = rest.length === 0 ? [] : ['      case $state-$line[1] in', ...rest, '      esac']
  const call = ['      _arguments -C', ...specs, ...places].join(' \\\n        ')
  return [`    ${verb.name})`, call, ...more, '      ;;'].join('\n')
}

/** The script, to be put into a folder of $fpath or to be sourced. */
export function zshCompletion(words: Words): string {
  const [verbs, own] = [verbShapes(words), functionOf(words)]
  const described = verbs.map(({ name, summary }) =>
    quoted(`${name}:${summary.replaceAll(':', '\\:')}`),
  )
  return `#compdef ${words.name}
# zsh completion for ${words.name}; in ~/.zshrc: source <(${words.name} completion zsh)
${[...askers(own), ...mixtures(own, verbs)].join('\n')}
${own}() {
  local state
  local -a line verbs line_words=($words)
  verbs=(
    ${[...described, quoted('help:explain a verb')].join('\n    ')}
  )
  if (( CURRENT == 2 )) || [[ $words[2] == help ]]; then
    _describe verb verbs
    return
  fi
  shift words
  (( CURRENT-- ))
  case $words[1] in
${verbs.map((verb) => caseOf(own, verb)).join('\n')}
  esac
}
if [[ $funcstack[1] == ${own} ]]; then ${own} "$@"; else compdef ${own} ${words.name}; fi`
}
