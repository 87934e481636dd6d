/** The prompts of the terminal client: editing, words, completion, and the rc file. */
import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { pathsFrom } from '../../client/paths.js'
import { cellsOf } from '../../client/ui/cells.js'
import { offer, openCommand, stepCommand } from '../../client/ui/command-line.js'
import { begunPath, complete, extend } from '../../client/ui/completion.js'
import { bindingsOf } from '../../client/ui/keys.js'
import { editLine, type LineEdit, lineEdit, showLine } from '../../client/ui/line-edit.js'
import { logScreen } from '../../client/ui/log-screen.js'
import { readRc } from '../../client/ui/rc.js'
import { opened } from '../../client/ui/screen.js'
import { settingsScreen } from '../../client/ui/settings-screen.js'
import { quoteWord, splitWords } from '../../client/ui/words.js'
import type { Options, Verb } from '../../shared/command.js'
import { verbShapes } from '../../shared/completion.js'
import { refused } from '../../shared/errors.js'
import { folder } from '../engine-content.js'
import { worldOf } from '../ui-world.js'

const verb = (name: string, usage: string, options: Options = {}): Verb<never> => ({
  ...{ name, usage, options, summary: name },
  run: async () => undefined,
})
const verbs = verbShapes({
  name: 'floodgate',
  options: {},
  verbs: [
    verb('buy', 'CID [--yes]', {
      yes: { type: 'boolean', help: 'do not ask' },
      tracker: { type: 'string', value: 'WHICH', help: 'one provider' },
      with: { type: 'string', value: 'UID', help: 'a member' },
      lists: { type: 'string', choices: ['buyer', 'tracker'], help: 'whence' },
    }),
    verb('blacklist', 'list | lift UID'),
    verb('get', 'TORRENT-or-CID... --out DIR', {
      out: { type: 'string', value: 'DIR', help: 'folder' },
    }),
  ],
})
const things = [
  { kind: 'contents', word: 'a'.repeat(40), about: 'film' },
  { kind: 'contents', word: `b${'a'.repeat(39)}`, about: 'song' },
  { kind: 'members', word: 'd'.repeat(32), about: 'a cheat' },
] as const
const screens = [opened(logScreen), opened(settingsScreen)]

function typed(keys: readonly string[], line: LineEdit = lineEdit()): LineEdit {
  return keys.reduce((edited, key) => editLine(edited, key) ?? edited, line)
}

function offers(line: string): string[] {
  return complete(line, verbs, things).candidates.map(({ word }) => word)
}

test('a line is edited as in a shell', () => {
  assert.deepEqual(typed([...'get x', 'ctrl-w', 'y']), { text: 'get y', at: 5 })
  assert.deepEqual(typed(['home', 'A', 'right', 'delete'], lineEdit('bcd')).text, 'Abd')
  assert.deepEqual(typed(['left', 'left', 'ctrl-k', 'space', 'z'], lineEdit('abcd')).text, 'ab z')
  assert.deepEqual(typed(['backspace', '\u{1f3ac}'], lineEdit('映画')).text, '映\u{1f3ac}')
  assert.equal(editLine(lineEdit(), 'f5'), undefined)
})

test('a line longer than its room scrolls with the cursor', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'grapheme' }),
      fc.nat(30),
      fc.integer({ min: 1, max: 20 }),
      (text, at, cells) => {
        const line = { text, at: Math.min(at, [...text].length) }
        const shown = showLine(line, cells)
        assert.ok(shown.cursor <= cells)
        assert.ok(cellsOf(String(shown.line[0] ?? '')) <= cells)
      },
    ),
  )
})

test('words are split as a shell splits them, and quoting is its reverse', () => {
  assert.deepEqual(splitWords('get  "a b" c\\ d \'e"f\''), ['get', 'a b', 'c d', 'e"f'])
  assert.deepEqual(splitWords(''), [])
  assert.deepEqual(splitWords('""'), [''])
  assert.ok(refused(splitWords('get "a')))
  assert.deepEqual(splitWords("~ ~/a ~/'b c' a~ ~a '~/d' \\~/e --out=~/f", '/home/me'), [
    ...['/home/me', '/home/me/a', '/home/me/b c'],
    ...['a~', '~a', '~/d', '~/e', '--out=~/f'],
  ])
  fc.assert(
    fc.property(fc.array(fc.string({ minLength: 1 })), (words) => {
      assert.deepEqual(splitWords(words.map(quoteWord).join(' ')), words)
    }),
  )
})

test('Tab completes verbs, ways, options and what is there to name', () => {
  assert.deepEqual(offers('b'), ['buy', 'blacklist'])
  assert.deepEqual(offers('blacklist l'), ['list', 'lift'])
  assert.deepEqual(offers('buy --y'), ['--yes'])
  assert.deepEqual(offers('blacklist lift '), ['d'.repeat(32)])
  assert.deepEqual(offers('buy --with '), ['d'.repeat(32)])
  assert.deepEqual(offers('buy --lists t'), ['tracker'])
  assert.deepEqual(offers('buy --tracker '), [])
  assert.deepEqual(offers('buy a'), ['a'.repeat(40)])
  assert.deepEqual(offers('nothing '), [])
  assert.equal(extend('bl', complete('bl', verbs, things)), 'blacklist ')
  assert.equal(extend('blacklist l', complete('blacklist l', verbs, things)), 'blacklist li')
  assert.equal(extend('buy a', complete('buy a', verbs, things)), `buy ${'a'.repeat(40)} `)
})

test('Tab completes paths: files where one is due, folders on the way to them', async (t) => {
  const base = await folder(t)
  for (const name of ['my films', 'music']) mkdirSync(join(base, name))
  const names = ['map.torrent', 'my films/one.torrent', 'music/.hidden', 'music/a\u001b.torrent']
  for (const name of names) writeFileSync(join(base, name), '')
  const tab = async (line: string) => {
    const begun = begunPath(line, verbs)
    if (begun === undefined) return undefined
    const found = complete(line, verbs, [...things, ...(await pathsFrom(base, begun, base))])
    return [extend(line, found), ...found.candidates.map(({ word }) => word)]
  }
  assert.deepEqual(await tab('get ma'), ['get map.torrent ', 'map.torrent'])
  assert.deepEqual(await tab('get m'), ['get m', 'map.torrent', 'music/', 'my films/'])
  assert.deepEqual(await tab('get map.torrent --out m'), [
    'get map.torrent --out m',
    ...['music/', 'my films/'],
  ])
  assert.deepEqual(await tab('get my'), ["get 'my films/'", 'my films/'])
  for (const line of ["get 'my films/'", "get 'my films/", 'get my\\ films/o']) {
    assert.deepEqual(await tab(line), ["get 'my films/one.torrent' ", 'my films/one.torrent'], line)
  }
  assert.deepEqual(await tab('get music/'), ['get music/'], 'neither hidden nor unprintable')
  assert.deepEqual(await tab('get music/.'), ['get music/.hidden ', 'music/.hidden'])
  const absolute = join(base, 'map')
  assert.deepEqual(await tab(`get ${absolute}`), [
    `get ${absolute}.torrent `,
    `${absolute}.torrent`,
  ])
  assert.deepEqual(await tab('get ~/ma'), ['get ~/map.torrent ', '~/map.torrent'])
  assert.deepEqual(await tab('get ~/my'), ["get ~/'my films/'", '~/my films/'])
  const inside = "get ~/'my films/one.torrent' "
  assert.deepEqual(await tab("get ~/'my films/'"), [inside, '~/my films/one.torrent'])
  assert.deepEqual(await tab('get nowhere/'), ['get nowhere/'])
  assert.deepEqual(await tab('get a'), [`get ${'a'.repeat(40)} `, 'a'.repeat(40)])
  for (const line of ['g', 'buy ', 'get --o', 'blacklist lift ']) {
    assert.equal(await tab(line), undefined, line)
  }
})

test('Tab asks what there is, offers it unless it was typed on, then goes through it', () => {
  const keys = (names: readonly string[], from = openCommand([])) =>
    names.reduce((command, key) => {
      const step = stepCommand(command, key, '/home/me')
      assert.ok('command' in step, key)
      return step.command
    }, from)
  const asked = keys([...'get m'])
  const step = stepCommand(asked, 'tab', '/home/me')
  assert.ok('command' in step)
  assert.equal(step.look, 'get m')
  const paths = ['map', 'many'].map((word) => ({ kind: 'files', word, about: '' }) as const)
  const found = { line: 'get m', verbs, paths }
  const offered = offer(step.command, found, worldOf([]))
  assert.equal(offered.edit.text, 'get ma')
  assert.equal(keys(['tab'], offered).edit.text, 'get map')
  assert.equal(keys(['tab', 'tab'], offered).edit.text, 'get many')
  assert.equal(keys(['shift-tab'], offered).edit.text, 'get many')
  const typedOn = keys(['u'], asked)
  assert.equal(offer(typedOn, found, worldOf([])), typedOn)
})

test('the rc file sets keys, colours and the first screen', () => {
  const text = [
    '# mine',
    'start log   # at once',
    'theme light',
    'colours 16',
    'colour money 220 bold on 17',
    'key log x level',
    'key all ctrl-r redraw',
    'key all Q none',
  ].join('\n')
  const rc = readRc(text, 'tui.rc', screens)
  assert.ok(!refused(rc))
  assert.deepEqual([rc.start, rc.theme, rc.colours], ['log', 'light', 16])
  assert.equal(rc.looks.money, '38;5;220;1;48;5;17')
  const bindings = bindingsOf(screens, rc.keys)
  assert.deepEqual(
    [bindings('log', 'x'), bindings('settings', 'x'), bindings('log', 'Q'), bindings('log', 'f')],
    ['level', undefined, undefined, 'level'],
  )
  assert.equal(bindings('settings', 'ctrl-r'), 'redraw')
})

test('what is wrong in the rc file is named with its line', () => {
  const wrong: readonly (readonly [string, RegExp])[] = [
    ['\nstrat log', /^tui\.rc:2: no order "strat"; did you mean start\?$/],
    ['start nowhere', /no screen "nowhere"; there are: log, settings/],
    ['theme blue', /no theme/],
    ['colours 12', /no number of colours "12"/],
    ['colour purse 1', /no role "purse"/],
    ['colour money 256', /no look "256"/],
    ['key log longkey level', /"longkey" is no key/],
    ['key log x jump', /no action "jump"/],
    ['key log x \u001b[2J', /no action "␛\[2J"/],
  ]
  for (const [text, expected] of wrong) {
    const rc = readRc(text, 'tui.rc', screens)
    assert.ok(refused(rc), text)
    assert.match(rc.message, expected)
    assert.equal(rc.code, 'usage')
  }
})
