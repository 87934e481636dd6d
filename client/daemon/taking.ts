/** Taking up everything that a home holds. */
import { statSync } from 'node:fs'
import { refusalOf, visible } from '../../shared/command.js'
import { type Refusal, refuse } from '../../shared/errors.js'
import { TAKING_MAX_COUNT } from '../../shared/local-limits.js'
import { makeFolder } from '../folders.js'
import type { ContentRow } from '../pay/wallet/contents.js'
import { openTorrent } from '../trade/content.js'
import type { Household } from './household.js'

/**
 * Takes up all contents of the wallet, several at a time; `out` is where those are fetched that are
 * bought and have no folder yet. What cannot be taken up is told in the log.
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
      const problem = await takeRow(household, row, out).catch(refusalOf)
      if (problem !== undefined) household.log.tell('warning', problem.message, problem.code)
    }
  }
  await Promise.all(Array.from({ length: TAKING_MAX_COUNT }, next))
}

async function takeRow(
  household: Household,
  { cid, folder, torrent }: ContentRow,
  out: string | undefined,
): Promise<Refusal | undefined> {
  const place = folder === '' ? out : folder
  if (place === undefined) return undefined
  const { customer, providers } = household
  const content = await openTorrent(customer, torrent, providers)
  if (folder === '') makeFolder(place)
  if (statSync(place, { throwIfNoEntry: false })?.isDirectory() !== true) {
    const name = visible(content.metainfo.name)
    return refuse('not-readable', `${name} is left out: there is no folder ${place}`)
  }
  const {
    origin = 'person',
    paused = false,
    sequential = false,
  } = customer.wallet.contents.held(cid) ?? {}
  const taking = { content, folder: place, origin, sequential }
  if (paused) household.rest(taking)
  else await household.take(taking)
  return undefined
}
