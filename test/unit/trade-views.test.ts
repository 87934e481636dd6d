/** Charts, maps, columns and amounts: they say what is so, and nothing is wider than it may be. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { amountIn, percentCell, spanCell } from '../../client/ui/amounts.js'
import { areaChart, barChart } from '../../client/ui/chart.js'
import {
  type Column,
  cutLine,
  fitLine,
  headLine,
  placeColumns,
  rowLine,
  sortRows,
} from '../../client/ui/columns.js'
import { lineCells } from '../../client/ui/paint.js'
import { countMap, mapLegend, mapLines, mapScale } from '../../client/ui/piece-map.js'
import { type Opened, opened, type Size } from '../../client/ui/screen.js'
import { seedingScreen } from '../../client/ui/seeding/seeding-screen.js'
import { shopScreen } from '../../client/ui/shop/shop-screen.js'
import { transfersScreen } from '../../client/ui/transfers/transfers-screen.js'
import { formatAmount } from '../../shared/amount.js'
import { cidOf, DETAIL, OFFER, PROVIDER, shownLines, transferOf, worldOf } from './trade-world.js'

const anyText = fc.string({ unit: 'binary', maxLength: 80 })

test('an area chart stands on its floor, the newest at the right, and shows the least', () => {
  assert.deepEqual(areaChart([1, 2, 3, 4], { columns: 2, rows: 1 }), ['⣠⣾'])
  assert.deepEqual(areaChart([8], { columns: 2, rows: 2 }), ['⠀⢸', '⠀⢸'])
  assert.deepEqual(areaChart([0, 1, 1000], { columns: 2, rows: 1 }), ['⠀⣸'])
  assert.deepEqual(areaChart([], { columns: 2, rows: 1 }), ['⠀⠀'])
})

test('bars are exact for amounts of any size', () => {
  const huge = 10n ** 24n
  assert.deepEqual(barChart([0n, huge / 2n, huge, 1n], { rows: 1, width: 1 }), [' ▄█▁'])
  assert.deepEqual(barChart([huge], { rows: 2, width: 3 }), ['██ ', '██ '])
  assert.deepEqual(barChart([0n, 0n], { rows: 1, width: 2 }), ['    '])
})

test('a piece map shows every piece, or what a group of them has in common', () => {
  const size = { columns: 5, rows: 2 }
  const text = (map: string) => shownLines(mapLines(map, mapScale(map.length, size)), 80)
  assert.deepEqual(text('#$o.-'), ['▓█»·-'])
  assert.deepEqual(text('##$#..#.o.--#.##$$$$'), ['▓█·▒»', '-▒▓██'])
  const [legend] = shownLines([mapLegend('#$o.#')], 80)
  assert.match(
    legend ?? '',
    /█ 1 sold {2}▓ 2 here {2}▒ partly here {2}» 1 under way {2}· 1 missing/,
  )
  assert.deepEqual(countMap('#$o.-#'), { here: 2, sold: 1, underWay: 1, missing: 1, unwanted: 1 })
  fc.assert(
    fc.property(fc.nat(3000), fc.integer({ min: 1, max: 80 }), (pieces, columns) => {
      const lines = mapLines('.'.repeat(pieces), mapScale(pieces, { columns, rows: 12 }))
      assert.ok(lines.length <= 12)
      for (const line of lines) assert.ok(lineCells(line) <= columns)
    }),
  )
})

test('an amount that does not fit says so, and is never shown as more than it is', () => {
  assert.equal(amountIn(120_000n, 9), '0.12')
  assert.equal(amountIn(1_234_567_891n, 9), '~1234.567')
  assert.equal(amountIn(1_234_567_891n, 5), '~1234')
  assert.equal(amountIn(1_234_567_891n, 3), '###')
  fc.assert(
    fc.property(
      fc.bigInt({ min: 0n, max: 1n << 70n }),
      fc.integer({ min: 1, max: 30 }),
      (value, cells) => {
        const text = amountIn(value, cells)
        assert.ok(text.length <= cells)
        if (!text.startsWith('~')) {
          assert.ok(text === formatAmount(value) || /^#*$/.test(text))
          return
        }
        assert.ok(formatAmount(value).startsWith(text.slice(1)))
      },
    ),
  )
})

test('a line that is cut says so: half an amount is no amount', () => {
  assert.deepEqual(shownLines([cutLine(['earned ', ['12.50', 'money']], 10)], 80), ['earned 12…'])
  assert.deepEqual(shownLines([cutLine(['電電', '電'], 4)], 80), ['電…'])
  assert.deepEqual(shownLines([cutLine(['電電', '電'], 6)], 80), ['電電電'])
  assert.deepEqual(shownLines([cutLine(['a', 'b'], 0)], 80), [''])
})

test('the arrow of the sorted column is seen in the narrowest column', () => {
  const column = { title: 'Peers', width: 5, rank: 0, right: true, text: () => '' }
  const titles = headLine(placeColumns([column], 5), { column, descending: true })
  assert.deepEqual(shownLines([titles], 80), ['Peer▾'])
})

test('a share is 100 % only when nothing is missing', () => {
  assert.equal(percentCell(999_999, 1_000_000), '99 %')
  assert.equal(percentCell(0, 0), '100 %')
  assert.deepEqual([12, 86_400 * 200, 1e12, undefined].map(spanCell), ['12s', '200d', '>27y', '-'])
})

const COLUMNS: readonly Column<string>[] = [
  { title: 'a', width: 4, stretches: true, rank: 0, text: (row) => row },
  { title: 'b', width: 6, right: true, rank: 1, text: (row) => row },
  { title: 'c', width: 8, rank: 2, text: (row) => row },
]

test('columns fill the width; those of least importance go first', () => {
  const titles = (columns: number): string =>
    placeColumns(COLUMNS, columns)
      .map(({ column, width }) => `${column.title}${width}`)
      .join(' ')
  assert.equal(titles(30), 'a14 b6 c8')
  assert.equal(titles(19), 'a12 b6')
  assert.equal(titles(6), 'a6')
  fc.assert(
    fc.property(anyText, fc.integer({ min: 4, max: 120 }), (text, columns) => {
      assert.equal(lineCells(rowLine(placeColumns(COLUMNS, columns), text)), columns)
      assert.equal(lineCells(fitLine([text, [text, 'dim']], columns)), columns)
    }),
  )
})

test('sorting is stable, and what is missing comes last in either order', () => {
  const rows = [{ key: 2 }, { key: undefined }, { key: 1 }, { key: 2, second: true }]
  const keys = (descending: boolean) =>
    sortRows(rows, ({ key }) => key, descending).map((row) => row.key)
  assert.deepEqual(keys(false), [1, 2, 2, undefined])
  assert.deepEqual(keys(true), [2, 2, 1, undefined])
  assert.deepEqual(sortRows(rows, ({ key }) => key, true)[1], rows[3])
})

/** Every picture of a screen after some actions. */
function check(start: Opened, world: ReturnType<typeof worldOf>, size: Size, actions: string[]) {
  let screen = start
  for (const action of actions) {
    screen = screen.step({ input: 'action', action }, world, size).state
    const { lines, places = [] } = screen.picture(world, size)
    assert.ok(lines.length <= size.rows, `${lines.length} lines in ${size.rows} rows`)
    for (const line of shownLines(lines, size.columns)) assert.doesNotMatch(line, /\p{Cc}/u)
    for (const { from, row, to } of places) {
      assert.ok(row >= 0 && row < size.rows && from >= 0 && from < to)
    }
    if (size.columns < 40) continue
    for (const line of lines) {
      assert.ok(lineCells(line) <= size.columns, `${lineCells(line)}: ${JSON.stringify(line)}`)
    }
  }
}

test('whatever others call their things, no screen is wider or higher than the terminal', () => {
  const amounts = fc.bigInt({ min: 0n, max: 1n << 62n })
  const sizes = fc.constantFrom(
    ...([
      [80, 21],
      [120, 37],
      [200, 57],
      [40, 7],
      [10, 2],
    ] as const),
  )
  fc.assert(
    fc.property(
      fc.array(fc.tuple(anyText, amounts, fc.nat()), { maxLength: 80 }),
      anyText,
      sizes,
      (rows, text, [columns, most]) => {
        const transfers = rows.map(([name, amount, bytes], number) =>
          transferOf(number, {
            ...{ name, folder: name, earned: amount, spent: amount, price: amount, reward: amount },
            ...{ bytes, wanted: bytes, left: Math.floor(bytes / 2), exposed: amount },
            ...(number % 3 === 0
              ? { problem: { code: 'internal', message: name, advice: text } }
              : {}),
          }),
        )
        const detail = {
          ...DETAIL,
          files: DETAIL.files.map((file) => ({ ...file, name: text })),
          peers: DETAIL.peers.map((peer) => ({ ...peer, address: text, client: text })),
          trackers: DETAIL.trackers.map((tracker) => ({ ...tracker, url: text, message: text })),
          mode: text,
        }
        const offers = rows.map(([name, amount, bytes], number) => ({
          ...{ ...OFFER, cid: cidOf(number), name, currency: name, mode: text, size: bytes },
          ...{ price: amount, reward: amount, sellers: bytes, expected: bytes, week: bytes },
        }))
        const rates = { every: 2000, down: rows.map(([, , bytes]) => bytes), up: [] }
        const world = worldOf(transfers, {
          ...{ detail, rates },
          earnings: {
            from: 0,
            rows: offers.map((offer) => ({ ...offer, hours: [offer.price, offer.reward] })),
          },
          offers: { offers, problems: [{ provider: PROVIDER, message: text }] },
        })
        const moves = ['last', 'open', 'right', 'right', 'right', 'right', 'right', 'down']
        const size = { columns, rows: most }
        check(opened(transfersScreen), world, size, moves)
        check(opened(shopScreen), world, size, ['last', 'up', 'sort'])
        check(opened(seedingScreen), world, size, ['last', 'up', 'span', 'right', 'last'])
      },
    ),
    { numRuns: 60 },
  )
})
