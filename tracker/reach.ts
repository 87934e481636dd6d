/**
 * Which members can be reached where: proofs of announced addresses, within limits (D15).
 *
 * The address is the one that the announce came from, so nobody can point the tracker at somebody
 * else's machine; what a caller chooses is the port, on a machine that is its own or behind its own
 * router. Even there one tiny connection goes out at a time to each port, few to each machine, and
 * whoever does not answer is asked less and less. Only a proved member is named to buyers and
 * counts.
 */
import {
  PROOF_AGAIN_MS,
  PROOF_LIFE_MS,
  PROOF_RETRY_MAX_MS,
  PROOF_RETRY_MIN_MS,
  PROOF_WAIT_MS,
  PROOFS_BURST_COUNT,
  PROOFS_HOST_RUNNING_MAX_COUNT,
  PROOFS_MAX_COUNT,
  PROOFS_PER_SECOND,
  PROOFS_RUNNING_MAX_COUNT,
} from '../shared/tracker-limits.js'
import { isLoopback } from './address.js'
import { Allowance } from './allowance.js'
import { networkOf } from './network.js'
import type { Address, Claimant, Prove } from './proof.js'

/** To connect there is to connect to this machine. */
const UNSPECIFIED = new Set(['0.0.0.0', '::'])

/** What is known of an announced address; `unknown` until a proof was made or failed. */
export type Standing = 'proved' | 'failed' | 'unknown'

/** Proofs of one member at one address. */
interface Known {
  /** When one was made last; undefined: never. */
  readonly provedMs: number | undefined
  /** Those that failed since. */
  readonly failures: number
  /** When the last one was over. */
  readonly triedMs: number
}

interface Running {
  readonly host: string
  readonly port: number
  readonly done: Promise<void>
}

/** Does something after some milliseconds; gives the way to call that off. */
export type Later = (ms: number, work: () => void) => () => void

const processLater: Later = (ms, work) => {
  const timer = setTimeout(work, ms)
  return () => clearTimeout(timer)
}

/** The table of proofs of one tracker. */
export class Reach {
  readonly #prove: Prove
  readonly #now: () => number
  readonly #later: Later
  /** Whether members may be on this machine: then its own addresses are dialled as well. */
  readonly #local: boolean
  readonly #rate: Allowance
  /** By member row and address, in the order of their last proofs. */
  readonly #known = new Map<string, Known>()
  /** By member row. */
  readonly #running = new Map<number, Running>()

  /** `url` is where members reach the tracker. */
  constructor(prove: Prove, url: string, now: () => number, later = processLater) {
    this.#later = later
    this.#prove = prove
    this.#now = now
    this.#local = isLoopback(new URL(url).hostname)
    this.#rate = new Allowance({ burst: PROOFS_BURST_COUNT, perSecond: PROOFS_PER_SECOND }, now)
  }

  /** How a member's announced address stands now. */
  standing(member: number, address: Address): Standing {
    if (!this.#mayDial(address)) return 'failed'
    const known = this.#known.get(keyOf(member, address))
    if (known === undefined) return 'unknown'
    const { failures, provedMs } = known
    if (provedMs !== undefined && this.#now() - provedMs <= PROOF_LIFE_MS) return 'proved'
    return failures > 0 ? 'failed' : 'unknown'
  }

  /** Begins a proof unless one is known, under way, or not to be tried now; `proved` hears of it.
   */
  check(member: number, address: Address, claimant: Claimant, proved: () => void): void {
    if (!this.#mayDial(address) || !this.#isDue(member, address)) return
    if (!this.#hasRoom(member, address)) return
    const { host, port } = address
    const done = this.#prove(address, claimant).then((good) => {
      this.#running.delete(member)
      this.#note(keyOf(member, address), good)
      if (good) proved()
    })
    this.#running.set(member, { host, port, done })
  }

  /** Resolves when the member's proof is over, or PROOF_WAIT_MS from now. */
  async settled(member: number): Promise<void> {
    const running = this.#running.get(member)
    if (running === undefined) return
    let callOff = (): void => undefined
    const late = new Promise<void>((resolve) => {
      callOff = this.#later(PROOF_WAIT_MS, resolve)
    })
    await Promise.race([running.done, late])
    callOff()
  }

  /** An address of this machine is nobody's who comes from outside. */
  #mayDial({ host }: Address): boolean {
    return !UNSPECIFIED.has(host) && (this.#local || !isLoopback(host))
  }

  #isDue(member: number, address: Address): boolean {
    const known = this.#known.get(keyOf(member, address))
    if (known === undefined) return true
    const { failures, provedMs = 0, triedMs } = known
    const nowMs = this.#now()
    const pauseMs = Math.min(PROOF_RETRY_MAX_MS, PROOF_RETRY_MIN_MS * 2 ** (failures - 1))
    return failures > 0 ? nowMs - triedMs >= pauseMs : nowMs - provedMs >= PROOF_AGAIN_MS
  }

  /** Whether this address may be dialled now, beside what is under way. */
  #hasRoom(member: number, { host, port }: Address): boolean {
    if (this.#running.has(member) || this.#running.size >= PROOFS_RUNNING_MAX_COUNT) return false
    const there = [...this.#running.values()].filter((each) => each.host === host)
    if (there.length >= PROOFS_HOST_RUNNING_MAX_COUNT) return false
    if (there.some((each) => each.port === port)) return false
    return isLoopback(host) || this.#rate.take(networkOf(host))
  }

  #note(key: string, good: boolean): void {
    const before = this.#known.get(key)
    const triedMs = this.#now()
    this.#known.delete(key)
    this.#known.set(
      key,
      good
        ? { provedMs: triedMs, failures: 0, triedMs }
        : { provedMs: before?.provedMs, failures: (before?.failures ?? 0) + 1, triedMs },
    )
    if (this.#known.size <= PROOFS_MAX_COUNT) return
    const [oldest] = this.#known.keys()
    if (oldest !== undefined) this.#known.delete(oldest)
  }
}

const keyOf = (member: number, { host, port }: Address): string => `${member} ${host} ${port}`
