/**
 * Which members can be reached where: proofs of announced addresses, within limits (D15).
 *
 * The address is the one that the announce came from, so nobody can point the tracker at somebody
 * else's machine; what a caller chooses is the port, on a machine that is its own or behind its own
 * router. Even there one tiny connection goes out at a time to each port, few to each machine, few
 * for each member, and whoever does not answer is asked less and less. Places are bounded, but
 * whoever keeps us waiting holds none against others. Only a proved member is named to buyers and
 * counts.
 */
import {
  PROOF_AGAIN_MS,
  PROOF_LIFE_MS,
  PROOF_PATIENCE_MS,
  PROOF_RETRY_MAX_MS,
  PROOF_RETRY_MIN_MS,
  PROOF_WAIT_MS,
  PROOFS_BURST_COUNT,
  PROOFS_HOST_RUNNING_MAX_COUNT,
  PROOFS_MAX_COUNT,
  PROOFS_MEMBER_BURST_COUNT,
  PROOFS_MEMBER_PER_SECOND,
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
  readonly member: number
  readonly address: Address
  readonly network: string
  readonly startedMs: number
  readonly cut: AbortController
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
  /** By network. */
  readonly #rate: Allowance
  /** By member row. */
  readonly #memberRate: Allowance
  /** By member row and address, in the order of their last proofs. */
  readonly #known = new Map<string, Known>()
  /** By member row, in the order in which they began. */
  readonly #running = new Map<number, Running>()

  /** `url` is where members reach the tracker. */
  constructor(prove: Prove, url: string, now: () => number, later = processLater) {
    this.#later = later
    this.#prove = prove
    this.#now = now
    this.#local = isLoopback(new URL(url).hostname)
    this.#rate = new Allowance({ burst: PROOFS_BURST_COUNT, perSecond: PROOFS_PER_SECOND }, now)
    const ofMember = { burst: PROOFS_MEMBER_BURST_COUNT, perSecond: PROOFS_MEMBER_PER_SECOND }
    this.#memberRate = new Allowance(ofMember, now)
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
    if (!this.#makesRoom(member, address)) return
    const cut = new AbortController()
    const done = this.#prove(address, claimant, cut.signal).then((good) => {
      // Whoever made room has neither proved nor failed.
      if (cut.signal.aborted) return
      this.#running.delete(member)
      this.#note(keyOf(member, address), good)
      if (good) proved()
    })
    const about = { member, address, network: networkOf(address.host), startedMs: this.#now() }
    this.#running.set(member, { ...about, cut, done })
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

  /** Whether this address may be dialled now; what has lasted too long is cut off for it. */
  #makesRoom(member: number, { host, port }: Address): boolean {
    if (this.#running.has(member)) return false
    const network = networkOf(host)
    const all = [...this.#running.values()]
    const there = all.filter((each) => each.network === network)
    if (there.some(({ address }) => address.host === host && address.port === port)) return false
    const isCrowded = there.length >= PROOFS_HOST_RUNNING_MAX_COUNT
    const isFull = all.length >= PROOFS_RUNNING_MAX_COUNT
    const longest = isCrowded ? there[0] : isFull ? all[0] : undefined
    if (longest && this.#now() - longest.startedMs < PROOF_PATIENCE_MS) return false
    if (!isLoopback(host) && !this.#mayAsk(member, network)) return false
    if (longest) this.#cut(longest)
    return true
  }

  /** Takes of both allowances, or of none. */
  #mayAsk(member: number, network: string): boolean {
    const key = String(member)
    if (!this.#memberRate.take(key, 0) || !this.#rate.take(network)) return false
    return this.#memberRate.take(key)
  }

  #cut({ cut, member }: Running): void {
    this.#running.delete(member)
    cut.abort()
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
