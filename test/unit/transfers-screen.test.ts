/** The screen of transfers: the list, its order, marks and actions; the tabs of one content. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { lineCells } from '../../client/ui/paint.js'
import type { Input, SharedAction, Size, Step } from '../../client/ui/screen.js'
import type { TransfersAction } from '../../client/ui/transfers/transfers-keys.js'
import { transfersScreen } from '../../client/ui/transfers/transfers-screen.js'
import type { TransfersState } from '../../client/ui/transfers/transfers-state.js'
import type { World } from '../../client/ui/world.js'
import { refuse } from '../../shared/errors.js'
import { cidOf, DETAIL, shownLines, transferOf, uidOf, worldOf } from './trade-world.js'

const SMALL: Size = { rows: 21, columns: 80 }
const WIDE: Size = { rows: 57, columns: 200 }
const RATES = { every: 2000, down: [0, 1_000_000, 3_200_000], up: [0, 0, 1_100_000] }

/** The screen on a world, with the effects of its steps. */
class Screen {
  state: TransfersState = transfersScreen.start
  readonly effects: NonNullable<Step<unknown>['effects']>[number][] = []
  world: World
  readonly size: Size
  constructor(world: World, size = SMALL) {
    this.world = world
    this.size = size
  }

  send(input: Input<TransfersAction>): this {
    const step = transfersScreen.step(this.state, input, this.world, this.size)
    this.state = step.state
    this.effects.push(...(step.effects ?? []))
    return this
  }

  press(...actions: (TransfersAction | SharedAction)[]): this {
    for (const action of actions) this.send({ input: 'action', action })
    return this
  }

  get text(): string {
    const { lines } = transfersScreen.picture(this.state, this.world, this.size)
    return shownLines(lines, this.size.columns).join('\n')
  }
  get note(): string {
    return transfersScreen.picture(this.state, this.world, this.size).note ?? ''
  }
}

const three = [
  transferOf(1, { name: 'Alpha', added: 3 }),
  transferOf(2, {
    name: 'beta',
    added: 2,
    state: 'seeding',
    left: 0,
    downRate: 0,
    earned: 990_000n,
  }),
  transferOf(3, { name: 'Gamma', added: 1, state: 'paused', paid: false, downRate: 0, upRate: 0 }),
]

test('the list fits 80 columns with what matters, and shows more where there is room', () => {
  const { text } = new Screen(worldOf(three))
  const [titles = '', alpha = '', beta = '', gamma = ''] = text.split('\n')
  assert.match(titles, /Name +Size +Done +Down\/s +Up\/s +ETA +Peers +Earned$/)
  assert.match(alpha, /^▸↓ Alpha +691 MB +42 % 3\.20 MB 1\.10 MB +2m05s +12 +0\.12/)
  assert.match(beta, /^ ↑ beta +691 MB 100 % +1\.10 MB +12 +0\.99$/)
  assert.match(gamma, /^ = Gamma /)
  const wide = new Screen(worldOf(three), WIDE).text.split('\n')[0] ?? ''
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
  const screen = new Screen(worldOf(rows))
  assert.match(screen.text, /▸↓ row 0 /)
  assert.ok(formatted <= SMALL.rows * 2, `${formatted} rows were formatted`)
  assert.match(screen.press('pagedown', 'pagedown', 'down').text, /▸↓ row 39 /)
  assert.match(screen.press('last').text, /▸↓ row 999 *.*$/)
  assert.equal(screen.note, '1000')
})

test('sorting goes by figures, keeps the choice on its content, and turns round', () => {
  const screen = new Screen(worldOf(three)).press('down')
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

test('rows that move do not move the choice: an action meets the content that was seen', () => {
  const screen = new Screen(worldOf(three)).press('down')
  const grown = [transferOf(9, { added: 99, name: 'newest' }), ...three]
  screen.world = worldOf(grown, {}, { revision: 2 })
  assert.match(screen.text, /▸↑ beta/)
  screen.press('pause')
  assert.deepEqual(screen.effects, [
    { effect: 'call', call: 'pause', request: { cids: [cidOf(2)] } },
  ])
})

test('search and filter leave rows out, and back brings them again', () => {
  const screen = new Screen(worldOf(three)).send({ input: 'search', text: 'ALP', done: true })
  assert.match(screen.text, /Alpha/)
  assert.doesNotMatch(screen.text, /beta|Gamma/)
  assert.equal(screen.note, '1 of 3  "ALP"')
  assert.equal(transfersScreen.searched?.(screen.state), 'ALP')
  assert.ok(transfersScreen.deep?.(screen.state))
  screen.press('back')
  assert.equal(transfersScreen.deep?.(screen.state), false)
  while (screen.state.show !== 'paused') screen.press('show')
  assert.match(screen.text, /Gamma/)
  assert.equal(screen.note, '1 of 3  paused')
  screen.send({ input: 'search', text: 'alpha', done: false })
  assert.match(screen.text, /no content named "alpha" that is paused; q shows all/)
})

test('marks: actions go to what is marked and shown; the note counts', () => {
  const screen = new Screen(worldOf(three)).press('mark', 'mark')
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
  const screen = new Screen(worldOf(three)).press('mark', 'mark', 'erase')
  const asked = screen.effects.pop()
  assert.ok(asked?.effect === 'ask' && asked.dialog.kind === 'confirm')
  assert.equal(asked.dialog.yes, 'delete 982 MB')
  assert.match(
    shownLines(asked.dialog.lines, 80).join('\n'),
    /Alpha\n {2}beta\n\nThe files are del/,
  )
  screen.send({ input: 'said', tag: 'erase', text: undefined })
  assert.deepEqual(screen.effects, [])
  screen.press('remove')
  screen.effects.pop()
  screen.send({ input: 'said', tag: 'remove', text: 'yes' })
  assert.deepEqual(screen.effects, [
    { effect: 'call', call: 'remove', request: { cids: [cidOf(1), cidOf(2)], files: false } },
  ])
  assert.equal(screen.state.marked.size, 0)
})

test('what could not be done is told with its reason', () => {
  const screen = new Screen(worldOf(three))
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

test('the tabs open over a small screen and below the list on a large one', () => {
  const answers = { detail: DETAIL, rates: RATES }
  const small = new Screen(worldOf(three, answers)).press('open')
  assert.match(small.text, /^── ↓ Alpha ─+\n overview {2}files {2}pieces {2}peers/)
  assert.match(small.text, /state +fetching {2}42 % of 691 MB {2}ETA 2m05s/)
  assert.match(small.text, /price +2\.00 credit; each piece sold earns 0\.005/)
  assert.match(small.text, /down, last minute, top 3\.20 MB\/s/)
  assert.deepEqual(
    transfersScreen.needs?.(small.state, small.world).map(({ call }) => call),
    ['detail', 'rates'],
  )
  const wide = new Screen(worldOf(three, answers), WIDE).press('open')
  assert.match(wide.text, /▸↓ Alpha[\s\S]*Gamma[\s\S]*── ↓ Alpha/)
  assert.match(wide.press('next').text, /▸↑ beta[\s\S]*── ↑ beta/)
  assert.equal(transfersScreen.deep?.(wide.press('back').state), false)
})

test('every tab says what the daemon told', () => {
  const screen = new Screen(worldOf(three, { detail: DETAIL, rates: RATES })).press('open')
  assert.match(screen.press('right').text, /1 film\/part one\.mkv +600 MB +33 % .*high/)
  assert.match(
    screen.press('right').text,
    /400 pieces of 1\.05 MB; a cell is one piece\n █ 16 sold {2}▓ 150 here/,
  )
  const peers = screen.press('right').text
  assert.match(peers, /192\.0\.2\.7:6881 +7aaaaaaa +100 % 2\.00 MB +4 +0 +1/)
  assert.match(peers, /\[2001:db8::7\].* 10 % +1\.10 MB +2 +2 +0/)
  assert.match(screen.press('right').text, /away\.example +away +the tracker cannot/)
  const money = screen.press('right').text
  assert.match(money, /spent +2\.00; of it 0\.83 went to sellers for 166 pieces/)
  assert.match(money, /earned +0\.12 from 24 pieces sold; 6 % of what it cost is back/)
  assert.match(money, /tokens left +234, worth 1\.17 to sellers/)
  assert.match(money, /worst today +0\.32/)
  assert.match(money, /8a+… +66 +0\.33 +24 +0\.12 +-0\.21/)
  assert.match(screen.press('right').text, /state +fetching/)
})

test('files: space skips, plus and minus change how much a file is wanted', () => {
  const screen = new Screen(worldOf(three, { detail: DETAIL })).press('open', 'right')
  const wanted = () => {
    const effect = screen.effects.pop()
    assert.ok(effect?.effect === 'call' && effect.call === 'priorities')
    return effect.request.files[0]
  }
  screen.press('mark')
  assert.deepEqual(wanted(), { number: 1, priority: 'skip' })
  screen.press('down', 'higher')
  assert.deepEqual(wanted(), { number: 2, priority: 'high' })
  screen.press('down', 'mark')
  assert.deepEqual(wanted(), { number: 3, priority: 'normal' })
  assert.deepEqual(screen.press('lower').effects, [], 'skip is the least')
})

test('a member of the tab peers is put on the blacklist after a yes', () => {
  const screen = new Screen(worldOf(three, { detail: DETAIL })).press('open')
  screen.press('blacklist')
  assert.equal(screen.effects.pop()?.effect, 'tell')
  screen.press('left', 'left', 'left', 'down', 'blacklist')
  const asked = screen.effects.pop()
  assert.ok(asked?.effect === 'ask')
  screen.send({ input: 'said', tag: asked.tag, text: 'yes' })
  const words = ['blacklist', 'add', uidOf(8)]
  assert.deepEqual(screen.effects, [{ effect: 'run', words }])
})

test('another screen can send the person to a content, whatever is filtered', () => {
  const screen = new Screen(worldOf(three)).send({ input: 'search', text: 'alpha', done: true })
  screen.send({ input: 'show', cid: cidOf(3) })
  assert.match(screen.text, /── = Gamma/)
})

test('places lead where the words stand', () => {
  const screen = new Screen(worldOf(three, { detail: DETAIL }), WIDE).press('open')
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
  const screen = new Screen(worldOf([transferOf(99, { problem, state: 'failed' }), ...rows]))
  assert.match(screen.text, /▸! content 99[\s\S]*\n! the disk is full; make room$/m)
  assert.doesNotMatch(screen.press('down').text, /make room/)
  assert.equal(screen.text.split('\n').length, SMALL.rows)
})

test('an empty home says how to begin', () => {
  const screen = new Screen(worldOf([]))
  assert.match(screen.text, /nothing here yet/)
  assert.match(screen.press('open', 'pause', 'remove', 'mark', 'last').text, /:seed PATH/)
  assert.deepEqual(screen.effects, [])
})

test('lines fill their cells, no more', () => {
  const screen = new Screen(worldOf(three, { detail: DETAIL, rates: RATES }), WIDE).press('open')
  for (let tab = 0; tab < 6; tab++) {
    const { lines } = transfersScreen.picture(screen.state, screen.world, WIDE)
    assert.ok(lines.length <= WIDE.rows)
    for (const line of lines) assert.ok(lineCells(line) <= WIDE.columns)
    screen.press('right')
  }
})
