/**
 * The live view fits a small terminal at every stage of the demo, with and without colour.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { explain } from '../../client/demo/explanation.js'
import { BUYERS, createStage, type Published, type Stage } from '../../client/demo/stage.js'
import { view } from '../../client/demo/view.js'
import { bar, paint } from '../../client/ui/paint.js'
import { paletteOf } from '../../client/ui/theme.js'

const CONTENT: Published = {
  ...{
    path: '/x/a-name-of-some-length.iso',
    name: 'a-name-of-some-length.iso',
    cid: 'c'.repeat(40),
  },
  ...{ bytes: 104_857_600, files: [], pieceLength: 262_144, pieces: 400 },
  ...{ price: 5_000_000n, reward: 10_000n },
}

/** A stage in mid-download, with two contents behind it and large sums. */
function busyStage(): Stage {
  const stage = createStage('8MB')
  Object.assign(stage, {
    phase: 'selling a-name-of-some-length.iso',
    url: 'http://127.0.0.1:65535',
  })
  stage.published.push(CONTENT, { ...CONTENT }, { ...CONTENT })
  for (const [name, player] of Object.entries(stage.players)) {
    const uid = `${name.length}`.repeat(32)
    Object.assign(player, { uid, fetching: stage.published[2], spent: 15_000_000n })
    Object.assign(player, { left: 52_428_800, downRate: 99_900_000, upRate: 8_000_000 })
    Object.assign(player.pieces, { house: 150, alice: 50, bob: 50 })
    delete player.pieces[name]
    stage.books = {
      sum: 0n,
      balances: { ...stage.books.balances, [`member:${uid}:spendable`]: 1_234_567_891_234n },
    }
  }
  for (const content of stage.published.slice(0, 2)) {
    for (const peer of BUYERS) {
      const [paid, pieces] = [content.price, { house: 400 }]
      stage.downloads.push({ content, peer, files: [], seconds: 12.3, paid, pieces, sold: {} })
    }
  }
  return stage
}

const stages: [string, Stage][] = [
  ['empty', createStage('8MB')],
  ['busy', busyStage()],
]

for (const [name, stage] of stages) {
  test(`${name}: the view fits 80 columns and 24 rows and shows the same without colour`, () => {
    const lines = view(stage, { seconds: 3661, columns: 80 })
    assert.ok(lines.length < 24, `${lines.length} lines`)
    for (const spans of lines) {
      const plain = paint(spans, 79)
      assert.ok([...plain].length <= 79)
      assert.ok(!plain.includes('\u001b'))
      const coloured = paint(spans, 79, paletteOf('dark', 16))
      assert.equal(
        coloured
          .split('\u001b[')
          .join('\n[')
          .replaceAll(/\n\[[\d;]+m/g, ''),
        plain,
      )
    }
  })
}

test('a terminal of any width gets lines that fit it', () => {
  for (const columns of [0, 1, 20, 79, 200]) {
    for (const spans of view(busyStage(), { seconds: 1, columns })) {
      const room = Math.max(0, columns - 1)
      assert.ok([...paint(spans, room)].length <= room)
    }
  }
})

test('who sent how much, what was paid and what is left are all in the picture', () => {
  const picture = view(busyStage(), { seconds: 5, columns: 80 })
    .map((spans) => paint(spans, 79))
    .join('\n')
  for (const part of ['150 from house, 50 from bob', '50 %', 'price 5.00', '15.00', '1234567.89']) {
    assert.ok(picture.includes(part), `${part}\n${picture}`)
  }
})

test('a bar is full at 1, empty at 0, and never longer than its width', () => {
  const width = (share: number) => bar(share, 10).map((part) => part.length)
  assert.deepEqual([0, 0.5, 1, 2, -1].map(width), [
    ...[
      [0, 10],
      [5, 5],
      [10, 0],
    ],
    ...[
      [10, 0],
      [0, 10],
    ],
  ])
})

test('the closing words fit 80 columns', () => {
  for (const line of explain(busyStage())) assert.ok(line.length <= 80, line)
})
