/** What verbs list for people fits a terminal of 80 columns, whatever the contents are called. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { cellsOf } from '../../client/ui/cells.js'
import { Market } from './market.js'
import { DIST, doneOf, floodgate } from './programs.js'

const OFFER = { bytes: 50_000, pieceLength: 16_384, price: '123456.789', reward: '0.01' }
const LONG = '映画とても長い名前'.repeat(9)

let market: Market
let cid: string
before(async () => {
  market = await Market.open(OFFER)
  await market.member('ann', '1000000')
  const file = join(market.folder, LONG)
  writeFileSync(file, 'x'.repeat(1000))
  const sold = doneOf(await market.desk('publish', file, '--price', '123456', '--reward', '1'))
  cid = String(sold.cid)
  doneOf(await floodgate(market.home('ann'), 'buy', cid, '--yes'))
  const other = '0123456789abcdef0123456789abcdef'
  const add = ['blacklist', 'add', other, '--reason', LONG.slice(0, 18)]
  doneOf(await floodgate(market.home('ann'), ...add))
})
after(() => market.close())

/** What a verb says to a person. */
function said(...words: readonly string[]): string {
  const args = [join(DIST, 'client/main.js'), ...words, '--home', market.home('ann')]
  const { status, stdout } = spawnSync(process.execPath, args, { encoding: 'utf8' })
  assert.equal(status, 0)
  return stdout
}

test('floodgate key says until when the certificate holds, and that it is renewed', () => {
  assert.match(
    said('key'),
    /certificate until \d{4}-\d\d-\d\d \d\d:\d\d UTC; it is renewed by itself\n/,
  )
})

for (const words of [['search'], ['wallet'], ['blacklist'], ['complain'], ['earn']]) {
  test(`floodgate ${words.join(' ')}`, () => {
    const stdout = said(...words)
    if (words[0] === 'search' || words[0] === 'wallet') assert.ok(stdout.includes(`  ${cid}`))
    if (words[0] === 'search') {
      assert.match(stdout, /^NAME +SIZE .* SELLERS +TIME +SOLD\/DAY +\/WEEK$/m)
      assert.match(stdout, /^ {2}[0-9a-f]{40} {2}reward 0\.01, open, n 4, b 8$/m, 'each part whole')
    }
    for (const line of stdout.split('\n')) assert.ok(cellsOf(line) <= 80, line)
  })
}
