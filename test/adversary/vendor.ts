/** A seller of its own making: honest in all that its manners do not change. */
import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { concat, u32 } from '../../shared/bytes.js'
import { sha256, unverifiedPayload } from '../../shared/crypto.js'
import { must } from '../../shared/errors.js'
import type { Uid } from '../../shared/identifier.js'
import { MESSAGE_MAX_BYTES } from '../../shared/limits.js'
import { pieceHash } from '../../shared/metainfo.js'
import {
  type Message,
  type MessageName,
  type MessageOf,
  Request,
  signBody,
  Withdrawal,
} from '../../shared/wire/messages.js'
import { decode, type Field } from '../../shared/wire/record.js'
import { within } from '../until.js'
import { Cheat } from './cheat.js'
import { type Asked, Line } from './line.js'
import type { Bends } from './speaker.js'
import { N, type Offered, type Stage } from './stage.js'

/** Where a seller departs from an honest one. */
export interface Manners {
  /** What it sends for a block; undefined: nothing. */
  readonly block?: (asked: Asked, good: Uint8Array) => Uint8Array | undefined
  /** Answers a message in its own way; true: as an honest one would. */
  readonly message?: (message: Message, line: Line, vendor: Vendor) => boolean
  readonly bends?: Bends
}

/** A seller whose program is the test. */
export class Vendor extends Cheat {
  readonly sold: Offered
  readonly manners: Manners
  /** All that buyers said, and the tokens that they paid. */
  readonly log: Message[] = []
  readonly tokens: MessageOf<'token'>[] = []
  readonly #looks = new Set<() => void>()
  #announced = false
  readonly #server: Server
  readonly #lines = new Set<Line>()
  /** Who asked last. */
  #buyer = '' as Uid

  private constructor(stage: Stage, sold: Offered, manners: Manners) {
    super(stage, 'Vendor')
    this.sold = sold
    this.manners = manners
    this.#server = createServer((socket) => void this.#serve(socket))
  }

  /** Joins, listens and announces itself as a seller. */
  static async open(stage: Stage, sold: Offered, manners: Manners = {}): Promise<Vendor> {
    const vendor = await new Vendor(stage, sold, manners).join()
    vendor.#server.listen(0, '127.0.0.1')
    await once(vendor.#server, 'listening')
    await vendor.announce(sold.cid, vendor.port)
    vendor.#announced = true
    return vendor
  }

  /** Listens in the place of another seller, of which it has the certificate and not the key. */
  static async inPlaceOf(
    stage: Stage,
    sold: Offered,
    { uid, port, leaf }: { readonly uid: Uid; readonly port: number; readonly leaf: Uint8Array },
    manners: Manners = {},
  ): Promise<Vendor> {
    const vendor = new Vendor(stage, sold, manners)
    Object.assign(vendor, { uid, leaf })
    vendor.#server.listen(port, '127.0.0.1')
    await once(vendor.#server, 'listening')
    return vendor
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** Resolves when something is so, looked at with every message. */
  when(what: string, isSo: () => boolean): Promise<void> {
    const so = new Promise<void>((resolve) => {
      const look = () => {
        if (!isSo()) return
        this.#looks.delete(look)
        resolve()
      }
      this.#looks.add(look)
      look()
    })
    return within(what, so, () => this.log.map(({ name }) => name))
  }

  /** The first message of a name that a buyer says, or has said. */
  async until<N extends MessageName>(name: N): Promise<MessageOf<N>> {
    const find = () => this.log.find((message) => message.name === name)
    await this.when(`${name} of a buyer`, () => find() !== undefined)
    return find() as MessageOf<N>
  }

  /** Takes itself off the lists and closes. */
  async close(): Promise<void> {
    if (this.#announced) await this.announce(this.sold.cid, this.port, { event: 'stopped' })
    this.#server.close()
    await Promise.all([...this.#lines].map((line) => line.end()))
  }

  async #serve(socket: Socket): Promise<void> {
    const line = new Line(socket, this.sold.cid, false)
    this.#lines.add(line)
    if (!(await line.meet(this, this.manners.bends))) return
    for (;;) {
      const heard = await line.heard()
      if (heard === undefined) return
      if (heard.name === 'asked') this.#block(line, heard)
      else this.#message(line, heard)
    }
  }

  #block(line: Line, asked: Asked): void {
    const { length, offset, piece } = asked
    const start = piece * this.sold.metainfo.pieceLength + offset
    const good = this.sold.bytes.slice(start, start + length)
    const { block } = this.manners
    const data = block === undefined ? good : block(asked, good)
    if (data !== undefined) line.frame(7, u32(piece), u32(offset), data)
  }

  #message(line: Line, message: Message): void {
    this.log.push(message)
    if (message.name === 'token') this.tokens.push(message)
    const usual = this.manners.message?.(message, line, this) ?? true
    if (usual) this.answer(line, message)
    for (const look of [...this.#looks]) look()
  }

  /** What an honest seller with empty books answers. */
  answer(line: Line, message: Message): void {
    if (message.name === 'open') line.send(this.stateOf(message))
    else if (message.name === 'request') line.send(this.statementOf(message))
    else if (message.name === 'payment') line.send(this.receiptOf(message))
    else if (message.name === 'withdrawal') line.send(this.releaseOf(message))
  }

  /** The books: nothing was paid before, and n pieces may be outstanding. */
  stateOf({ rid }: MessageOf<'open'>): MessageOf<'state'> {
    const counts = { k: 0, counter: 0, signed: 0, window: N }
    const lists = { open: [], owed: [], pages: new Uint8Array(0), payments: [] }
    return { name: 'state', rid, ...counts, ...lists }
  }

  /** The hashes of a request's pieces, as the torrent has them. */
  statementOf({ rid, signed }: MessageOf<'request'>): MessageOf<'statement'> {
    const { buyer, pieces } = this.#read('request', Request, signed)
    this.#buyer = buyer
    const hashes = concat(...pieces.map((piece) => pieceHash(this.sold.metainfo, piece)))
    const body = { rid, buyer, seller: this.uid, request: sha256(signed), hashes }
    return { name: 'statement', rid, signed: signBody('statement', body, this.signer) }
  }

  /** PaymentOK for a payment, whatever it is worth. */
  receiptOf({ body, k, rid }: MessageOf<'payment'>): MessageOf<'receipt'> {
    const parties = { rid, buyer: this.#buyer, seller: this.uid }
    const receipt = { ...parties, k, payment: sha256(body), window: N, time: Date.now() }
    return { name: 'receipt', rid, signed: signBody('receipt', receipt, this.signer) }
  }

  /** Lets a request go. */
  releaseOf({ rid, signed }: MessageOf<'withdrawal'>): MessageOf<'release'> {
    const body = { ...this.#read('withdrawal', Withdrawal, signed), time: Date.now() }
    return { name: 'release', rid, signed: signBody('release', body, this.signer) }
  }

  #read<T>(label: 'request' | 'withdrawal', schema: Field<T>, signed: Uint8Array): T {
    const { fingerprint } = this.signer
    const payload = must(unverifiedPayload(label, signed, fingerprint, MESSAGE_MAX_BYTES))
    return must(decode(schema, payload, MESSAGE_MAX_BYTES))
  }
}
