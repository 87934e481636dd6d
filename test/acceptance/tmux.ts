/** A terminal for tests: tmux, on a server of the test's own process. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { until } from '../until.js'

const MAIN = fileURLToPath(new URL('../../client/main.js', import.meta.url))

/** A server that is ended takes its time: the terminals after it have one of their own. */
let servers = 0

function call(...args: readonly string[]) {
  const socket = `floodgate-test-${process.pid}-${servers}`
  return spawnSync('tmux', ['-u', '-L', socket, ...args], {
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C.UTF-8' },
  })
}

/** One call of tmux; gives what it prints. */
export function tmux(...args: readonly string[]): string {
  const { status, stdout, stderr } = call(...args)
  assert.equal(status, 0, stderr)
  return stdout
}

/** Runs `floodgate` with these arguments in a terminal, and says how it ended. */
export function openTerminal(columns: number, rows: number, ...args: readonly string[]): void {
  const command = `node ${MAIN} ${args.join(' ')}; echo ended $?; sleep 600`
  tmux('new-session', '-d', '-x', String(columns), '-y', String(rows), command)
}

/** Ends every terminal of this process, if there is any. */
export function closeTerminals(): void {
  call('kill-server')
  servers++
}

/** What the terminal shows, with its colours as escape sequences when they are wanted. */
export function shown(colours = false): string {
  return tmux('capture-pane', '-p', ...(colours ? ['-e', '-N'] : []))
}

/** Reads the screen until it fits. */
export async function screen(fits: RegExp): Promise<string> {
  let text = ''
  const look = (): boolean => {
    text = shown()
    return fits.test(text)
  }
  await until(`a screen with ${fits}`, look, { everyMs: 100, seen: () => `\n${text}` })
  return text
}

/** Presses keys by tmux's names for them. */
export function press(...keys: readonly string[]): void {
  tmux('send-keys', ...keys)
}

/** Types text as it stands. */
export function type(text: string): void {
  tmux('send-keys', '-l', text)
}

/** Another size of the terminal. */
export function resize(columns: number, rows: number): void {
  tmux('resize-window', '-x', String(columns), '-y', String(rows))
}
