/**
 * Plays attacks and writes what they cost into docs/SECURITY.md: `node
 * dist/test/adversary/write-table.js [SUBJECT...]`, all subjects when none is named.
 *
 * A subject is a file of this folder, SUBJECT.test.ts; its table stands between two comments. A new
 * subject is put where the alphabet has it.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DIST } from '../integration/programs.js'
import { FIGURES_VARIABLE, type Figures } from './harness.js'
import { RUNS } from './stage.js'

const DOCUMENT = join(DIST, '../docs/SECURITY.md')
const END = '<!-- /attacks -->'

/** Subjects that there are. */
function allSubjects(): string[] {
  const names = readdirSync(join(DIST, '../test/adversary'))
  return names.filter((name) => name.endsWith('.test.ts')).map((name) => name.slice(0, -8))
}

/** Plays a subject and gives its figures; undefined when a row failed. */
function play(subject: string): Figures[] | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'floodgate-figures-'))
  try {
    const path = join(folder, 'figures.jsonl')
    writeFileSync(path, '')
    const file = join(DIST, `test/adversary/${subject}.test.js`)
    const env = { ...process.env, [FIGURES_VARIABLE]: path }
    const args = ['--test', '--test-reporter=spec', file]
    const { status } = spawnSync(process.execPath, args, { env, stdio: 'inherit' })
    const lines = readFileSync(path, 'utf8').split('\n')
    return status === 0 ? lines.filter(Boolean).map((line) => JSON.parse(line)) : undefined
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** The table of a subject, between its comments. */
function tableOf(subject: string, rows: readonly Figures[]): string {
  const cell = (text: string): string => text.replaceAll('|', '\\|')
  const lines = rows.map(({ after, attack, off, on, outcome, source }) => {
    const lost = [off, on, after].map((each) => each.join(' / '))
    return `| ${[attack, source, outcome, ...lost].map(cell).join(' | ')} |`
  })
  return [
    `<!-- attacks ${subject}: written by test/adversary/write-table.ts -->`,
    `| attack | source | what happens | lost without the defence | before a verdict | after it |`,
    '| --- | --- | --- | --- | --- | --- |',
    ...lines,
    `<!-- /attacks ${subject} -->`,
  ].join('\n')
}

function replaced(text: string, subject: string, table: string): string {
  const [begin, end] = [text.indexOf(`<!-- attacks ${subject}:`), `<!-- /attacks ${subject} -->`]
  if (begin !== -1) {
    const until = text.indexOf(end, begin) + end.length
    return `${text.slice(0, begin)}${table}${text.slice(until)}`
  }
  const headings = [...text.matchAll(/^### ([\w-]+)$/gm)]
  const next = headings.find((heading) => (heading[1] as string) > subject)
  const at = next?.index ?? text.indexOf(END)
  return `${text.slice(0, at)}### ${subject}\n\n${table}\n\n${text.slice(at)}`
}

const named = process.argv.slice(2)
for (const subject of named.length > 0 ? named : allSubjects()) {
  const rows = play(subject)
  if (rows === undefined || rows.length === 0) {
    process.stderr.write(`${subject}: not all attacks failed; its table is left as it was\n`)
    process.exitCode = 1
    continue
  }
  const text = readFileSync(DOCUMENT, 'utf8')
  writeFileSync(DOCUMENT, replaced(text, subject, tableOf(subject, rows)))
}
process.stdout.write(`attacks with b = ${RUNS.join(' and b = ')}: ${DOCUMENT}\n`)
