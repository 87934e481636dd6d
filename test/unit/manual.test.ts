/** What shells and man are told of the verbs, of both programs and of usages made for it. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { program as floodgate } from '../../client/program.js'
import type { Verb } from '../../shared/command.js'
import { verbShapes } from '../../shared/completion.js'
import { bashCompletion } from '../../shared/completion-bash.js'
import { fishCompletion } from '../../shared/completion-fish.js'
import { zshCompletion } from '../../shared/completion-zsh.js'
import { manualPage } from '../../shared/manual.js'
import { loadVerbs, type Program } from '../../shared/program.js'
import { program as tracker } from '../../tracker/program.js'

const OPTIONS: Verb<never>['options'] = {
  all: { type: 'boolean', help: "what isn't done too" },
  with: { type: 'string', value: 'WHAT', choices: ['one', 'two'], help: 'a: b [c]' },
  refund: { type: 'boolean', help: 'gives back' },
}

function verb(usage: string): Verb<never> {
  const run = () => assert.fail('not run')
  return { name: 'paint', summary: "what it's for", usage, options: OPTIONS, run }
}

function waysOf(usage: string) {
  const [shape] = verbShapes({ name: 'house', verbs: [verb(usage)], options: {} })
  return shape?.ways.map(({ action = '', kinds }) => [action, ...kinds])
}

test('a usage says what may follow the verb', () => {
  const cases: readonly (readonly [string, unknown])[] = [
    ['TORRENT-or-CID... --with WHAT [--all] [options]', [['', 'files', 'contents']]],
    ['[list] | show NUMBER [--with WHAT] | replay FILE', [['list'], ['show'], ['replay', 'files']]],
    ['[list] [--with WHAT] | end NUMBER', [['list'], ['end']]],
    ['list [--all] | decide ID --refund|--reject --with WHAT', [['list'], ['decide']]],
    [
      'file BUYER-or-FILE | write BUYER',
      [
        ['file', 'members', 'files'],
        ['write', 'members'],
      ],
    ],
    ['PATH... [--all]; PATH is a torrent file or a folder of them', [['', 'files']]],
    ['[TEXT]', [['']]],
    ['', [['']]],
  ]
  for (const [usage, expected] of cases) assert.deepEqual(waysOf(usage), expected, usage)
})

const SHELLS = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion }

for (const [shell, script] of Object.entries(SHELLS)) {
  const missing = spawnSync(shell, ['-c', 'true']).error === undefined ? false : `no ${shell} here`
  test(`${shell} takes the script, whatever a help text says`, { skip: missing }, (t) => {
    const verbs = [verb('[list] | file UID-or-FILE | decide CID')]
    const folder = mkdtempSync(join(tmpdir(), 'floodgate-shells-'))
    t.after(() => rmSync(folder, { recursive: true, force: true }))
    const path = join(folder, 'script')
    writeFileSync(path, script({ name: 'the-house', verbs, options: {} }))
    const { status, stderr } = spawnSync(shell, ['-n', path], { encoding: 'utf8' })
    assert.deepEqual([status, stderr], [0, ''])
  })
}

/** The page as man shows it, and what it complains of. */
function shown(page: string) {
  const options = {
    input: page,
    encoding: 'utf8',
    env: { ...process.env, MANWIDTH: '80' },
  } as const
  const { stderr, stdout } = spawnSync('man', ['--warnings', '-E', 'UTF-8', '-l', '-'], options)
  return { text: stdout, complaints: stderr }
}

const noMan = spawnSync('man', ['--version']).error === undefined ? false : 'no man here'
const noLint = spawnSync('mandoc', ['-h']).error === undefined ? false : 'no mandoc here'

async function pageOf(program: Program<never>): Promise<string> {
  return manualPage(program, await loadVerbs(program))
}

for (const program of [floodgate, tracker] as Program<never>[]) {
  test(`man shows the page of ${program.name} with every verb`, { skip: noMan }, async () => {
    const { complaints, text } = shown(await pageOf(program))
    assert.equal(complaints, '')
    for (const { name, options } of await loadVerbs(program)) {
      assert.match(text, new RegExp(`^   ${name}$`, 'm'))
      for (const option of Object.keys(options)) assert.ok(text.includes(`--${option}`), option)
    }
    for (const title of ['EXIT STATUS', 'ENVIRONMENT', 'FILES']) assert.ok(text.includes(title))
  })
  test(`mandoc finds no fault with the page of ${program.name}`, { skip: noLint }, async () => {
    const input = await pageOf(program)
    const { stdout } = spawnSync('mandoc', ['-Tlint', '-Wwarning'], { input, encoding: 'utf8' })
    // The page has a version for a date: the same sources make the same page every day.
    const faults = stdout.split('\n').filter((line) => !/^$|missing date/.test(line))
    assert.deepEqual(faults, [])
  })
}

test('no text of a verb is a command of roff', { skip: noMan }, () => {
  const odd = { ...verb('.SH'), summary: ".so /etc/passwd \\n(.H 'x", examples: ["'br -- '\\n'"] }
  const house = { name: 'house', summary: "'A house.", verbs: {} }
  const { complaints, text } = shown(manualPage(house, [odd]))
  assert.equal(complaints, '')
  assert.ok(text.includes(".so /etc/passwd \\n(.H 'x"))
  assert.ok(text.includes("house paint 'br -- '\\n'"))
})
