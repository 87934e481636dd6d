/**
 * Whether a person is at this machine: input at a terminal, the session's own word, and the load.
 *
 * The kernel notes each key at a terminal in the access time of its device (to some seconds), also
 * of those that ssh, tmux and terminal windows open. A desktop tells logind when its session went
 * idle; where there is no logind, terminals and load have to do.
 */
import { execFile } from 'node:child_process'
import { readdirSync, statSync } from 'node:fs'
import { loadavg } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

/** Where terminals are devices: pseudo terminals, then consoles. */
const TERMINALS = [
  { folder: '/dev/pts', name: /^\d+$/ },
  { folder: '/dev', name: /^tty\d+$/ },
] as const
const LOGIND_TIMEOUT_MS = 2000

/** How much the machine is used. */
export interface Use {
  /** Milliseconds since somebody typed; Infinity when nobody ever did. */
  readonly idleMs: number
  /** Processes that ran or waited to run, averaged over a minute. */
  readonly load: number
}

/** Looks; `nowMs` is the time of this machine's clock. */
export async function lookAtUse(nowMs: number): Promise<Use> {
  const typed = Math.max(...terminals().map(lastInput), await lastSession(nowMs), 0)
  const idleMs = typed === 0 ? Number.POSITIVE_INFINITY : Math.max(0, nowMs - typed)
  return { idleMs, load: loadavg()[0] as number }
}

function terminals(): string[] {
  return TERMINALS.flatMap(({ folder, name }) => {
    try {
      const names = readdirSync(folder).filter((each) => name.test(each))
      return names.map((each) => join(folder, each))
    } catch {
      return []
    }
  })
}

/** When a key was last hit there, milliseconds; 0 for a terminal that is gone or unused. */
export function lastInput(path: string): number {
  const info = statSync(path, { throwIfNoEntry: false })
  return info?.isCharacterDevice() === true ? info.atimeMs : 0
}

/** When a session that is in use was last seen at work; 0 when logind knows of none. */
async function lastSession(nowMs: number): Promise<number> {
  try {
    const shown = await loginctl('list-sessions', '--no-legend')
    const ids = shown.split('\n').flatMap((line) => line.trim().split(/\s+/)[0] || [])
    const properties = ['IdleHint', 'IdleSinceHint', 'Type'].flatMap((name) => ['-p', name])
    const sessions = await Promise.all(ids.map((id) => loginctl('show-session', id, ...properties)))
    return Math.max(0, ...sessions.map((shown) => lastUseOf(shown, nowMs)))
  } catch {
    return 0
  }
}

/** A desktop's session that is not idle is in use now; others show in their terminals. */
function lastUseOf(shown: string, nowMs: number): number {
  const fields = new Map(shown.split('\n').map((line) => line.split('=', 2) as [string, string]))
  if (!/^(x11|wayland|mir)$/.test(fields.get('Type') ?? '')) return 0
  if (fields.get('IdleHint') !== 'yes') return nowMs
  return Number(fields.get('IdleSinceHint') ?? 0) / 1000
}

async function loginctl(...args: readonly string[]): Promise<string> {
  const options = { timeout: LOGIND_TIMEOUT_MS }
  const { stdout } = await promisify(execFile)('loginctl', [...args], options)
  return stdout
}
