/**
 * What something keeps from work is tried again, with growing pauses, until its cause is gone.
 *
 * Daemon, screens and `seed` do so, and `get` where a person reads what it says; a program that
 * waits for `get` hears of it instead, and begins it again.
 */
import { setTimeout as wait } from 'node:timers/promises'
import { refusalOf } from '../../shared/command.js'
import { type Code, type Refusal, refuse } from '../../shared/errors.js'
import type { Cid } from '../../shared/identifier.js'
import {
  DISK_ROOM_MIN_BYTES,
  TAKE_AGAIN_MAX_MS,
  TAKE_AGAIN_MIN_MS,
  TAKE_LOOK_MS,
} from '../../shared/local-limits.js'
import type { Trade } from '../trade/trade.js'
import { adviceOf } from '../ui/advice.js'
import { roomOf } from './disks.js'
import type { Held } from './held.js'
import type { Household } from './household.js'
import { Renewal } from './renewal.js'
import { takeRow } from './taking.js'

/** What a person may mend without this program being told. */
const DISK: ReadonlySet<Code> = new Set(['not-readable', 'not-writable', 'data-lost'])

/** Whether the cause of a problem may go, so that what it stopped is tried again. */
export function mends({ code }: Refusal): boolean {
  return DISK.has(code) || adviceOf(code).mends
}

/** When something is tried again, and after how many failures. */
interface Trial {
  readonly failures: number
  readonly at: number
}

/** Looks until `stop` for what may be tried again. */
async function tryAgain(
  household: Household,
  out: string | undefined,
  stop: AbortSignal,
): Promise<void> {
  const { monotonic } = household.customer
  let trials = new Map<Cid, Trial>()
  const pause = () => wait(TAKE_LOOK_MS, undefined, { signal: stop }).catch(() => undefined)
  for (await pause(); !stop.aborted; await pause()) {
    const still = new Map<Cid, Trial>()
    for (const cid of waitingIn(household)) {
      const { at, failures } = trials.get(cid) ?? {
        at: monotonic() + TAKE_AGAIN_MIN_MS,
        failures: 0,
      }
      still.set(cid, { at, failures })
      if (monotonic() < at || stop.aborted) continue
      const delay = Math.min(TAKE_AGAIN_MAX_MS, TAKE_AGAIN_MIN_MS * 2 ** (failures + 1))
      still.set(cid, { at: monotonic() + delay, failures: failures + 1 })
      await tryOne(household, cid, out).catch((error) => {
        // As when the wallet's own disk is full: what works goes on, and this is tried once more.
        const { code, message } = refusalOf(error)
        household.log.tell('warning', message, code)
      })
    }
    trials = still
  }
}

async function tryOne(household: Household, cid: Cid, out: string | undefined): Promise<void> {
  const { contents } = household.customer.wallet
  const row = household.unopened.has(cid) ? contents.get(cid) : undefined
  if (row === undefined) await household.again(cid)
  else await takeRow(household, row, out)
}

/** Every piece that a full disk does not take would have a place at its seller for nothing. */
function hasRoom({ content, folder, problem }: Held): boolean {
  const room = problem?.code === 'disk-full' ? roomOf(folder) : undefined
  const needed = Math.max(DISK_ROOM_MIN_BYTES, 2 * content.metainfo.pieceLength)
  return room === undefined || room >= needed
}

/** Contents that something keeps from work which may have an end. */
function waitingIn(household: Household): Cid[] {
  const held = household.transfers().flatMap((each) => {
    const { content, paused, problem } = each
    const waits = problem !== undefined && !paused && mends(problem)
    // A wallet that cannot be written is opened for writing anew first (renewal.ts).
    const rests = content.paid && household.customer.wallet.broken !== undefined
    return waits && !rests && hasRoom(each) ? [content.metainfo.cid] : []
  })
  return [...household.unopened.keys(), ...held]
}

/**
 * Tries again in a household what is kept from work, its wallet included; the function ends it.
 * `out` is where contents are fetched that are bought and have no folder yet.
 */
export function beginMending(household: Household, out?: string): () => Promise<void> {
  const leaving = new AbortController()
  const stop = AbortSignal.any([leaving.signal, household.stopping])
  household.mending = true
  const renewal = new Renewal(household)
  const trying = tryAgain(household, out, stop)
  return async () => {
    leaving.abort()
    await Promise.all([renewal.stop(), trying])
  }
}

/**
 * The trade of a content behind one that failed, if one did, once it works again; else why it is
 * not tried any more, at once where nothing is (`mending`). Refuses as interrupted when somebody
 * paused or removed it, and with `stop`.
 */
export async function worksAgain(
  household: Household,
  failed: Trade | Refusal | undefined,
  cid: Cid,
  stop: AbortSignal,
): Promise<Trade | Refusal> {
  while (!stop.aborted) {
    const held = household.find(cid)
    if (held === undefined || held.paused) {
      return refuse('interrupted', 'it was paused or removed meanwhile')
    }
    const { problem, trade } = held
    if (trade !== undefined && trade !== failed) return trade
    if (problem !== undefined && !(household.mending && mends(problem))) return problem
    await wait(TAKE_LOOK_MS, undefined, { signal: stop }).catch(() => undefined)
  }
  return refuse('interrupted')
}
