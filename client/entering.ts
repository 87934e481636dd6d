/**
 * Entering a home: with its lock, or through the process that has it.
 *
 * Two processes never work on one home. A verb that finds the home taken lets the holder run it,
 * when the holder serves the home (a daemon, a TUI, get, seed); a short verb is waited for.
 */
import { setTimeout as wait } from 'node:timers/promises'
import { ElsewhereEnd } from '../shared/command.js'
import { must, refuse, refused } from '../shared/errors.js'
import { HOME_LOOK_MS, HOME_WAIT_MS } from '../shared/local-limits.js'
import type { Context } from './customer.js'
import { holderOf } from './holder.js'
import type { Home } from './home.js'
import { takeHome } from './home-lock.js'
import type { LocalApi } from './local/local-api.js'
import type { HomeLock } from './pay/wallet/lock.js'

/** Whoever serves a home now, and answers. */
async function servedBy(home: Home, context: Context): Promise<LocalApi | undefined> {
  const api = await holderOf(home, context)
  if (refused(api)) return api.code === 'no-daemon' ? undefined : must<undefined>(api)
  return refused(await api.call('ping', {})) ? undefined : api
}

/** The lock of a home, or who serves it; fails as home-in-use when neither can be had. */
async function lockOrHolder(home: Home, context: Context): Promise<HomeLock | LocalApi> {
  const { monotonic, stop } = context
  const until = monotonic() + HOME_WAIT_MS
  for (;;) {
    const lock = takeHome(home)
    if (!refused(lock)) return lock
    if (lock.code !== 'home-in-use') return must<never>(lock)
    const api = await servedBy(home, context)
    if (api !== undefined) return api
    if (monotonic() > until || stop.aborted) return must<never>(lock)
    await wait(HOME_LOOK_MS)
  }
}

function isLock(entry: HomeLock | LocalApi): entry is HomeLock {
  return 'release' in entry
}

/** Takes the lock of a home; where another process serves it, the verb runs there: ElsewhereEnd. */
export async function enterHome(home: Home, context: Context): Promise<HomeLock> {
  const entry = await lockOrHolder(home, context)
  if (isLock(entry)) return entry
  const { relay } = await import('./local/relay.js')
  throw new ElsewhereEnd(await relay(entry, context))
}

/** Takes the lock of a home for a verb that nobody else can run; fails as home-in-use. */
export async function enterAlone(home: Home, context: Context): Promise<HomeLock> {
  const { household } = context
  const entry = household === undefined ? await lockOrHolder(home, context) : undefined
  if (entry !== undefined && isLock(entry)) return entry
  const how = 'stop it first: floodgate daemon --stop, or q in its screen'
  return must<never>(refuse('home-in-use', `a floodgate works in ${home.folder}; ${how}`))
}
