/** Whether somebody is at the machine, told by a real terminal. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { utimesSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { lastInput, lookAtUse } from '../../client/earn/idle.js'
import { ROOT } from '../house/source.js'

/** Long ago: the kernel notes a key only when some seconds have passed since the one before. */
const HOUR_S = 3600

test('a key at a terminal shows in its device, and ends the idle time', async (t) => {
  const typist = spawn('python3', [join(ROOT, 'test/python/typist.py')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  t.after(() => typist.kill())
  const lines = createInterface({ input: typist.stdout })[Symbol.asyncIterator]()
  const next = async (): Promise<string> => String((await lines.next()).value)
  const device = await next()
  assert.match(device, /^\/dev\/pts\/\d+$/)
  const before = Math.floor(Date.now() / 1000) - HOUR_S
  utimesSync(device, before, before)
  assert.equal(lastInput(device), before * 1000)
  typist.stdin.write('\n')
  assert.equal(await next(), 'typed')
  const typed = lastInput(device)
  assert.ok(typed > before * 1000, 'the key was noted')
  const now = Date.now()
  const { idleMs, load } = await lookAtUse(now)
  assert.ok(idleMs <= Math.max(0, now - typed), 'no terminal is idle for longer than this one')
  assert.ok(load >= 0)
})

test('what is no terminal was never typed at', () => {
  assert.equal(lastInput('/dev/pts/none'), 0)
  assert.equal(lastInput(ROOT), 0)
})
