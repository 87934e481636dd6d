/** The tabs of one content: what each says, and what is done there. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { lineCells } from '../../client/ui/paint.js'
import { transfersScreen } from '../../client/ui/transfers/transfers-screen.js'
import {
  cidOf,
  DETAIL,
  DrivenTransfers,
  shownLines,
  THREE,
  transferOf,
  uidOf,
  WIDE,
  worldOf,
} from './trade-world.js'

const RATES = { every: 2000, down: [0, 1_000_000, 3_200_000], up: [0, 0, 1_100_000] }

test('the tabs open over a small screen and below the list on a large one', () => {
  const answers = { detail: DETAIL, rates: RATES }
  const small = new DrivenTransfers(worldOf(THREE, answers)).press('open')
  assert.match(small.text, /^── ↓ Alpha ─+\n overview {2}files {2}pieces {2}peers/)
  assert.match(small.text, /state +fetching {2}42 % of 691 MB {2}ETA 2m05s/)
  assert.match(small.text, /price +2\.00 credit; each piece sold earns 0\.005/)
  assert.match(small.text, /down, last minute, top 3\.20 MB\/s/)
  assert.deepEqual(
    transfersScreen.needs?.(small.state, small.world).map(({ call }) => call),
    ['detail', 'rates'],
  )
  const wide = new DrivenTransfers(worldOf(THREE, answers), WIDE).press('open')
  assert.match(wide.text, /▸↓ Alpha[\s\S]*Gamma[\s\S]*── ↓ Alpha/)
  assert.match(wide.press('next').text, /▸↑ beta[\s\S]*── ↑ beta/)
  assert.equal(wide.press('back').deep, false)
})

test('every tab says what the daemon told', () => {
  const screen = new DrivenTransfers(worldOf(THREE, { detail: DETAIL, rates: RATES })).press('open')
  assert.match(screen.press('right').text, /1 film\/part one\.mkv +600 MB +33 % .*high/)
  assert.match(
    screen.press('right').text,
    /400 pieces of 1\.05 MB; a cell is one piece\n █ 16 sold {2}▓ 150 here/,
  )
  const peers = screen.press('right').text
  assert.match(peers, /192\.0\.2\.7:6881 +7aaaaaaa +100 % 2\.00 MB +4 +0 +1/)
  assert.match(peers, /\[2001:db8::7\].* 10 % +1\.10 MB +2 +2 +0/)
  assert.match(peers, /\n member +7a{31} {2}192\.0\.2\.7:6881$/, 'whole, to be copied')
  assert.match(screen.press('right').text, /away\.example +away +the tracker cannot/)
  const money = screen.press('right').text
  assert.match(money, /spent +2\.00; of it 0\.83 went to sellers for 166 pieces/)
  assert.match(money, /earned +0\.12 from 24 pieces sold; 6 % of what it cost is back/)
  assert.match(money, /tokens left +234, worth 1\.17 to sellers/)
  assert.match(money, /worst today +0\.32/)
  assert.match(money, /8a+… +66 +0\.33 +24 +0\.12 +-0\.21/)
  assert.match(money, /\n member +(7|8)a{31}$/, 'whole, to be copied')
  assert.match(screen.press('right').text, /state +fetching/)
})

test('files: space skips, plus and minus change how much a file is wanted', () => {
  const screen = new DrivenTransfers(worldOf(THREE, { detail: DETAIL })).press('open', 'right')
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
  const screen = new DrivenTransfers(worldOf(THREE, { detail: DETAIL })).press('open')
  screen.press('blacklist')
  assert.equal(screen.effects.pop()?.effect, 'tell')
  screen.press('left', 'left', 'left', 'down', 'blacklist')
  const asked = screen.effects.pop()
  assert.ok(asked?.effect === 'ask')
  screen.send({ input: 'said', tag: asked.tag, text: 'yes' })
  const words = ['blacklist', 'add', uidOf(8)]
  assert.deepEqual(screen.effects, [{ effect: 'run', words }])
})

test('lines fill their cells, no more', () => {
  const screen = new DrivenTransfers(worldOf(THREE, { detail: DETAIL, rates: RATES }), WIDE).press(
    'open',
  )
  for (let tab = 0; tab < 6; tab++) {
    const { lines } = transfersScreen.picture(screen.state, screen.world, WIDE)
    assert.ok(lines.length <= WIDE.rows)
    for (const line of lines) assert.ok(lineCells(line) <= WIDE.columns)
    screen.press('right')
  }
})

test('P plays the content, or the chosen file; B buys missing pieces after their cost', () => {
  const screen = new DrivenTransfers(worldOf(THREE, { detail: DETAIL })).press('play')
  assert.deepEqual(screen.lastEffect(), { effect: 'run', words: ['play', cidOf(1)] })
  screen.press('open', 'right', 'down', 'play')
  assert.deepEqual(screen.lastEffect(), {
    ...{ effect: 'run', words: ['play', cidOf(1), '--file', '2'] },
  })
  screen.press('buy')
  const request = { cid: cidOf(1) }
  assert.deepEqual(screen.lastEffect(), { effect: 'call', call: 'quote', request })
  const answer = {
    ...{ cid: cidOf(1), name: 'Alpha', bytes: 1, price: 10_000n, currency: 'credit' },
    ...{ spendable: 8_000_000n, terms: ['for 2 pieces of 400'] },
  }
  screen.send({ input: 'called', call: 'quote', request, answer: { ...answer, price: 0n } })
  assert.equal(screen.lastEffect()?.effect, 'tell', 'nothing has to be bought')
  screen.send({ input: 'called', call: 'quote', request, answer: { ...answer, pieces: 2 } })
  const question = screen.asked()
  assert.match(question.text, /price +0\.01 credit: all of it[\s\S]*for 2 pieces of 400/)
  screen.send({ input: 'said', tag: question.tag, text: undefined })
  assert.deepEqual(screen.effects, [])
  screen.send({ input: 'said', tag: question.tag, text: 'yes' })
  assert.deepEqual(screen.lastEffect(), {
    ...{ effect: 'call', call: 'buy', request: { ...request, price: 10_000n } },
  })
})

test('each tab with a table is sorted by the keys of the lists, and keeps its order', () => {
  const screen = new DrivenTransfers(worldOf(THREE, { detail: DETAIL })).press('open', 'right')
  const titles = () => screen.text.split('\n')[2] ?? ''
  const firsts = () =>
    screen.text
      .split('\n')
      .slice(3, 6)
      .map((line) => line.slice(2).trim()[0])
  assert.match(titles(), /#▴ File /)
  screen.press('down', 'sort')
  assert.match(titles(), /File▴/)
  assert.deepEqual(firsts(), ['3', '2', '1'])
  screen.press('sort')
  assert.match(titles(), /Size▾/)
  assert.deepEqual(firsts(), ['1', '2', '3'])
  screen.press('reverse')
  assert.deepEqual(firsts(), ['3', '2', '1'])
  assert.match(screen.text, /▸ +2 film\/extras/, 'the choice stays on its file')
  screen.press('mark')
  const skipped = { cid: cidOf(1), files: [{ number: 2, priority: 'skip' }] }
  assert.deepEqual(screen.lastEffect(), { effect: 'call', call: 'priorities', request: skipped })
  assert.equal(screen.state.sort, 'added', 'the list keeps its own order')
  screen.press('right', 'sortback')
  assert.equal(screen.state.sort, 'added', 'nobody sees the list')
  assert.match(JSON.stringify(screen.lastEffect()), /there is no table here to sort/)
  screen.press('right')
  assert.match(titles(), /Down\/s▾/)
  screen.press('left', 'left')
  assert.match(titles(), /Size▴/, 'a tab that is opened again is sorted as it was left')
  const beside = new DrivenTransfers(screen.world, WIDE).press('open', 'sort')
  assert.equal(beside.state.tab, 'overview')
  assert.match(beside.text.split('\n')[0] ?? '', /Name▴/, 'the list above a tab without a table')
})

test('rows of a tab that move do not move the choice', () => {
  const screen = new DrivenTransfers(worldOf(THREE, { detail: DETAIL }))
  screen.press('open', 'right', 'right', 'right')
  assert.match(screen.text, /▸ 192\.0\.2\.7/)
  const peers = DETAIL.peers.map((peer, at) => ({ ...peer, downRate: at }))
  screen.world = worldOf(THREE, { detail: { ...DETAIL, peers } })
  assert.match(screen.text, /\[2001:db8::7\][^▸]*▸ 192\.0\.2\.7/)
  screen.press('blacklist')
  assert.match(screen.asked().text, new RegExp(uidOf(7)))
})

test('a click on a title sorts what stands below it: the list, or the table of the tab', () => {
  const screen = new DrivenTransfers(worldOf(THREE, { detail: DETAIL }), WIDE)
  screen.press('open', 'left')
  const click = (action: 'sortby' | 'sorttab', word: string) => {
    const { lines, places = [] } = screen.picture
    const text = shownLines(lines, WIDE.columns)
    const place = places.find(
      ({ from, row, to, ...each }) =>
        each.action === action && text[row]?.slice(from, to).trim() === word,
    )
    assert.ok(place?.at !== undefined, `no title ${word}`)
    screen.send({ input: 'action', action, at: place.at })
  }
  click('sorttab', 'Paid it')
  assert.match(screen.text, /Paid it▾/)
  click('sortby', 'Earned')
  assert.match(screen.text, /Earned▾[\s\S]*Paid it▾/)
})

test('money: what was earned is of the same moment as the members below it', () => {
  const late = transferOf(1, { name: 'Alpha', earned: 0n })
  const screen = new DrivenTransfers(worldOf([late], { detail: DETAIL })).press('open', 'left')
  assert.match(screen.text, /earned +0\.12 from 24 pieces sold/)
})
