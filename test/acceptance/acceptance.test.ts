/**
 * The first issue's figure: 100 MiB in 400 pieces, the provider's seller limited to 8 MB/s, two
 * buyers at once, four processes; and `npm start` as a person sees it, in a terminal of 80 x 24.
 */
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { stripVTControlCharacters } from 'node:util'
import { auditOf, downloadsOf, ROOT, randomFile, runDemo, scratch } from '../demo/play.js'
import { sha256Of } from '../integration/market.js'
import { until } from '../until.js'
import { closeTerminals, tmux } from './tmux.js'

const MIB = 1024 * 1024
const SECONDS_MAX = 60

test('100 MiB reach both buyers in under a minute, a quarter of it from each other', async (t) => {
  const folder = scratch(t)
  const source = randomFile(folder, 'content.bin', 100 * MIB)
  const keep = join(folder, 'kept')
  const { path, sha256 } = source
  const demo = await runDemo('--keep', keep, '--up-limit', '8MB', '--piece-length', '262144', path)
  assert.equal(demo.status, 0, demo.stderr)
  const downloads = downloadsOf(demo)
  assert.deepEqual(downloads.map(({ peer }) => peer).sort(), ['alice', 'bob'])
  for (const { bytes, paid, peer, pieces, seconds, ...line } of downloads) {
    const other = peer === 'alice' ? 'bob' : 'alice'
    const [fromHouse, fromOther] = [pieces.house ?? 0, pieces[other] ?? 0]
    t.diagnostic(
      `${peer}: ${seconds} s, ${fromHouse} pieces from house, ${fromOther} from ${other}`,
    )
    assert.deepEqual([bytes, line.sha256, paid], [100 * MIB, sha256, '5000000'])
    assert.equal(fromHouse + fromOther, 400)
    assert.ok(fromOther >= 100, 'at least a quarter from the other buyer')
    assert.ok(seconds < SECONDS_MAX, `${seconds} s`)
  }
  for (const { file } of downloads) assert.equal(sha256Of(readFileSync(file)), sha256)
  const audited = auditOf(join(keep, 'tracker/tracker.db'))
  const sellers = audited.filter(({ event }) => event === 'seller')
  assert.equal(
    sellers.reduce((sum, { pieces }) => sum + Number(pieces), 0),
    800,
  )
})

test('npm start is a live view that fits 80 x 24 and explains itself at the end', async (t) => {
  const command = `cd '${ROOT}' && npm start --silent; sleep 100`
  // Whoever looks at the terminal now and then may miss a picture: all that it is sent is kept.
  const sent = join(scratch(t), 'sent')
  const keep = ['pipe-pane', '-t', 'start', `cat > '${sent}'`]
  tmux('new-session', '-d', '-s', 'start', '-x', '80', '-y', '24', command, ';', ...keep)
  t.after(closeTerminals)
  const pictures = (): string =>
    existsSync(sent) ? stripVTControlCharacters(readFileSync(sent, 'utf8')) : ''
  const last = () => pictures().slice(-4000)
  await until('the end of the demo', () => pictures().includes('What to try next'), { seen: last })
  for (const text of ['now: selling', 'from house', '✓ gallery', 'can use']) {
    assert.ok(pictures().includes(text), `${text}\n${last()}`)
  }
  assert.match(pictures(), /[^\d][1-9]\d? %/, 'a download was seen on its way')
  const history = tmux('capture-pane', '-p', '-S', '-100', '-t', 'start')
  assert.match(history, /What happened/)
  assert.match(history, /together hold 0\.00/)
})
