/** The chooser, played on recorded demand, beats what anybody would think of first. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { ROOT } from '../house/source.js'
import { drawMarket, readRecordings, SEEDS, writeRecordings } from './demand.js'
import { Replay, type Strategy } from './replay.js'
import { bestSelling, chosen, random, rarestFirst } from './strategies.js'

const text = readFileSync(join(ROOT, 'test/replay/recorded.ndjson'), 'utf8')
const recordings = readRecordings(text)
/** Draws of chance for each strategy in each market. */
const ROUNDS = 5

/** Net income per GB of quota in one market, averaged over draws of chance. */
function played(seed: string, strategy: Strategy): number {
  const recording = recordings.find((one) => one.seed === seed)
  assert.ok(recording)
  const rounds = Array.from({ length: ROUNDS }, (_, round) =>
    new Replay(recording, `${strategy.name} ${round}`).run(strategy),
  )
  return rounds.reduce((sum, { perGb }) => sum + perGb, 0) / ROUNDS
}

test('the recording is what the documented shapes and seeds give', () => {
  assert.equal(writeRecordings(SEEDS.map(drawMarket)), text)
})

for (const seed of SEEDS) {
  test(`market ${seed}: the chooser earns most for each GB of quota`, (t) => {
    const [ours, lot, rare, best] = [chosen, random, rarestFirst, bestSelling].map((each) =>
      played(seed, each),
    ) as [number, number, number, number]
    const figures = { chosen: ours, random: lot, 'rarest first': rare, 'best selling': best }
    for (const [name, perGb] of Object.entries(figures)) {
      t.diagnostic(`${name}: ${perGb.toFixed(2)} net per GB of quota`)
    }
    assert.ok(ours > lot, 'random')
    assert.ok(ours > rare, 'rarest first')
  })
}
