/** The screen of transfers: the list, its order, marks and actions; the tabs of one content. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { transfersScreen } from '../../client/ui/transfers/transfers-screen.js'
import { refuse } from '../../shared/errors.js'
import {
  cidOf,
  DETAIL,
  DrivenTransfers,
  SMALL,
  shownLines,
  THREE,
  transferOf,
  WIDE,
  worldOf,
} from './trade-world.js'

test('the list fits 80 columns with what matters, and shows more where there is room', () => {
  const { text } = new DrivenTransfers(worldOf(THREE))
  const [titles = '', alpha = '', beta = '', gamma = ''] = text.split('\n')
  assert.match(titles, /Name +Size +Done +Down\/s +Up\/s +ETA +Peers +Earned$/)
  assert.match(alpha, /^▸↓ Alpha +691 MB +42 % 3\.20 MB 1\.10 MB +2m05s +12 +0\.12/)
  assert.match(beta, /^ ↑ beta +691 MB 100 % +1\.10 MB +12 +0\.99$/)
  assert.match(gamma, /^ = Gamma /)
  const wide = new DrivenTransfers(worldOf(THREE), WIDE).text.split('\n')[0] ?? ''
  assert.match(wide, /State.*Progress.*Spent.*Owed us.*Ratio.*Added/)
})

test('a thousand rows: only what is visible is formatted, the choice scrolls', () => {
  let formatted = 0
  const rows = Array.from({ length: 1000 }, (_, number) => {
    const row = transferOf(number, { added: 1000 - number, name: `row ${number}` })
    return Object.defineProperty({ ...row }, 'peers', {
      get: () => {
        formatted++
        return 1
      },
    })
  })
  const screen = new DrivenTransfers(worldOf(rows))
  assert.match(screen.text, /▸↓ row 0 /)
  assert.ok(formatted <= SMALL.rows * 2, `${formatted} rows were formatted`)
  assert.match(screen.press('pagedown', 'pagedown', 'down').text, /▸↓ row 39 /)
  assert.match(screen.press('last').text, /▸↓ row 999 *.*$/)
  assert.equal(screen.note, '1000')
})

test('sorting goes by figures, keeps the choice on its content, and turns round', () => {
  const screen = new DrivenTransfers(worldOf(THREE)).press('down')
  assert.match(screen.text, /▸↑ beta/)
  while (screen.state.sort !== 'earned') screen.press('sort')
  const lines = screen.text.split('\n')
  assert.match(lines[0] ?? '', /Earned▾$/)
  assert.match(lines[1] ?? '', /▸↑ beta/, 'who earned most stands first')
  assert.match(screen.press('reverse').text.split('\n')[0] ?? '', /Earned▴$/)
  screen.send({ input: 'action', action: 'sortby', at: 0 })
  const names = screen.text.split('\n').slice(1, 4)
  assert.deepEqual(
    names.map((line) => line.slice(3, 8)),
    ['Alpha', 'beta ', 'Gamma'],
  )
})

test('a column that there is no room for says at the foot that it sorts', () => {
  const screen = new DrivenTransfers(worldOf(THREE))
  assert.equal(screen.note, '3', 'not how rows come by themselves')
  while (screen.state.sort !== 'ratio') screen.press('sort')
  assert.match(screen.text.split('\n')[0] ?? '', /^[^▾▴]*$/)
  assert.equal(screen.note, '3  by ratio▾')
  assert.equal(screen.press('reverse').note, '3  by ratio▴')
})

test('rows that move do not move the choice: an action meets the content that was seen', () => {
  const screen = new DrivenTransfers(worldOf(THREE)).press('down')
  const grown = [transferOf(9, { added: 99, name: 'newest' }), ...THREE]
  screen.world = worldOf(grown, {}, { revision: 2 })
  assert.match(screen.text, /▸↑ beta/)
  screen.press('pause')
  assert.deepEqual(screen.effects, [
    { effect: 'call', call: 'pause', request: { cids: [cidOf(2)] } },
  ])
})

test('search and filter leave rows out, and back brings them again', () => {
  const screen = new DrivenTransfers(worldOf(THREE)).send({
    input: 'search',
    text: 'ALP',
    done: true,
  })
  assert.match(screen.text, /Alpha/)
  assert.doesNotMatch(screen.text, /beta|Gamma/)
  assert.equal(screen.note, '1 of 3  "ALP"')
  assert.equal(screen.state.text, 'ALP')
  assert.ok(screen.deep)
  screen.press('back')
  assert.equal(screen.deep, false)
  while (screen.state.show !== 'paused') screen.press('show')
  assert.match(screen.text, /Gamma/)
  assert.equal(screen.note, '1 of 3  paused')
  screen.send({ input: 'search', text: 'alpha', done: false })
  assert.match(screen.text, /no content named "alpha" that is paused; q shows all/)
})

test('marks: actions go to what is marked and shown; the note counts', () => {
  const screen = new DrivenTransfers(worldOf(THREE)).press('mark', 'mark')
  assert.equal(screen.note, '3  2 marked')
  assert.match(screen.text, /^\*↓ Alpha/m)
  screen.press('pause')
  assert.deepEqual(screen.effects.pop(), {
    ...{ effect: 'call', call: 'pause', request: { cids: [cidOf(1), cidOf(2)] } },
  })
  screen.press('invert', 'check')
  assert.deepEqual(screen.effects.pop(), {
    ...{ effect: 'call', call: 'check', request: { cids: [cidOf(3)] } },
  })
  screen.press('pause')
  const resumed = { effect: 'call', call: 'resume', request: { cids: [cidOf(3)] } }
  assert.deepEqual(screen.effects.pop(), resumed, 'what is paused alone goes on')
  assert.equal(screen.press('all').note, '3  3 marked')
  assert.equal(screen.press('all').note, '3')
})

test('removing asks first, names what goes, and does nothing but on a yes', () => {
  const screen = new DrivenTransfers(worldOf(THREE)).press('mark', 'mark', 'erase')
  const asked = screen.lastEffect()
  assert.ok(asked?.effect === 'ask' && asked.dialog.kind === 'confirm')
  assert.equal(asked.dialog.yes, 'delete 982 MB')
  assert.match(
    shownLines(asked.dialog.lines, 80).join('\n'),
    /Alpha\n {2}beta\n\nThe files are del/,
  )
  screen.send({ input: 'said', tag: asked.tag, text: undefined })
  assert.deepEqual(screen.effects, [])
  screen.press('remove')
  const first = screen.lastEffect()
  screen.press('back', 'last', 'erase')
  screen.effects.pop()
  assert.ok(first?.effect === 'ask')
  screen.send({ input: 'said', tag: first.tag, text: 'yes' })
  assert.deepEqual(screen.effects, [
    { effect: 'call', call: 'remove', request: { cids: [cidOf(1), cidOf(2)], files: false } },
  ])
  assert.equal(screen.state.marked.size, 0)
})

test('what could not be done is told with its reason', () => {
  const screen = new DrivenTransfers(worldOf(THREE))
  const request = { cids: [cidOf(1), cidOf(2)] }
  const failed = { cid: cidOf(1), code: 'disk-full', message: 'the disk is full' }
  screen.send({ input: 'called', call: 'check', request, answer: { refused: [failed] } })
  screen.send({ input: 'called', call: 'check', request, answer: refuse('unreachable', 'gone') })
  screen.send({ input: 'called', call: 'pause', request, answer: { refused: [] } })
  assert.deepEqual(
    screen.effects.map((effect) => (effect.effect === 'tell' ? effect.text : '')),
    ['the disk is full', 'gone', 'paused (2)'],
  )
})

test('another screen can send the person to a content, whatever is filtered', () => {
  const screen = new DrivenTransfers(worldOf(THREE)).send({
    input: 'search',
    text: 'alpha',
    done: true,
  })
  screen.send({ input: 'show', cid: cidOf(3), row: false })
  assert.match(screen.text, /── = Gamma/)
  screen.send({ input: 'show', cid: cidOf(2), row: true })
  assert.doesNotMatch(screen.text, /── /)
  assert.equal(screen.state.chosen, cidOf(2))
})

test('places lead where the words stand', () => {
  const screen = new DrivenTransfers(worldOf(THREE, { detail: DETAIL }), WIDE).press('open')
  const { lines, places = [] } = transfersScreen.picture(screen.state, screen.world, WIDE)
  const text = shownLines(lines, WIDE.columns)
  const words = places.map(({ action, from, row, to }) => [action, text[row]?.slice(from, to)])
  assert.ok(words.some(([action, word]) => action === 'sortby' && word?.trim() === 'Earned'))
  assert.ok(words.some(([action, word]) => action === 'tab' && word === ' money '))
  assert.ok(words.some(([action, word]) => action === 'choose' && word?.includes('beta')))
  assert.ok(places.every(({ row }) => row < WIDE.rows))
})

test('the problem of the chosen content stands below the list', () => {
  const problem = { code: 'disk-full', message: 'the disk is full', advice: 'make room' }
  const rows = Array.from({ length: 40 }, (_, number) => transferOf(number, { added: -number }))
  const screen = new DrivenTransfers(
    worldOf([transferOf(99, { problem, state: 'failed' }), ...rows]),
  )
  assert.match(screen.text, /▸! content 99[\s\S]*\n! the disk is full; make room$/m)
  assert.doesNotMatch(screen.press('down').text, /make room/)
  assert.equal(screen.text.split('\n').length, SMALL.rows)
})

test('an empty home says how to begin', () => {
  const screen = new DrivenTransfers(worldOf([]))
  assert.match(screen.text, /nothing here yet/)
  assert.match(screen.press('open', 'pause', 'remove', 'mark', 'last').text, /:seed PATH/)
  assert.deepEqual(screen.effects, [])
})
