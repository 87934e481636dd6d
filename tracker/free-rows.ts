/**
 * What the tracker keeps of free torrents, as rows, and the questions it asks of them.
 */
import type { Cid } from '../shared/identifier.js'

/** A free torrent on the plain tracker's list; the name is known when its file was given. */
export interface FreeRow {
  readonly cid: Cid
  readonly name: string | undefined
  readonly listed: number
}

/** Free torrents that the plain tracker speaks of. */
export interface FreeRows {
  /** Changes with every change of the list. */
  revision(): Promise<number>
  all(): Promise<FreeRow[]>
  count(): Promise<number>
  /** Lists a torrent; false when it was listed already. */
  put(row: FreeRow): Promise<boolean>
  /** Takes a torrent off the list; false when it was not on it. */
  remove(cid: Cid): Promise<boolean>
}
