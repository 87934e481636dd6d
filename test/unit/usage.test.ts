/** What a usage says holds for the arguments: what is missing, too much, or goes elsewhere. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { program as client } from '../../client/program.js'
import type { Options, Values } from '../../shared/command.js'
import { loadVerbs } from '../../shared/program.js'
import { callProblem, waysOf } from '../../shared/usage.js'
import { program as tracker } from '../../tracker/program.js'

const OPTIONS: Options = {
  all: { type: 'boolean', help: '' },
  why: { type: 'string', help: '' },
  for: { type: 'string', help: '' },
}
const DESK = '[list] [--all] | show ID | end ID --why TEXT; for people'
const FILES = 'PATH... [--all] [options]'
const PAIR = 'WHO AMOUNT [--why TEXT]'
const SHELLS = 'bash | zsh'

const cases: readonly (readonly [string, string, Values, RegExp | undefined])[] = [
  [DESK, '', {}, undefined],
  [DESK, 'list', { all: true, for: '3d' }, undefined],
  [DESK, 'end 3', { why: 'x' }, undefined],
  [DESK, 'show', {}, /^ID is missing: house desk show ID; see house desk --help$/],
  [DESK, 'list 3', {}, /^unexpected "3"; see house desk --help$/],
  [DESK, 'show 3 4', {}, /^unexpected "4"/],
  [DESK, 'sohw 3', {}, /^desk takes list, show or end, not "sohw"; did you mean "show"\?$/],
  [DESK, 'burn\u001b[2J', {}, /^desk takes list, show or end, not "burn␛\[2J"; see house/],
  [DESK, 'toString', {}, /not "toString"/],
  [DESK, 'show 3', { all: true }, /^--all does not go with desk show; see house desk --help$/],
  [DESK, '', { why: 'x' }, /^--why does not go with desk list/],
  [FILES, '', { all: true }, /^PATH is missing: house desk PATH\.\.\. \[--all\] \[options\]; see/],
  [FILES, 'a b c', { why: 'x' }, undefined],
  [FILES, 'x '.repeat(10_001), {}, /^unexpected "x"/],
  [PAIR, 'a', {}, /^AMOUNT is missing: house desk WHO AMOUNT/],
  [PAIR, 'a 1 2', {}, /^unexpected "2"/],
  ['[TEXT]', 'a', {}, undefined],
  ['', 'a', {}, /^unexpected "a"/],
  [SHELLS, '', {}, /^say what: desk takes bash or zsh; see house desk --help$/],
]

test('arguments that fit no way to call a verb are told apart', () => {
  for (const [usage, words, given, message] of cases) {
    const verb = { name: 'desk', options: OPTIONS, usage }
    const problem = callProblem(verb, 'house', words.split(' ').filter(Boolean), given)
    const said = `${usage}: ${words}`
    if (message === undefined) assert.equal(problem, undefined, said)
    else assert.match(problem?.message ?? '', message, said)
  }
})

test('a verb says where what it lacks is to be found', () => {
  const verb = { name: 'get', options: {}, usage: 'CID', whence: 'house list has it' }
  const problem = callProblem(verb, 'house', [], {})
  assert.equal(problem?.message, 'CID is missing: house get CID; house list has it')
})

test('a usage names options of its verb, and one way at most has no word', async () => {
  const verbs = [...(await loadVerbs(client)), ...(await loadVerbs(tracker))]
  for (const verb of verbs) {
    const ways = waysOf(verb)
    for (const name of ways.flatMap(({ options }) => [...options])) {
      assert.ok(Object.hasOwn(verb.options, name), `${verb.name} has no --${name}`)
    }
    assert.ok(ways.filter(({ bare }) => bare).length <= 1, verb.usage)
  }
})
