/** A terminal for tests: tmux, on a server of the test's own process. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'

/** One call of tmux; gives what it prints. */
export function tmux(...args: readonly string[]): string {
  const socket = `floodgate-test-${process.pid}`
  const { status, stdout, stderr } = spawnSync('tmux', ['-u', '-L', socket, ...args], {
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C.UTF-8' },
  })
  assert.equal(status, 0, stderr)
  return stdout
}
