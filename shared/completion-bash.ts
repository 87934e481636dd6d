/** The completion script for bash; pure. */
import {
  flagsOf,
  functionOf,
  OWN_KINDS,
  quoted,
  type VerbShape,
  verbShapes,
  type Words,
} from './completion.js'

/** `--out:folders --port: --hash-lists:=buyer=tracker`: options that take a value, and which. */
function valuesOf({ options }: VerbShape): string {
  return options
    .flatMap((option) => {
      const { value } = option
      if (value === undefined) return []
      const fixed = value.choices.map((choice) => `=${choice}`).join('')
      return flagsOf(option).map((flag) => `${flag}:${fixed || value.kinds.join('+')}`)
    })
    .join(' ')
}

function caseOf(verb: VerbShape): string {
  const ways = verb.ways.map(({ action = '', kinds }) => `${action}:${kinds.join('+')}`)
  const rows = {
    options: verb.options.flatMap(flagsOf).join(' '),
    values: ` ${valuesOf(verb)} `,
    actions: verb.actions.join(' '),
    ways: ` ${ways.join(' ')} `,
  }
  const lines = Object.entries(rows).map(([name, text]) => `      ${name}=${quoted(text)}`)
  return [`    ${verb.name})`, ...lines, '      ;;'].join('\n')
}

/** Offers what a value can be: files, folders, fixed words, or what the program itself knows. */
const offerFunction = (own: string): string => `${own}_offer() {
  local kind home=()
  [[ -n $3 ]] && home=(--home "$3")
  if [[ $1 == =* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "\${1//=/ }" -- "$2")
    return
  fi
  for kind in \${1//+/ }; do
    case $kind in
      files) compopt -o filenames 2>/dev/null
        mapfile -t -O \${#COMPREPLY[@]} COMPREPLY < <(compgen -f -- "$2") ;;
      folders) compopt -o filenames 2>/dev/null
        mapfile -t -O \${#COMPREPLY[@]} COMPREPLY < <(compgen -d -- "$2") ;;
      ${OWN_KINDS.join('|')})
        kind=$("\${COMP_WORDS[0]}" completion "$kind" "\${home[@]}" 2>/dev/null | cut -f1)
        mapfile -t -O \${#COMPREPLY[@]} COMPREPLY < <(compgen -W "$kind" -- "$2") ;;
    esac
  done
}`

/** Reads what was typed so far: how many arguments, the first of them, and the home. */
const READ_WORDS = `  # bash takes --name=value for three words.
  if [[ $cur == = ]]; then cur=''
  elif [[ $prev == = ]]; then prev=\${COMP_WORDS[COMP_CWORD - 2]}; fi
  for ((at = 2; at < COMP_CWORD; at++)); do
    word=\${COMP_WORDS[at]}
    if [[ $word == -* && $values == *" $word:"* ]]; then
      at=$((at + 1))
      [[ \${COMP_WORDS[at]} == = ]] && at=$((at + 1))
      [[ $word == --home ]] && home=\${COMP_WORDS[at]}
    elif [[ $word != -* ]]; then
      ((place++)) || action=$word
    fi
  done`

/** The script: verbs, options and fixed words stand in it, so that a tab costs nothing. */
export function bashCompletion(words: Words): string {
  const [verbs, own] = [verbShapes(words), functionOf(words)]
  const names = [...verbs.map(({ name }) => name), 'help', '--help', '--version'].join(' ')
  return `# bash completion for ${words.name}; in ~/.bashrc: source <(${words.name} completion bash)
${offerFunction(own)}
${own}() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD - 1]}
  local options='' values='' actions='' ways='' home='' action='' place=0 at word
  COMPREPLY=()
  if ((COMP_CWORD == 1)) || [[ \${COMP_WORDS[1]} == help ]]; then
    mapfile -t COMPREPLY < <(compgen -W ${quoted(names)} -- "$cur")
    return
  fi
  case \${COMP_WORDS[1]} in
${verbs.map(caseOf).join('\n')}
    *) return ;;
  esac
${READ_WORDS}
  if [[ $prev == -* && $values =~ \\ $prev:([^\\ ]*) ]]; then
    ${own}_offer "\${BASH_REMATCH[1]}" "$cur" "$home"
  elif [[ $cur == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$options" -- "$cur")
  elif ((place == 0)) && [[ -n $actions ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$actions" -- "$cur")
  elif [[ (-n $actions && $ways =~ \\ $action:([^\\ ]*)) || $ways =~ \\ :([^\\ ]*) ]]; then
    ${own}_offer "\${BASH_REMATCH[1]:-\${BASH_REMATCH[2]}}" "$cur" "$home"
  fi
}
complete -F ${own} ${words.name}`
}
