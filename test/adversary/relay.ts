/** Somebody between two members, who sees every message and can change or keep back each. */
import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { concat, readU32 } from '../../shared/bytes.js'
import type { RawHandshakes, Transcript } from '../../shared/wire/channel.js'
import { freePort } from '../free-port.js'
import { Buyer } from './buyer.js'
import type { Offered, Seller, Stage } from './stage.js'

/** Where sellers listen that only a relay leads to. */
const HIDDEN = '127.0.0.2'
const HANDSHAKE_BYTES = 68

export type Side = 'initiator' | 'acceptor'

/** One message on its way: the 68 bytes of BEP 3, or a message with its length in front. */
export interface Passing {
  readonly from: Side
  readonly bytes: Uint8Array
}

/** What leaves in its stead; undefined: nothing. */
export type Tamper = (passing: Passing, wire: Tapped) => Uint8Array | undefined

/** Whether it is a message of the extension, and not its handshake. */
export const isSealed = ({ bytes }: Passing): boolean =>
  bytes.length !== HANDSHAKE_BYTES && bytes[4] === 20 && bytes[5] !== 0 && bytes[6] === 1

/** Whether it is a BEP 10 handshake. */
export const isExtended = ({ bytes }: Passing): boolean =>
  bytes.length !== HANDSHAKE_BYTES && bytes[4] === 20 && bytes[5] === 0

/** Payload of a message of the extension: what follows length and both ids. */
export const payloadOf = ({ bytes }: Passing): Uint8Array => bytes.subarray(6)

/** One connection as the relay sees it. */
export class Tapped {
  /** All that was said, in the order in which it came, as it was said. */
  readonly log: Passing[] = []
  readonly #ends: Readonly<Record<Side, Socket>>
  readonly #rest: Record<Side, Uint8Array> = { initiator: EMPTY, acceptor: EMPTY }

  constructor(initiator: Socket, acceptor: Socket, tamper: Tamper) {
    this.#ends = { initiator, acceptor }
    for (const from of ['initiator', 'acceptor'] as const) {
      const [near, far] = [this.#ends[from], this.#ends[otherThan(from)]]
      near.on('error', () => far.destroy())
      near.on('close', () => far.destroy())
      near.on('data', (chunk) => this.#read(from, chunk, tamper))
    }
  }

  #read(from: Side, chunk: Uint8Array, tamper: Tamper): void {
    let rest = concat(this.#rest[from], chunk)
    for (;;) {
      const first = !this.log.some((each) => each.from === from)
      const prefix = rest.length >= 4 ? 4 + readU32(rest) : Number.POSITIVE_INFINITY
      const size = first ? HANDSHAKE_BYTES : prefix
      if (rest.length < size) break
      const passing = { from, bytes: rest.slice(0, size) }
      rest = rest.slice(size)
      this.log.push(passing)
      const out = tamper(passing, this)
      if (out !== undefined) this.#ends[otherThan(from)].write(out)
    }
    this.#rest[from] = rest
  }

  /** Both raw handshakes, once they have passed. */
  get transcript(): Transcript | undefined {
    const [initiator, acceptor] = [this.#handshakes('initiator'), this.#handshakes('acceptor')]
    return initiator && acceptor && { initiator, acceptor }
  }

  #handshakes(side: Side): RawHandshakes | undefined {
    const said = this.log.filter(({ from }) => from === side)
    const extended = said.find(isExtended)
    return extended && { handshake: said[0]?.bytes ?? EMPTY, extended: payloadOf(extended) }
  }

  cut(): void {
    for (const socket of Object.values(this.#ends)) socket.destroy()
  }
}

const EMPTY = new Uint8Array(0)
/** The other side. */
export const otherThan = (side: Side): Side => (side === 'initiator' ? 'acceptor' : 'initiator')

/** A relay at the address by which everybody knows a seller. */
export class Relay {
  seller!: Seller
  readonly wires: Tapped[] = []
  /** Lets everything pass until it is changed. */
  tamper: Tamper = ({ bytes }) => bytes
  readonly #port: number
  readonly #server: Server

  private constructor(port: number) {
    this.#port = port
    this.#server = createServer((socket) => this.#join(socket))
  }

  /**
   * Starts a seller that listens where only the relay reaches it, and the relay where everybody
   * looks for it; both for a content under which the tracker has named the seller already.
   */
  static async before(
    stage: Stage,
    sold: Offered,
    dist: string | undefined,
    name: string,
  ): Promise<Relay> {
    const port = PORTS.get(`${stage.url} ${name}`) ?? (await freePort())
    PORTS.set(`${stage.url} ${name}`, port)
    const relay = new Relay(port)
    relay.#server.listen(port, '127.0.0.1')
    await once(relay.#server, 'listening')
    const more = ['--host', HIDDEN, '--port', String(port)]
    relay.seller = await stage.seller(dist, name, { more })
    await Buyer.of(stage, sold, relay.seller)
    return relay
  }

  #join(initiator: Socket): void {
    const acceptor = connect({ host: HIDDEN, port: this.#port })
    this.wires.push(new Tapped(initiator, acceptor, (passing, wire) => this.tamper(passing, wire)))
  }

  /** Stops listening and cuts what is connected. */
  async close(): Promise<void> {
    const closed = once(this.#server, 'close')
    this.#server.close()
    for (const wire of this.wires) wire.cut()
    await closed
  }
}

/** The port of each seller behind a relay: it keeps it while it runs. */
const PORTS = new Map<string, number>()
