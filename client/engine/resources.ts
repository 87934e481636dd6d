/** What the torrents of one process share. */
import type { Hasher } from './hasher.js'
import type { Limiter } from './limiter.js'

/** Made once per process and passed to every swarm. */
export interface Resources {
  /** Upload limit over all torrents. */
  readonly limiter: Limiter
  /** Hash threads. */
  readonly hasher: Hasher
}
