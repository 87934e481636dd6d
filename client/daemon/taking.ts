/** Everything that a home holds is taken up, and what cannot work now is tried again. */
import { statSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import { refusalOf, visible } from '../../shared/command.js'
import { type Code, type Refusal, refuse, refused } from '../../shared/errors.js'
import type { Cid } from '../../shared/identifier.js'
import {
  DISK_ROOM_MIN_BYTES,
  TAKE_AGAIN_MAX_MS,
  TAKE_AGAIN_MIN_MS,
  TAKE_LOOK_MS,
  TAKING_MAX_COUNT,
} from '../../shared/local-limits.js'
import { parseMetainfo } from '../../shared/metainfo.js'
import { counted } from '../../shared/words.js'
import { makeFolder } from '../folders.js'
import type { ContentRow } from '../pay/wallet/contents.js'
import { openTorrent } from '../trade/content.js'
import { adviceOf } from '../ui/advice.js'
import { roomOf } from './disks.js'
import type { Held } from './held.js'
import type { Household } from './household.js'

/**
 * Keeps everything that the wallet holds at work until `stop`: takes it up, several contents at a
 * time, and tries again with growing pauses what something keeps from work. `out` is where contents
 * are fetched that are bought and have no folder yet.
 */
export async function takeAll(
  household: Household,
  out: string | undefined,
  stop: AbortSignal,
): Promise<void> {
  const rows = household.customer.wallet.contents.all()
  const next = async (): Promise<void> => {
    for (let row = rows.shift(); row !== undefined; row = rows.shift()) {
      if (stop.aborted) return
      const problem = await takeRow(household, row, out)
      if (problem !== undefined) household.log.tell('warning', problem.message, problem.code)
    }
  }
  await Promise.all(Array.from({ length: TAKING_MAX_COUNT }, next))
  const held = counted(household.transfers().length, 'content')
  household.log.tell('info', `at work with ${held}, port ${household.station.port}`)
  await mend(household, out, stop)
}

/** Takes up one content; one that cannot be opened is put by, and said why. */
async function takeRow(
  household: Household,
  row: ContentRow,
  out: string | undefined,
): Promise<Refusal | undefined> {
  const folder = row.folder === '' ? out : row.folder
  if (folder === undefined || household.find(row.cid) !== undefined) return undefined
  if (household.customer.wallet.contents.dropped(row.cid)) return undefined
  const problem = await openRow(household, { ...row, folder }).catch(refusalOf)
  if (problem === undefined || isGone(household, row.cid)) return undefined
  const metainfo = parseMetainfo(row.torrent)
  if (refused(metainfo)) return metainfo
  const held = household.customer.wallet.contents.held(row.cid) ?? {
    ...{ origin: 'person' as const, added: 0, paused: false, sequential: false },
  }
  const known = household.unopened.get(row.cid)?.problem.code === problem.code
  const paid = row.fingerprint !== null
  household.unopened.set(row.cid, { ...held, metainfo, paid, folder, problem })
  if (known) return undefined
  return refuse(problem.code, `${visible(metainfo.name)} waits: ${problem.message}`)
}

/** Whether somebody took a content away that is not at work. */
function isGone(household: Household, cid: Cid): boolean {
  const { contents } = household.customer.wallet
  return household.find(cid) === undefined && contents.dropped(cid)
}

async function openRow(
  household: Household,
  { cid, folder, torrent }: ContentRow,
): Promise<Refusal | undefined> {
  const { customer, providers } = household
  const content = await openTorrent(customer, torrent, providers)
  // A person may have removed it while its provider was asked for the terms.
  if (isGone(household, cid)) return undefined
  const kept = customer.wallet.contents.get(cid)?.folder ?? ''
  if (kept === '') makeFolder(folder)
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) {
    return refuse('not-readable', `there is no folder ${folder}`)
  }
  const {
    origin = 'person',
    paused = false,
    sequential = false,
  } = customer.wallet.contents.held(cid) ?? {}
  const taking = { content, folder, origin, sequential }
  if (paused) household.rest(taking)
  // What fails from here on is told by the household.
  else await household.take(taking).catch(() => undefined)
  return undefined
}

/** What a person may mend without this program being told. */
const DISK: ReadonlySet<Code> = new Set(['not-readable', 'not-writable', 'data-lost'])

function mends({ code }: Refusal): boolean {
  return DISK.has(code) || adviceOf(code).mends
}

/** When something is tried again, and after how many failures. */
interface Trial {
  readonly failures: number
  readonly at: number
}

async function mend(
  household: Household,
  out: string | undefined,
  stop: AbortSignal,
): Promise<void> {
  const { monotonic, wallet } = household.customer
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
      const row = household.unopened.has(cid) ? wallet.contents.get(cid) : undefined
      if (row === undefined) await household.again(cid)
      else await takeRow(household, row, out)
    }
    trials = still
  }
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
