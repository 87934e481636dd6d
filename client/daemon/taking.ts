/** Everything that a home holds is taken up. */
import { statSync } from 'node:fs'
import { refusalOf, visible } from '../../shared/command.js'
import { type Refusal, refuse, refused } from '../../shared/errors.js'
import type { Cid } from '../../shared/identifier.js'
import { TAKING_MAX_COUNT } from '../../shared/local-limits.js'
import { parseMetainfo } from '../../shared/metainfo.js'
import { counted } from '../../shared/words.js'
import { makeFolder } from '../folders.js'
import type { ContentRow } from '../pay/wallet/contents.js'
import { openTorrent } from '../trade/content.js'
import type { Household } from './household.js'

/**
 * Takes up everything that the wallet holds, several contents at a time. `out` is where contents
 * are fetched that are bought and have no folder yet.
 */
export async function takeAll(
  household: Household,
  out: string | undefined,
  stop: AbortSignal,
): Promise<void> {
  await takeEach(household.customer.wallet.contents.all(), stop, async (row) => {
    const problem = await takeRow(household, row, out)
    if (problem !== undefined) household.log.tell('warning', problem.message, problem.code)
  })
  const held = counted(household.transfers().length, 'content')
  household.log.tell('info', `at work with ${held}, port ${household.station.port}`)
}

/** Does a job for each of many, several at a time, as long as `stop` does not come; none throws. */
export async function takeEach<T>(
  all: readonly T[],
  stop: AbortSignal,
  job: (one: T) => Promise<void>,
): Promise<void> {
  const rest = all.values()
  const lane = async (): Promise<void> => {
    for (const one of rest) {
      if (stop.aborted) return
      await job(one)
    }
  }
  await Promise.all(Array.from({ length: TAKING_MAX_COUNT }, lane))
}

/** Takes up one content, or tries it again; one that cannot be opened is put by, and said why. */
export async function takeRow(
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
