/** What a daemon tells whoever looks on, over its local API. */
import type { Update } from '../../client/local/calls.js'
import type { LocalApi } from '../../client/local/local-api.js'
import type { Transfer } from '../../client/local/transfer-rows.js'
import { must } from '../../shared/errors.js'
import { until, within } from '../until.js'

const EVERY_MS = 100

/** What is picked of the first update that has it; throws when updates end before. */
export function updateOf<T>(
  what: string,
  api: LocalApi,
  pick: (update: Update) => T | undefined | false,
): Promise<T> {
  let last: Update | undefined
  const picked = new Promise<T>((resolve, reject) => {
    const stop = api.updates(
      EVERY_MS,
      (update) => {
        last = update
        const found = pick(update)
        if (found === undefined || found === false) return
        stop()
        resolve(found)
      },
      (problem) => reject(new Error(`no more updates: ${problem?.message}`)),
    )
  })
  return within(what, picked, () => last)
}

/** Waits until the only content stands so. */
export async function rowOf(api: LocalApi, fits: (row: Transfer) => boolean): Promise<Transfer> {
  let row: Transfer | undefined
  const look = async () => {
    ;[row] = must(await api.call('state', {})).transfers
    return row !== undefined && fits(row) && row
  }
  return until('the content to stand so', look, { seen: () => row })
}
