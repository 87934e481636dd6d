/** Cells, lines and lists of the terminal client: nothing is wider than it says. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { cellsOf, clip, left, right, wrapCells } from '../../client/ui/cells.js'
import { LIST_START, moveList, settleList } from '../../client/ui/list.js'
import { lineCells, over, paint, ROLES, type Role, type Span } from '../../client/ui/paint.js'
import { coloursOf, paletteOf } from '../../client/ui/theme.js'

const ESC = String.fromCharCode(27)
const SGR = new RegExp(`${ESC}\\[[\\d;]+m`, 'g')
const anyText = fc.string({ unit: 'binary', maxLength: 60 })

test('wide characters take two cells, marks and joiners none', () => {
  const widths: readonly (readonly [string, number])[] = [
    ['plain', 5],
    ['映画', 4],
    ['e\u0301', 1],
    ['\u{1f3ac}', 2],
    ['a\u200bb', 2],
    ['ﬁlm Ω', 5],
    ['한국', 4],
    [`${ESC}[2J`, 4],
    ['\u202eevil', 5],
  ]
  for (const [text, cells] of widths) assert.equal(cellsOf(text), cells, JSON.stringify(text))
})

test('what is cut says so, and a wide character is never cut in half', () => {
  assert.equal(clip('floodgate', 6), 'flood…')
  assert.equal(clip('映画映画', 5), '映画…')
  assert.equal(clip('映画', 4), '映画')
  assert.equal(left('映画映画', 6), '映画… ')
  assert.equal(right('12', 4), '  12')
  assert.deepEqual(wrapCells('one two three', 7), ['one two', 'three'])
  assert.deepEqual(wrapCells('映画映画', 5), ['映画', '映画'])
  const pile = `e${'\u0301'.repeat(100)}x`
  assert.equal(left(pile, 2), `e${'\u0301'.repeat(4)}x`)
})

test('text of any kind fits the width that it is put into', () => {
  fc.assert(
    fc.property(anyText, fc.nat(40), (text, width) => {
      for (const made of [left(text, width), right(text, width)]) {
        assert.equal(cellsOf(made), width)
      }
      if (width > 1) for (const line of wrapCells(text, width)) assert.ok(cellsOf(line) <= width)
    }),
  )
})

test('no line is wider than its terminal or carries a control character', () => {
  const role = fc.constantFrom<Role>(...ROLES)
  const span = fc.oneof(anyText, fc.tuple(anyText, role), fc.tuple(anyText, role, role))
  fc.assert(
    fc.property(fc.array(span as fc.Arbitrary<Span>), fc.nat(100), (line, columns) => {
      const plain = paint(line, columns)
      assert.ok(cellsOf(plain) <= columns)
      assert.doesNotMatch(plain, /[\p{Cc}\p{Bidi_Control}]/u)
      const coloured = paint(over(line, 'chosen', columns), columns, paletteOf('dark', 256))
      assert.doesNotMatch(coloured.replace(SGR, ''), /\p{Cc}/u)
      assert.ok(lineCells(over(line, 'chosen', columns)) >= columns)
    }),
  )
})

test('colours: what the terminal shows, and none where NO_COLOR says so', () => {
  assert.equal(coloursOf({ TERM: 'xterm-256color' }), 256)
  assert.equal(coloursOf({ TERM: 'xterm', COLORTERM: 'truecolor' }), 256)
  assert.equal(coloursOf({ TERM: 'linux' }), 16)
  assert.equal(coloursOf({ TERM: 'xterm-256color', NO_COLOR: '1' }), 'none')
  assert.equal(coloursOf({ TERM: 'xterm-256color', NO_COLOR: '' }), 256)
  assert.equal(coloursOf({ TERM: 'vt100' }), 'none')
  for (const theme of ['dark', 'light'] as const) {
    const bare = Object.values(paletteOf(theme, 'none')).join(';')
    assert.doesNotMatch(bare, /[349]\d/, 'no colour in the palette without colours')
    assert.doesNotMatch(Object.values(paletteOf(theme, 16)).join(';'), /8;5;/)
  }
  const own = { money: '38;5;11;1', dim: '38;5;200', key: '48;5;2' }
  assert.equal(paletteOf('dark', 256, own).money, '38;5;11;1')
  assert.equal(paletteOf('dark', 16, own).money, '93;1')
  assert.equal(paletteOf('dark', 16, own).dim, '90', 'too many colours for this terminal')
  assert.deepEqual(
    [paletteOf('dark', 16, own).key, paletteOf('dark', 'none', own).money],
    ['42', '1'],
  )
})

test('a list keeps its choice among its rows and within what is shown', () => {
  const room = { count: 100, rows: 10 }
  assert.deepEqual(moveList(LIST_START, 'down', room), { at: 1, top: 0 })
  assert.deepEqual(moveList(LIST_START, 'last', room), { at: 99, top: 90 })
  assert.deepEqual(moveList(LIST_START, 'pagedown', room), { at: 9, top: 0 })
  assert.deepEqual(moveList(LIST_START, 'choose', { ...room, to: 50 }), { at: 50, top: 41 })
  assert.deepEqual(settleList({ at: 99, top: 90 }, 5, 10), { at: 4, top: 0 })
  fc.assert(
    fc.property(fc.integer(), fc.integer(), fc.nat(50), fc.nat(20), (at, top, count, rows) => {
      const state = settleList({ at, top }, count, rows)
      assert.ok(state.at >= 0 && state.at <= Math.max(0, count - 1))
      assert.ok(state.top >= 0 && state.top <= state.at)
      assert.ok(state.at - state.top < Math.max(1, rows))
    }),
  )
})
