/** Lists that the screens of money share: the choice, the search, the panel below. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { HistoryRow } from '../../client/local/rows.js'
import { blacklistScreen } from '../../client/ui/blacklist-screen.js'
import { casesScreen } from '../../client/ui/cases-screen.js'
import { type Opened, opened, type Size } from '../../client/ui/screen.js'
import { walletScreen } from '../../client/ui/wallet-screen.js'
import { needKey, type World } from '../../client/ui/world.js'
import { ACCOUNT, CASE, POSTING, PROVIDER, shownOf, worldOf } from '../ui-world.js'

const SIZE: Size = { rows: 21, columns: 80 }

/** A wallet with these postings. */
function historyOf(...rows: HistoryRow[]): World {
  const key = needKey('history', { provider: PROVIDER, most: 1000 })
  return worldOf([ACCOUNT], new Map([[key, { rows }]]))
}

const act = (state: Opened, world: World, action: string): Opened =>
  state.step({ input: 'action', action }, world, SIZE).state

test('the choice follows its row, headings look as in the shop, and q ends a search', () => {
  const row = (at: number): HistoryRow => ({ ...POSTING, name: `film ${at}`, amount: BigInt(at) })
  const state = act(opened(walletScreen), historyOf(row(1), row(2), row(3)), 'down')
  const later = historyOf(row(9), row(1), row(2), row(3))
  const { lines, note } = state.picture(later, SIZE)
  assert.equal(note, '3 of 4')
  const [chosen] = lines.filter((line) => line.some((span) => span.includes('chosen')))
  assert.match(shownOf({ lines: chosen === undefined ? [] : [chosen] }), /▸ .*film 2/)
  const titles = lines.find((line) => line.some((span) => span[0]?.startsWith('Content ')))
  assert.ok(titles?.every((span) => typeof span === 'string' || span[1] === 'dim'))
  const searched = state.step({ input: 'search', text: 'FILM 3', done: true }, later, SIZE).state
  assert.deepEqual([searched.deep, searched.picture(later, SIZE).note], [true, '1 of 1, "FILM 3"'])
  const back = act(searched, later, 'back')
  assert.deepEqual([back.deep, back.picture(later, SIZE).note], [false, '3 of 4'])
})

test('a panel leaves rows to its list, and the wheel and clicks hit the rows below titles', () => {
  const rows = Array.from({ length: 9 }, (_, number) => ({
    ...CASE,
    number,
    line: 'x '.repeat(900),
  }))
  const world = worldOf([ACCOUNT], new Map([[needKey('cases', {}), { rows }]]))
  const state = opened(casesScreen)
  const { lines, places = [] } = state.picture(world, SIZE)
  assert.equal(lines.length, SIZE.rows)
  assert.deepEqual(
    places.map(({ row, at, twice }) => [row, at, twice]),
    [1, 2, 3].map((row) => [row, row - 1, 'open']),
  )
  const next = state.step({ input: 'action', action: 'choose', at: 2 }, world, SIZE).state
  assert.match(next.picture(world, SIZE).note ?? '', /^3 of 9, 9 to answer$/)
})

test('what an empty list says is whole at every width', () => {
  const none = { rows: [] }
  const answers = new Map(
    ['blacklist', 'cases'].map((call) => [needKey(call as 'cases', {}), none]),
  )
  const world = worldOf([ACCOUNT], answers)
  for (const screen of [opened(blacklistScreen), opened(casesScreen)]) {
    for (const columns of [40, 80, 120]) {
      const text = shownOf(screen.picture(world, { columns, rows: 20 }))
      assert.match(text.replace(/\s+/g, ' '), / by hand\.|a complaint begins there\./)
      assert.doesNotMatch(text, /…/)
      assert.doesNotMatch(text, /^ ?[^ \n]/m, 'all lines are as far from the edge')
    }
  }
})
