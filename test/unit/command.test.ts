/**
 * The command line that both programs share: parsing, help, events, exit codes, text made visible.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  fail,
  type Input,
  numberOption,
  type Option,
  parseDuration,
  type Verb,
  visible,
} from '../../shared/command.js'
import { must, refuse, refused } from '../../shared/errors.js'
import { type Program, parseVerb, runProgram } from '../../shared/program.js'

const colour: Option = { type: 'string', value: 'NAME', help: 'which one' }
function verb(run: Verb<string>['run']): Verb<string> {
  return { name: 'paint', summary: 'paints', usage: 'WALL [SIDE]', options: { colour }, run }
}

async function runWith(run: Verb<string>['run'], ...argv: readonly string[]) {
  const program: Program<string> = {
    name: 'house',
    version: '1.2',
    summary: 'A house.',
    verbs: { paint: async () => verb(run) },
  }
  const out: string[] = []
  const err: string[] = []
  const streams = { out: (line: string) => out.push(line), err: (line: string) => err.push(line) }
  const code = await runProgram(program, argv, () => 'context', streams)
  return { code, out, err }
}

test('a verb gets values, positionals and context; its result ends the JSON lines', async () => {
  let seen: Input | undefined
  const run: Verb<string>['run'] = async (input, context) => {
    seen = input
    input.report.event({ event: 'stroke', at: 5n }, 'a stroke')
    input.report.line('for people')
    return { context }
  }
  const json = await runWith(run, 'paint', 'north', '--colour', 'red', '--json')
  assert.deepEqual(seen?.positionals, ['north'])
  assert.equal(seen?.values.colour, 'red')
  assert.deepEqual(json.out, [
    '{"event":"stroke","at":"5"}',
    '{"event":"done","context":"context"}',
  ])
  const plain = await runWith(run, 'paint', 'north')
  assert.deepEqual(plain.out, ['a stroke', 'for people'])
  assert.deepEqual([json.code, plain.code], [0, 0])
})

test('help needs no arguments and runs nothing', async () => {
  const run: Verb<string>['run'] = () => assert.fail('not run')
  for (const argv of [
    ['help'],
    ['--help'],
    ['help', 'paint'],
    ['paint', '--help'],
    ['paint', '-h'],
  ]) {
    const { code, out, err } = await runWith(run, ...argv)
    assert.equal(code, 0)
    assert.match(out[0] ?? '', /usage: house/)
    assert.deepEqual(err, [])
  }
})

test('help keeps within 80 columns and gives each way to call a verb a line', async () => {
  const run: Verb<string>['run'] = () => assert.fail('not run')
  const usage = 'list [--all | --new] | show ROOM [options]; a ROOM is a number'
  const help = 'what is said of it where there is more to be said than one line of a terminal holds'
  const options: Verb<string>['options'] = { why: { type: 'string', help } }
  const program = {
    name: 'house',
    summary: 'A house.',
    verbs: { paint: async () => ({ ...verb(run), usage, options }) },
  }
  const parsed = must(await parseVerb(program, ['help', 'paint']))
  assert.ok('text' in parsed)
  const lines = parsed.text.split('\n')
  for (const line of lines) assert.ok(line.length <= 80, line)
  const at = lines.indexOf('usage: house paint list [--all | --new]')
  assert.equal(lines[at + 1], '       house paint show ROOM [options]; a ROOM is a number')
  const why = lines.findIndex((line) => line.startsWith('  --why TEXT'))
  assert.match(`${lines[why]} ${lines[why + 1]?.trim()}`, new RegExp(`${help}$`))
})

test('a mistyped verb or option is answered with the nearest one', async () => {
  const run: Verb<string>['run'] = () => assert.fail('not run')
  const cases: readonly (readonly [readonly string[], RegExp])[] = [
    [[], /say what to do: house VERB \.\.\.; see house --help/],
    [['--colour', 'red', 'paint'], /the verb comes before --colour/],
    [['pinat', 'a'], /no verb "pinat"; did you mean "paint"\?$/],
    [['help', 'pait'], /did you mean "paint"\?$/],
    [['dance'], /no verb "dance"; see house --help/],
    [
      ['paint', 'a', '--color', 'red'],
      /no option --color; did you mean --colour\? see house paint/,
    ],
    [['paint', 'a', '--shape'], /no option --shape; see house paint --help/],
    [['paint', 'a', '--colour'], /--colour lacks its value; see house paint --help/],
    [['paint', 'a', '--colour', '-1'], /begins with - is written --colour=VALUE; see house paint/],
    [['paint'], /WALL is missing: house paint WALL \[SIDE\]; see house paint --help/],
  ]
  for (const [argv, message] of cases) {
    const { code, err } = await runWith(run, ...argv)
    assert.equal(code, 2)
    assert.equal(err.length, 1)
    assert.match(err[0] ?? '', message)
  }
})

test('without a verb the help comes first; a program may have one that is meant', async () => {
  const run: Verb<string>['run'] = async () => ({})
  assert.match((await runWith(run)).out[0] ?? '', /usage: house VERB/)
  const program = {
    name: 'house',
    version: '1.2',
    summary: 'A house.',
    verbs: { paint: async () => verb(run) },
  }
  const parsed = must(await parseVerb(program, ['--colour', 'red', 'north'], 'paint'))
  assert.ok('verb' in parsed)
  assert.deepEqual([parsed.verb.name, parsed.positionals], ['paint', ['north']])
})

test('the version, also as a JSON line', async () => {
  const run: Verb<string>['run'] = async () => ({})
  assert.deepEqual((await runWith(run, '--version')).out, ['house 1.2'])
  const json = await runWith(run, '--version', '--json')
  assert.deepEqual(json.out, ['{"event":"done","text":"house 1.2"}'])
})

test('what a settings file adds reaches the verb, what is wrong in it ends the run', async () => {
  let seen: unknown
  const program: Program<string> = {
    ...{ name: 'house', summary: 'A house.' },
    verbs: {
      paint: async () =>
        verb(async ({ values }) => {
          seen = values.colour
          return {}
        }),
    },
    settle: async (values) =>
      values.json ? refuse('usage', 'f:1: no') : { colour: 'blue', ...values },
  }
  const err: string[] = []
  const streams = { out: () => undefined, err: (line: string) => err.push(line) }
  assert.equal(await runProgram(program, ['paint', 'a'], () => 'context', streams), 0)
  assert.equal(seen, 'blue')
  assert.equal(await runProgram(program, ['paint', 'a', '--json'], () => 'context', streams), 2)
  assert.deepEqual(err, ['house: f:1: no'])
})

test('wrong usage ends with 2, any other failure with 1, with one line on stderr', async () => {
  const system = Object.assign(new Error('EADDRINUSE: taken'), { code: 'EADDRINUSE' })
  const missing = Object.assign(new Error('ENOENT: open'), { code: 'ENOENT', path: '/x' })
  const cases: readonly (readonly [readonly string[], Verb<string>['run'], number, string])[] = [
    [['fly'], async () => ({}), 2, 'usage'],
    [['paint'], async () => ({}), 2, 'usage'],
    [['paint', 'a', 'b', 'c'], async () => ({}), 2, 'usage'],
    [['paint', 'a', '--width', '3'], async () => ({}), 2, 'usage'],
    [['paint', 'a'], async () => fail('disk-full', 'no\nspace'), 1, 'disk-full'],
    [['paint', 'a'], () => Promise.reject(system), 1, 'port-in-use'],
    [['paint', 'a'], () => Promise.reject(missing), 1, 'not-readable'],
    [['paint', 'a'], () => Promise.reject(new Error('oops')), 1, 'internal'],
  ]
  for (const [argv, run, expected, reason] of cases) {
    const { code, out, err } = await runWith(run, ...argv, '--json')
    const last = JSON.parse(out.at(-1) ?? '{}')
    assert.deepEqual([code, last.event, last.code], [expected, 'error', reason])
    assert.equal(err.length, 1)
    assert(!err[0]?.includes('\n'))
  }
})

test('durations and numbers are read strictly', () => {
  assert.equal(must(parseDuration('72h')), 259_200_000)
  assert.equal(must(parseDuration('1.5s')), 1500)
  assert.equal(must(parseDuration('250ms')), 250)
  for (const bad of ['', '5', 'h', '-1s', '1 s', '1e3s', '1y']) assert(refused(parseDuration(bad)))
  const bounds = { min: 1, max: 10 }
  assert.equal(numberOption({ n: '10' }, 'n', bounds), 10)
  assert.equal(numberOption({}, 'n', bounds), undefined)
  for (const n of ['0', '11', '-1', '1.5', '0x5', 'many']) {
    assert(refused(numberOption({ n }, 'n', bounds)))
  }
})

test('control and direction characters become symbols; other text stays as it is', () => {
  assert.equal(visible('a\u001b[31mb\r\n\u007f'), 'a\u241b[31mb\u240d\u240a\u2421')
  assert.equal(visible('x\u202ey\u0085z\ud800'), 'x\ufffdy\ufffdz\ufffd')
  assert.equal(visible('Grüße 你好 👩‍🚀'), 'Grüße 你好 👩‍🚀')
})
