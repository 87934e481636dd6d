/**
 * A member's connection, spoken by hand: BEP 3, BEP 10, the hello, sealed messages and blocks.
 *
 * It shares the records and the cryptography with the programs and nothing else, checks nothing of
 * what the other side says, and lets whoever uses it bend every byte that it sends.
 */
import { randomBytes } from 'node:crypto'
import { connect, type Socket } from 'node:net'
import { concat, fromText, readU32, u32 } from '../../shared/bytes.js'
import { must } from '../../shared/errors.js'
import { x25519PublicKey } from '../../shared/hpke.js'
import { type Cid, idBytes } from '../../shared/identifier.js'
import { decodeValue } from '../../shared/wire/bencode.js'
import {
  type Channel,
  makeHello,
  openChannel,
  readEntry,
  type Transcript,
} from '../../shared/wire/channel.js'
import {
  decodeMessage,
  encodeMessage,
  type Message,
  type MessageName,
  type MessageOf,
} from '../../shared/wire/messages.js'
import { within } from '../until.js'
import { type Bends, extendedOf, type Speaker } from './speaker.js'

/** Bytes of one block. */
export const BLOCK_BYTES = 16_384

/** A block that the other side asks for (BEP 3). */
export interface Asked {
  readonly name: 'asked'
  readonly piece: number
  readonly offset: number
  readonly length: number
}

/** What came in and was not asked for yet. */
type Item =
  | { readonly kind: 'message'; readonly message: Message }
  | { readonly kind: 'block'; readonly piece: number; readonly offset: number; data: Uint8Array }
  | { readonly kind: 'asked' | 'reject'; piece: number; offset: number; length: number }
  | { readonly kind: 'hello' }

/** One connection to an honest member. */
export class Line {
  /** Both raw handshakes, once they are through. */
  transcript: Transcript | undefined
  channel: Channel | undefined
  /** The id under which the other side takes messages of the extension. */
  theirId = 0
  ended = false
  readonly #over: Promise<void>
  readonly initiator: boolean
  readonly #socket: Socket
  readonly #cid: Cid
  readonly #inbox: Item[] = []
  readonly #looks = new Set<() => void>()
  #received: Uint8Array = new Uint8Array(0)
  #theirs: Uint8Array | undefined
  #said: Uint8Array | undefined
  #begin: (extended: Uint8Array) => void = () => {}

  constructor(socket: Socket, cid: Cid, initiator: boolean) {
    this.#socket = socket
    this.#cid = cid
    this.initiator = initiator
    this.#over = new Promise((resolve) => {
      socket.on('close', () => {
        this.ended = true
        this.#look()
        resolve()
      })
    })
    socket.on('error', () => {})
    socket.on('data', (chunk) => this.#read(chunk))
  }

  /** Connects to a member of this machine, and says nothing yet. */
  static dial(port: number, cid: Cid): Promise<Line> {
    return new Promise((resolve, reject) => {
      const socket = connect({ host: '127.0.0.1', port })
      socket.once('error', reject)
      socket.once('connect', () => resolve(new Line(socket, cid, true)))
    })
  }

  /** Meets a member: handshakes and hellos; false when the connection ended before both were in. */
  async meet(speaker: Speaker, bends: Bends = {}): Promise<boolean> {
    const privateKey = new Uint8Array(randomBytes(32))
    const entry = {
      ...{ v: [1], leaf: speaker.leaf, issuing: speaker.issuing },
      ...{ nonce: new Uint8Array(randomBytes(32)), key: x25519PublicKey(privateKey) },
    }
    const extended = bends.extended?.(entry) ?? extendedOf(entry)
    const handshake = this.#said ?? this.introduce(bends.handshake?.())
    const theirExtended = new Promise<Uint8Array>((resolve) => {
      this.#begin = resolve
    })
    this.frame(20, 0, extended)
    // A buyer has nothing, a seller all, and nobody is choked on a paid content.
    this.frame(this.initiator ? 15 : 14)
    this.frame(1)
    const met = Promise.race([theirExtended, this.#over])
    const theirs = await within('an extension handshake', met)
    if (theirs === undefined || this.#theirs === undefined) return false
    const [ours, other] = [
      { handshake, extended },
      { handshake: this.#theirs, extended: theirs },
    ]
    const [initiator, acceptor] = this.initiator ? [ours, other] : [other, ours]
    this.transcript = { initiator, acceptor }
    const their = must(readEntry(theirs))
    const channel = openChannel(this.transcript, this.initiator, privateKey, their.key)
    this.channel = must(channel)
    const made = makeHello(this.transcript, this.#cid, this.initiator, speaker.signer)
    this.payload(bends.hello?.(made, this.transcript) ?? made)
    return this.greeted()
  }

  /** Whether a hello comes, or the connection ends before. */
  async greeted(): Promise<boolean> {
    return (await this.#take('a hello', (item) => item.kind === 'hello')) !== undefined
  }

  /** Sends the 68 bytes of BEP 3, and gives them. */
  introduce(bytes: Uint8Array = this.greeting()): Uint8Array {
    this.#said = bytes
    this.raw(bytes)
    return bytes
  }

  /** The 68 bytes of BEP 3, with BEP 6 and BEP 10. */
  greeting(): Uint8Array {
    const reserved = new Uint8Array([0, 0, 0, 0, 0, 0x10, 0, 0x04])
    const id = concat(fromText('-XX0001-'), new Uint8Array(randomBytes(12)))
    return concat(fromText('\x13BitTorrent protocol'), reserved, idBytes(this.#cid), id)
  }

  /** Sends bytes as they are. */
  raw(bytes: Uint8Array): void {
    if (!this.#socket.destroyed) this.#socket.write(bytes)
  }

  /** Sends one message of BEP 3: its id, and what follows. */
  frame(id: number, ...parts: readonly (number | Uint8Array)[]): void {
    const bytes = parts.map((part) => (typeof part === 'number' ? Uint8Array.of(part) : part))
    const body = concat(Uint8Array.of(id), ...bytes)
    this.raw(concat(u32(body.length), body))
  }

  /** Sends a payload of the extension as it is. */
  payload(payload: Uint8Array): void {
    this.frame(20, this.theirId, payload)
  }

  /** Seals and sends messages. */
  send(...messages: readonly Message[]): void {
    for (const message of messages) this.payload(this.sealed(encodeMessage(message)))
  }

  /** The next sealed message with this plaintext. */
  sealed(plaintext: Uint8Array): Uint8Array {
    if (this.channel === undefined) throw new Error('no channel yet')
    return this.channel.seal(plaintext)
  }

  /** The first message of these names, in order; undefined when the connection ends before. */
  async next<N extends MessageName>(...names: readonly N[]): Promise<MessageOf<N> | undefined> {
    const wanted = names as readonly MessageName[]
    const item = await this.#take(
      wanted.join(' or '),
      (one) => one.kind === 'message' && wanted.includes(one.message.name),
    )
    return item?.kind === 'message' ? (item.message as MessageOf<N>) : undefined
  }

  /** Asks for a piece, or its first blocks alone; what came, or undefined when it did not. */
  async fetch(piece: number, blocks = 2): Promise<Uint8Array | undefined> {
    const got: Uint8Array[] = []
    for (let at = 0; at < blocks; at++) this.ask(piece, at * BLOCK_BYTES)
    for (let at = 0; at < blocks; at++) {
      const offset = at * BLOCK_BYTES
      const item = await this.#take(
        `a block of piece ${piece}`,
        (one) =>
          (one.kind === 'block' || one.kind === 'reject') &&
          one.piece === piece &&
          one.offset === offset,
      )
      if (item?.kind === 'block') got.push(item.data)
    }
    return got.length === blocks ? concat(...got) : undefined
  }

  /** Asks for a block (BEP 3). */
  ask(piece: number, offset: number, length: number = BLOCK_BYTES): void {
    this.frame(6, u32(piece), u32(offset), u32(length))
  }

  /** Whatever came first, a message or a block that is asked for; undefined at the end. */
  async heard(): Promise<Message | Asked | undefined> {
    const item = await this.#next(({ kind }) => kind === 'message' || kind === 'asked')
    if (item?.kind === 'message') return item.message
    return item?.kind === 'asked' ? { name: 'asked', ...item } : undefined
  }

  end(): Promise<void> {
    this.#socket.destroy()
    return this.over
  }

  /** Resolves when the connection has ended, as it must. */
  get over(): Promise<void> {
    return within('the end of a connection', this.#over)
  }

  #look(): void {
    for (const look of [...this.#looks]) look()
  }

  #take(what: string, fits: (item: Item) => boolean): Promise<Item | undefined> {
    return within(what, this.#next(fits))
  }

  #next(fits: (item: Item) => boolean): Promise<Item | undefined> {
    return new Promise((resolve) => {
      const look = () => {
        const at = this.#inbox.findIndex(fits)
        if (at === -1 && !this.ended) return
        this.#looks.delete(look)
        resolve(at === -1 ? undefined : this.#inbox.splice(at, 1)[0])
      }
      this.#looks.add(look)
      look()
    })
  }

  #put(item: Item): void {
    this.#inbox.push(item)
    this.#look()
  }

  #read(chunk: Uint8Array): void {
    this.#received = concat(this.#received, chunk)
    if (this.#theirs === undefined) {
      if (this.#received.length < 68) return
      this.#theirs = this.#received.slice(0, 68)
      this.#received = this.#received.subarray(68)
    }
    while (this.#received.length >= 4) {
      const end = 4 + readU32(this.#received)
      if (this.#received.length < end) return
      const message = this.#received.slice(4, end)
      this.#received = this.#received.subarray(end)
      if (message.length > 0) this.#heard(message)
    }
  }

  #heard(message: Uint8Array): void {
    const id = message[0] as number
    if (id === 20) return this.#extension(message)
    if (id !== 6 && id !== 7 && id !== 16) return
    const [piece, offset] = [readU32(message, 1), readU32(message, 5)]
    if (id === 7) this.#put({ kind: 'block', piece, offset, data: message.subarray(9) })
    else {
      const kind = id === 6 ? 'asked' : 'reject'
      this.#put({ kind, piece, offset, length: readU32(message, 9) })
    }
  }

  #extension(message: Uint8Array): void {
    const payload = message.subarray(2)
    if (message[1] === 0) {
      const read = must(decodeValue(payload, { maxBytes: 65_536 })) as {
        m: { floodgate: number }
      }
      this.theirId = read.m.floodgate
      this.#begin(payload)
    } else if (payload[0] === 0) this.#put({ kind: 'hello' })
    else if (this.channel !== undefined) {
      const message = must(decodeMessage(must(this.channel.open(payload))))
      this.#put({ kind: 'message', message })
    }
  }
}
