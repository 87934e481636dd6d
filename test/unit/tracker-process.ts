/**
 * Runs `floodgate-tracker` as a process, for tests of its verbs.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const MAIN = fileURLToPath(new URL('../../tracker/main.js', import.meta.url))

/** How a verb ended. */
export interface Ended {
  readonly status: number | null
  readonly stderr: string
  /** Lines of stdout, parsed when they are JSON. */
  readonly lines: readonly (Record<string, unknown> & { text: string })[]
}

function parsed(text: string): Record<string, unknown> & { text: string } {
  return { ...(text.startsWith('{') ? JSON.parse(text) : {}), text }
}

/** Runs a verb to its end. */
export function run(home: string, ...args: readonly string[]): Ended {
  const environment = { ...process.env, FLOODGATE_HOME: home }
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...args], {
    env: environment,
    timeout: 30_000,
  })
  const lines = String(stdout)
    .split('\n')
    .filter((line) => line !== '')
  return { status, stderr: String(stderr), lines: lines.map(parsed) }
}

/** A `serve` that listens. */
export interface Serving {
  readonly child: ChildProcess
  readonly port: number
  /** Sends a signal and gives the exit code once the process has ended. */
  stop(signal: 'SIGINT' | 'SIGKILL'): Promise<{ code: number | null; lines: readonly string[] }>
}

/** Starts `serve` on a free port and waits until it listens. */
export async function serve(home: string, ...args: readonly string[]): Promise<Serving> {
  const command = [MAIN, 'serve', '--json', '--port', '0', ...args]
  const environment = { ...process.env, FLOODGATE_HOME: home }
  const child = spawn(process.execPath, command, { env: environment })
  const lines: string[] = []
  const reader = createInterface({ input: child.stdout })
  reader.on('line', (line) => lines.push(line))
  // Not `exit`: its last lines may still be on their way then.
  const ended = once(child, 'close')
  await Promise.race([once(reader, 'line'), ended])
  const { event, port } = JSON.parse(lines[0] ?? '{}')
  if (event !== 'listening') throw new Error(`serve says ${lines[0]}`)
  return {
    child,
    port,
    stop: async (signal) => {
      child.kill(signal)
      const [code] = await ended
      return { code, lines }
    },
  }
}
