/** Small parts of a home at work: words that are relayed, settings that change, turns, updates. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { feed, type Shown } from '../../client/daemon/feed.js'
import { Log } from '../../client/daemon/log.js'
import { Turns } from '../../client/daemon/turns.js'
import { unitText } from '../../client/daemon/unit.js'
import type { Update } from '../../client/local/calls.js'
import type { Totals } from '../../client/local/rows.js'
import type { Transfer } from '../../client/local/transfer-rows.js'
import { SETTINGS } from '../../client/settings.js'
import { must, refused } from '../../shared/errors.js'
import type { Cid } from '../../shared/identifier.js'
import { LOG_MAX_COUNT } from '../../shared/local-limits.js'
import { withoutOptions } from '../../shared/program.js'
import {
  changedSetting,
  formatSettings,
  readSettings,
  type Setting,
} from '../../shared/settings.js'
import { until } from '../until.js'

test('words go to another process without what is between this one and its home', () => {
  const words = ['get', '--home', '/h', 'x', '--passphrase-file=/secret', '--out', 'd', '-y']
  const left = withoutOptions(words, ['home', 'passphrase-file'])
  assert.deepEqual(left, ['get', 'x', '--out', 'd', '-y'])
  assert.deepEqual(withoutOptions(['buy', '--', '--home', 'x'], ['home']), [
    ...['buy', '--', '--home', 'x'],
  ])
})

test('one setting changes and every other line stays', () => {
  const setting = (name: string) => SETTINGS.find((each) => each.name === name) as Setting
  const file = formatSettings(['head'], SETTINGS)
  const port = must(changedSetting(file, setting('port'), '6999'))
  assert.match(port, /^port = 6999$/m)
  const both = must(changedSetting(port, setting('up-limit'), '2MB'))
  const read = must(readSettings(both, 'config.toml', SETTINGS))
  assert.deepEqual([read.get('port')?.value, read.get('up-limit')?.value], ['6999', '2MB'])
  const peers = must(changedSetting(both, setting('peer'), '192.0.2.7:6881, 192.0.2.8:1'))
  assert.match(peers, /^peer = \["192\.0\.2\.7:6881", "192\.0\.2\.8:1"\]$/m)
  const out = must(
    changedSetting(must(changedSetting(both, setting('port'), '')), setting('out'), '/a "b"'),
  )
  const again = must(readSettings(out, 'config.toml', SETTINGS))
  assert.deepEqual([again.get('port'), again.get('out')?.value], [undefined, '/a "b"'])
  const missing = must(changedSetting('', setting('port'), '1'))
  assert.equal(missing, 'port = 1\n')
  for (const wrong of ['70000', 'x', '-1']) {
    const refusal = changedSetting(file, setting('port'), wrong)
    assert.equal(refused(refusal) && refusal.code, 'usage', wrong)
  }
})

test('what is done to one thing takes turns, also behind a failure', async () => {
  const turns = new Turns<string>()
  const done: string[] = []
  let open: () => void = () => undefined
  const gate = new Promise<void>((resolve) => {
    open = resolve
  })
  const first = turns.take('a', async () => {
    await gate
    done.push('first')
    throw new Error('first')
  })
  const second = turns.take('a', async () => done.push('second'))
  await turns.take('b', async () => done.push('other'))
  open()
  await assert.rejects(first)
  await second
  await turns.over()
  assert.deepEqual(done, ['other', 'first', 'second'])
})

test('the log keeps the newest lines under rising numbers', () => {
  const log = new Log(() => 7)
  for (let at = 1; at <= LOG_MAX_COUNT + 5; at++) log.tell('info', `line ${at}`)
  assert.equal(log.after(0).length, LOG_MAX_COUNT)
  assert.deepEqual(
    log.after(LOG_MAX_COUNT + 3).map(({ number, text }) => [number, text]),
    [4, 5].map((more) => [LOG_MAX_COUNT + more, `line ${LOG_MAX_COUNT + more}`]),
  )
})

test('a reader is told everything once, then differences alone', async () => {
  const row = (cid: string, left: number): Transfer => ({
    ...{ cid: cid as Cid, name: cid, paid: false, state: 'fetching', origin: 'person', added: 0 },
    ...{ folder: '/', bytes: 9, wanted: 9, left, pieces: 1, have: 0, downRate: 0, upRate: 0 },
    ...{ downloaded: 0, uploaded: 0, peers: 0, sequential: false },
  })
  const totals = { version: '1', pid: 1, started: 0, port: 1, problems: [] }
  let shown: Shown = {
    totals: { ...totals, downRate: 0, upRate: 0, transfers: 2 } as Totals,
    transfers: [row('a', 9), row('b', 9)],
    accounts: [],
  }
  const none = { blacklist: 0, cases: 0, settings: 0, history: 0 }
  let changes = none
  const told: Update[] = []
  const source = { shown: () => shown, logAfter: () => [], changes: () => changes }
  const end = feed(source, 1, (update) => told.push(update))
  const names = () => told.map((update) => update.transfer?.cid ?? update.gone ?? update.changed)
  assert.deepEqual(names(), [undefined, 'a', 'b'])
  told.length = 0
  const problem = { code: 'disk-full', message: 'full' }
  shown = { ...shown, transfers: [{ ...row('a', 9), problem }, row('c', 9)] }
  changes = { ...none, cases: 1 }
  await until('what changed', () => told.length >= 4)
  assert.deepEqual(names(), ['a', 'c', 'b', 'cases'])
  told.length = 0
  shown = { ...shown, transfers: [{ ...row('a', 9), problem: { ...problem } }, row('c', 8)] }
  await until('what changed', () => told.length > 0)
  assert.deepEqual(names(), ['c'])
  end()
})

test('nothing in a unit is expanded by systemd', () => {
  const text = unitText({ command: ['/n ode', '/a"b\\c', '$HOME %h'], folder: '/50%' })
  assert.match(text, /^ExecStart="\/n ode" "\/a\\"b\\\\c" "\$\$HOME %%h"$/m)
  assert.match(text, /^Description=Floodgate in \/50%%$/m)
})
