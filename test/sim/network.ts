/**
 * Connections between members: frames in order, each way, with the weather of the run.
 *
 * A connection carries what the peer wire protocol carries, one frame a message; that the bytes of
 * it fit into frames is the guard's and the stock Wire's business (client/engine), not simulated.
 */
import type { Block } from '../../client/engine/gate.js'
import { equal } from '../../shared/bytes.js'
import type { Cid, PieceIndex } from '../../shared/identifier.js'
import type { RawHandshakes } from '../../shared/wire/channel.js'
import type { Clock } from './clock.js'
import type { Dice } from './dice.js'
import type { Trace } from './trace.js'
import type { Weather } from './weather.js'

/** One message of a connection. */
export type Frame =
  | { readonly is: 'greeting'; readonly raw: RawHandshakes }
  | { readonly is: 'pieces'; readonly bytes: Uint8Array }
  | { readonly is: 'have'; readonly piece: PieceIndex }
  | { readonly is: 'sealed'; readonly payload: Uint8Array }
  | { readonly is: 'request'; readonly block: Block }
  | { readonly is: 'block'; readonly block: Block; readonly bytes: Uint8Array }
  | { readonly is: 'reject'; readonly block: Block }

/** Who is at one end of a connection. */
export interface Plug {
  receive(frame: Frame): void
  /** The connection is gone. */
  closed(): void
}

/** One end of a connection. */
export interface End {
  send(frame: Frame): void
  /** Ends the connection; the other side hears of it after all that was sent before. */
  close(): void
}

/** Who can be reached at an address. */
export interface Listener {
  /** Its Ed25519 public key, which its hello would prove. */
  readonly key: Uint8Array
  /** Gives its end of a new connection a plug, or refuses it. */
  readonly accept: (from: string, end: End) => Plug | undefined
}

/** How fast a member sends, bytes in a millisecond. */
const UPLINK_BYTES_PER_MS = 2000
const CONNECT_TRIPS = 2

/** What a network is made of. */
export interface NetworkOptions {
  readonly clock: Clock
  readonly dice: Dice
  readonly trace: Trace
  readonly weather: () => Weather
}

/** All connections of a run. */
export class Network {
  readonly #options: NetworkOptions
  readonly #listening = new Map<string, Listener>()
  /** When the last byte that a member has begun to send leaves. */
  readonly #busyUntil = new Map<string, number>()

  constructor(options: NetworkOptions) {
    this.#options = options
  }

  /** Takes connections at an address for a content; gives the way to end that. */
  listen(address: string, cid: Cid, listener: Listener): () => void {
    this.#listening.set(`${address} ${cid}`, listener)
    return () => this.#listening.delete(`${address} ${cid}`)
  }

  /** Whether the owner of a key is the one that answers at an address. */
  async answers(address: string, cid: Cid, key: Uint8Array): Promise<boolean> {
    await this.#options.clock.wait(CONNECT_TRIPS * this.delay())
    const listener = this.#listening.get(`${address} ${cid}`)
    return listener !== undefined && equal(listener.key, key)
  }

  /** How long something is under way now. */
  delay(): number {
    const { dice, weather } = this.#options
    return dice.between(...weather().delayMs)
  }

  /** Connects; `met` hears of our end, or of nothing when nobody answers. */
  dial(from: string, to: string, cid: Cid, met: (end: End | undefined) => Plug | undefined) {
    const { clock } = this.#options
    clock.after(CONNECT_TRIPS * this.delay(), () => {
      const listener = this.#listening.get(`${to} ${cid}`)
      const line = new Line(this, this.#options, [from, to])
      const there = listener?.accept(from, line.end(1))
      const here = met(there === undefined ? undefined : line.end(0))
      line.plugs = [here, there]
      if (here === undefined || there === undefined) line.cut()
    })
  }

  /** When bytes that a member sends now have left. */
  leaves(from: string, bytes: number): number {
    const { now } = this.#options.clock
    const begins = Math.max(now, this.#busyUntil.get(from) ?? now)
    const ends = begins + bytes / UPLINK_BYTES_PER_MS
    this.#busyUntil.set(from, ends)
    return ends - now
  }
}

/** One connection. */
class Line {
  plugs: readonly [Plug | undefined, Plug | undefined] = [undefined, undefined]
  readonly #network: Network
  readonly #options: NetworkOptions
  readonly #names: readonly [string, string]
  /** When the last frame to each end arrives: none overtakes another by itself. */
  readonly #lastAt: [number, number] = [0, 0]
  #open = true

  constructor(network: Network, options: NetworkOptions, names: readonly [string, string]) {
    this.#network = network
    this.#options = options
    this.#names = names
  }

  end(side: 0 | 1): End {
    return {
      send: (frame) => this.#send(side, frame),
      close: () => this.#close(side),
    }
  }

  #send(side: 0 | 1, frame: Frame): void {
    if (!this.#open) return
    const { dice, weather } = this.#options
    const { line } = weather()
    if (dice.chance(line.cut)) return this.cut()
    const sealed = frame.is === 'sealed'
    if (sealed && dice.chance(line.lost)) return
    this.#plan(side, frame, sealed && dice.chance(line.overtaken))
    if (sealed && dice.chance(line.repeated)) this.#plan(side, frame, false)
  }

  #plan(side: 0 | 1, frame: Frame, late: boolean): void {
    const { clock } = this.#options
    const to = side === 0 ? 1 : 0
    const size = frame.is === 'block' ? frame.bytes.length : 0
    const ready = this.#network.leaves(this.#names[side], size) + this.#network.delay()
    const at = Math.max(this.#lastAt[to], clock.now + ready)
    if (!late) this.#lastAt[to] = at
    const longest = this.#options.weather().delayMs[1]
    clock.after(at - clock.now + (late ? 2 * longest : 0), () => this.#arrive(to, frame))
  }

  #arrive(to: 0 | 1, frame: Frame): void {
    if (!this.#open) return
    const [from, at] = to === 1 ? this.#names : [this.#names[1], this.#names[0]]
    this.#options.trace.note(`${from}>${at}`, named(frame), carried(frame))
    this.plugs[to]?.receive(frame)
  }

  /** Frames of either side that were sent before still arrive at the other. */
  #close(side: 0 | 1): void {
    const { clock } = this.#options
    const to = side === 0 ? 1 : 0
    clock.after(Math.max(0, this.#lastAt[to] - clock.now) + this.#network.delay(), () => this.cut())
  }

  /** Nothing arrives any more; both ends hear of it at once. */
  cut(): void {
    if (!this.#open) return
    this.#open = false
    const { clock, trace } = this.#options
    trace.note(this.#names.join('|'), 'cut')
    for (const plug of this.plugs) clock.after(0, () => plug?.closed())
  }
}

const named = (frame: Frame): string => {
  if (frame.is === 'have') return `have ${frame.piece}`
  if (!('block' in frame)) return frame.is
  return `${frame.is} ${frame.block.piece}+${frame.block.offset}`
}

const carried = (frame: Frame): Uint8Array | undefined =>
  frame.is === 'sealed' ? frame.payload : frame.is === 'greeting' ? frame.raw.extended : undefined
