/** What the torrents of one process share. */
import {
  CONNECTIONS_PROCESS_MAX_COUNT,
  OPEN_FILES_MAX_COUNT,
  TIED_MAX_BYTES,
} from '../../shared/swarm-limits.js'
import { Budget } from './budget.js'
import { Handles } from './handles.js'
import type { Hasher } from './hasher.js'
import { Limiter } from './limiter.js'

/** Made once per process and passed to every swarm. */
export interface Resources {
  /** Upload turns and upload limit. */
  readonly limiter: Limiter
  /** Requests for blocks and download limit. */
  readonly intake: Limiter
  /** Hash threads. */
  readonly hasher: Hasher
  /** Open files. */
  readonly handles: Handles
  /** Connections. */
  readonly connections: Budget
  /** Bytes of pieces that are put together, an equal part for every torrent that downloads. */
  readonly memory: Budget
}

/** Most bytes per second in each direction; undefined is no limit. */
export interface RateLimits {
  readonly upLimit: number | undefined
  readonly downLimit: number | undefined
}

/** Makes them; `now` gives monotonic milliseconds. */
export function shareOut(
  hasher: Hasher,
  { downLimit, upLimit }: RateLimits,
  now: () => number,
): Resources {
  return {
    hasher,
    limiter: new Limiter(upLimit, now),
    intake: new Limiter(downLimit, now),
    handles: new Handles(OPEN_FILES_MAX_COUNT),
    connections: new Budget(CONNECTIONS_PROCESS_MAX_COUNT),
    memory: new Budget(TIED_MAX_BYTES),
  }
}
