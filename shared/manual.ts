/** The manual page of a program, from the same tables as its help text; pure. */
import { COMMON_OPTIONS, type Options, type Verb } from './command.js'
import { flagsOf, shapesOf } from './completion.js'
import { EXIT_STATUS, type Program } from './program.js'
import { wayTexts } from './usage.js'

/** A text as roff shows it: no sign is a command, a hyphen stays what it is. */
function plain(text: string): string {
  const shown = text.replaceAll('\\', '\\e').replaceAll('-', '\\-')
  return shown.replace(/^([.'])/, '\\&$1')
}

/** A paragraph with a tag, as options and files have. */
function tagged(tag: string, text: string): string[] {
  return ['.TP', tag, plain(text)]
}

function optionLines(options: Options): string[] {
  return shapesOf(options).flatMap((option) => {
    const flags = flagsOf(option).map((flag) => `\\fB${plain(flag)}\\fR`)
    const value = option.value === undefined ? '' : ` \\fI${plain(option.value.called)}\\fR`
    return tagged(`${flags.join(', ')}${value}`, option.help)
  })
}

function verbLines(program: string, verb: Verb<never>): string[] {
  const calls = wayTexts(verb.usage).flatMap((way, at) => [
    ...(at === 0 ? [] : ['.br']),
    `\\fB${plain(`${program} ${verb.name}`)}\\fR ${plain(way)}`.trimEnd(),
  ])
  const examples = (verb.examples ?? []).flatMap((each) => [
    plain(`  ${program} ${verb.name} ${each}`.trimEnd()),
  ])
  return [
    `.SS ${plain(verb.name)}`,
    ...calls,
    '.PP',
    plain(verb.summary),
    ...optionLines(verb.options),
    ...(examples.length === 0 ? [] : ['.PP', 'Examples:', '.PP', '.nf', ...examples, '.fi']),
  ]
}

/** The page in roff with the macros of man(7), for section 1. */
export function manualPage<C>(program: Program<C>, verbs: readonly Verb<never>[]): string {
  const { manual, name, options = {}, summary, version = '' } = program
  const { environment = {}, files = {} } = manual ?? {}
  const title = name.toUpperCase()
  const lines = [
    `.TH ${plain(title)} 1 "" "${plain(`${name} ${version}`.trim())}" "User Commands"`,
    '.SH NAME',
    `${plain(name)} \\- ${plain(summary.replace(/\.$/, ''))}`,
    '.SH SYNOPSIS',
    `\\fB${plain(name)}\\fR \\fIVERB\\fR ...`,
    '.br',
    `\\fB${plain(name)}\\fR help \\fIVERB\\fR`,
    '.SH VERBS',
    ...verbs.flatMap((verb) => verbLines(name, verb)),
    '.SH OPTIONS OF EVERY VERB',
    ...optionLines({ ...options, ...COMMON_OPTIONS }),
    '.SH EXIT STATUS',
    ...Object.values(EXIT_STATUS).flatMap(({ means, status }) => tagged(String(status), means)),
    '.SH ENVIRONMENT',
    ...Object.entries(environment).flatMap(([variable, text]) =>
      tagged(`\\fB${plain(variable)}\\fR`, text),
    ),
    '.SH FILES',
    ...Object.entries(files).flatMap(([path, text]) => tagged(`\\fI${plain(path)}\\fR`, text)),
  ]
  return lines.join('\n')
}
