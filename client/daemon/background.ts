/** Starting a daemon that outlives the terminal, and waiting for one to start or end. */
import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import type { Writable } from 'node:stream'
import { setTimeout as wait } from 'node:timers/promises'
import { type Refusal, refuse, refused } from '../../shared/errors.js'
import { HOME_LOOK_MS } from '../../shared/local-limits.js'
import { reasonOf } from '../../shared/thrown.js'
import type { Context } from '../customer.js'
import { holderOf } from '../holder.js'
import type { Home } from '../home.js'
import { takeHome } from '../home-lock.js'
import type { AnswerOf } from '../local/calls.js'
import { logPathOf, logSize, saidSince } from './log-file.js'

const LOG_MODE = 0o600
/** The descriptor on which the child reads the passphrase. */
const PASSPHRASE_FD = 3

/** The program that runs now, as it can be started again. */
export function ownCommand(): readonly string[] {
  return [process.execPath, ...process.execArgv, process.argv[1] as string]
}

/**
 * Starts a daemon with these words and waits until it answers; the passphrase goes through a pipe.
 * Refuses with what the daemon said when it ended instead.
 */
export async function startDaemon(
  home: Home,
  words: readonly string[],
  passphrase: Uint8Array | undefined,
  context: Context,
): Promise<AnswerOf<'ping'> | Refusal> {
  const path = logPathOf(home)
  const log = openLog(home, path)
  if (refused(log)) return log
  const before = logSize(path)
  const [command = '', ...own] = ownCommand()
  const secret = passphrase === undefined ? [] : ['--passphrase-fd', String(PASSPHRASE_FD)]
  const child = spawn(command, [...own, ...words, '--home', home.folder, ...secret], {
    stdio: ['ignore', log, log, 'pipe'],
    detached: true,
    cwd: context.folder,
  })
  closeSync(log)
  const pipe = child.stdio[PASSPHRASE_FD] as Writable
  pipe.on('error', () => {})
  pipe.end(passphrase === undefined ? '' : Buffer.concat([passphrase, Buffer.from('\n')]))
  const said = await untilAnswered(home, context, child)
  child.unref()
  return said ?? failedStart(home, context, saidSince(path, before))
}

/**
 * Opens the log in a home that is made where it is missing; whoever starts adds lines. Refuses as
 * not-writable, open-to-others.
 */
function openLog(home: Home, path: string): number | Refusal {
  const lock = takeHome(home)
  if (!refused(lock)) lock.release()
  else if (lock.code !== 'home-in-use') return lock
  try {
    return openSync(path, 'a', LOG_MODE)
  } catch (error) {
    return refuse('not-writable', `${path}: ${reasonOf(error)}`)
  }
}

/** Why a daemon ended before it answered: another was faster, or what it said. */
async function failedStart(home: Home, context: Context, said: string): Promise<Refusal> {
  const api = await holderOf(home, context)
  const known = refused(api) ? api : await api.call('ping', {})
  if (refused(known)) return refuse('no-daemon', lastLine(said))
  return refuse('home-in-use', `a floodgate is at work there, process ${known.pid}`)
}

async function untilAnswered(
  home: Home,
  context: Context,
  child: ChildProcess,
): Promise<AnswerOf<'ping'> | undefined> {
  while (child.exitCode === null && child.signalCode === null && !context.stop.aborted) {
    const api = await holderOf(home, context)
    const said = refused(api) ? api : await api.call('ping', {})
    if (!refused(said) && said.pid === child.pid) return said
    await wait(HOME_LOOK_MS)
  }
  return undefined
}

function lastLine(said: string): string {
  const last =
    said
      .trimEnd()
      .split('\n')
      .at(-1)
      ?.replace(/^floodgate: /, '') ?? ''
  return `the daemon did not start: ${last === '' ? 'it ended without a word' : last}`
}

/** Waits until nobody holds the home. */
export async function untilFree(home: Home, stop: AbortSignal): Promise<void> {
  while (!stop.aborted) {
    const lock = takeHome(home)
    if (!refused(lock)) return lock.release()
    await wait(HOME_LOOK_MS)
  }
}
