/** Whether somebody is at the machine, told by a real terminal and by the session's own word. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { chmodSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { type TestContext, test } from 'node:test'
import { lastInput, lookAtUse } from '../../client/earn/idle.js'
import { folder } from '../engine-content.js'
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

/** A loginctl first on PATH that knows these sessions, each with its properties. */
async function logind(t: TestContext, sessions: Readonly<Record<string, string>>): Promise<void> {
  const path = await folder(t)
  const rows = Object.keys(sessions).map((id) => `echo ' ${id} 1000 ann seat0 tty2'`)
  const shown = Object.entries(sessions).map(([id, text]) => `${id}) printf '${text}' ;;`)
  const script = ['case "$1" in', 'list-sessions)', ...rows, ';;', 'show-session) case "$2" in']
  const lines = ['#!/bin/sh', ...script, ...shown, 'esac ;;', 'esac', '']
  writeFileSync(join(path, 'loginctl'), lines.join('\n'))
  chmodSync(join(path, 'loginctl'), 0o755)
  const before = process.env.PATH
  process.env.PATH = `${path}:${before}`
  t.after(() => {
    process.env.PATH = before
  })
}

/** Far ahead of every terminal of this machine, so that only sessions count. */
const LATER = Date.now() + 1000 * HOUR_S * 1000

const IDLE = (sinceMs: number) => `IdleHint=yes\\nIdleSinceHint=${sinceMs * 1000}\\n`

test('a desktop that its session calls busy is in use now', async (t) => {
  await logind(t, { 2: 'IdleHint=no\\nIdleSinceHint=0\\nType=wayland\\n' })
  assert.equal((await lookAtUse(LATER)).idleMs, 0)
})

test('a desktop is idle since its session says so, and the busiest session counts', async (t) => {
  await logind(t, {
    2: `${IDLE(LATER - 9_000_000)}Type=x11\\n`,
    c4: `${IDLE(LATER - 5_000_000)}Type=wayland\\n`,
  })
  assert.equal((await lookAtUse(LATER)).idleMs, 5_000_000)
})

test('a session without a desktop shows in its terminal, not in its hint', async (t) => {
  await logind(t, { 7: 'IdleHint=no\\nIdleSinceHint=0\\nType=tty\\n' })
  assert.ok((await lookAtUse(LATER)).idleMs > HOUR_S * 1000)
})

test('a loginctl that fails, as without systemd, leaves terminals and load', async (t) => {
  await logind(t, {})
  writeFileSync(join(process.env.PATH?.split(':')[0] ?? '', 'loginctl'), '#!/bin/sh\nexit 1\n')
  assert.ok((await lookAtUse(LATER)).idleMs > HOUR_S * 1000)
})
