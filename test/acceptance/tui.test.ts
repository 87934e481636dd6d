/** The full-screen client in a real terminal of 80 x 24: it fetches, shows, resizes and ends. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Market, sha256Of } from '../integration/market.js'
import { doneOf, floodgate } from '../integration/programs.js'
import { tmux } from './tmux.js'

const MAIN = fileURLToPath(new URL('../../client/main.js', import.meta.url))
const OFFER = { bytes: 64 * 16_384, pieceLength: 16_384, price: '2', reward: '0.01' }

/** Reads the screen until it fits; the test's own time limit ends a wait that is in vain. */
async function screen(fits: RegExp): Promise<string> {
  for (;;) {
    const text = tmux('capture-pane', '-p')
    if (fits.test(text)) return text
    await wait(100)
  }
}

test('floodgate alone on a terminal', { timeout: 120_000 }, async (t) => {
  const market = await Market.open(OFFER)
  t.after(() => market.close())
  await market.member('house')
  await market.member('ann', '5')
  const seller = await market.seller('house')
  const home = market.home('ann')
  doneOf(await floodgate(home, 'buy', market.cid, '--yes'))
  const out = market.home('out')
  const options = `--home ${home} --out ${out} --host 127.0.0.1`
  const command = `node ${MAIN} ${options}; echo ended $?; sleep 60`
  tmux('new-session', '-d', '-x', '80', '-y', '24', command)
  t.after(() => tmux('kill-server'))
  const complete = await screen(/content\.bin +█{16} +100 %.*\n.*peers/)
  assert.match(complete, /Provider \(cre/)
  assert.match(complete, /q quit/)
  tmux('send-keys', '?')
  await screen(/stop in good order/)
  tmux('resize-window', '-x', '120', '-y', '30')
  tmux('send-keys', '?')
  await screen(/content\.bin {40,}█/)
  tmux('send-keys', 'q')
  await screen(/ended 0/)
  assert.equal(sha256Of(readFileSync(join(out, 'content.bin'))), market.sha256)
  doneOf(await seller.stop())
  const wallet = doneOf(await floodgate(home, 'wallet'))
  assert.deepEqual([wallet.spent, wallet.agrees], ['2000000', true])
  await market.verify()
})
