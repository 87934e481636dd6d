/** A buyer of its own making, which does the steps of §III.D one by one. */
import { unverifiedPayload } from '../../shared/crypto.js'
import { must } from '../../shared/errors.js'
import type { PieceIndex, Rid, Uid } from '../../shared/identifier.js'
import { MESSAGE_MAX_BYTES } from '../../shared/limits.js'
import type { PayStep, Progress } from '../../shared/schemes/scheme.js'
import { type MessageOf, RefusalNote, signBody } from '../../shared/wire/messages.js'
import { decode } from '../../shared/wire/record.js'
import type { Bought } from '../unit/tracker-member.js'
import { until } from '../until.js'
import { Cheat } from './cheat.js'
import type { Line } from './line.js'
import { isPiece, type Offered, type Seller, type Stage } from './stage.js'

/** A cheat with a grant. */
export class Buyer extends Cheat {
  readonly sold: Offered
  bought!: Bought
  /** The signed peer list to show. */
  peers: Uint8Array = new Uint8Array(0)
  /** Where the payments to each seller stand. */
  readonly paid = new Map<Uid, Progress>()
  #requests = 0

  constructor(stage: Stage, sold: Offered) {
    super(stage)
    this.sold = sold
  }

  /** Joins, buys a content, and waits until the tracker has named these sellers. */
  static async of(stage: Stage, sold: Offered, ...sellers: readonly Seller[]): Promise<Buyer> {
    const buyer = await new Buyer(stage, sold).join()
    await stage.credit(buyer.uid, '1')
    buyer.bought = await buyer.buy(sold)
    buyer.peers = buyer.bought.answer.peers
    await buyer.list(...sellers)
    return buyer
  }

  /** The same member with a grant of another content. */
  async another(sold: Offered, ...sellers: readonly Seller[]): Promise<Buyer> {
    const buyer = new Buyer(this.stage, sold)
    const { counter, leaf, seed, uid } = this
    Object.assign(buyer, { counter, leaf, seed, uid })
    await this.stage.credit(uid, '1')
    buyer.bought = await buyer.buy(sold)
    buyer.peers = buyer.bought.answer.peers
    await buyer.list(...sellers)
    return buyer
  }

  get rid(): Rid {
    return this.bought.rid
  }

  /** Announces until the list of its grant names all of these; throws when one of them is gone. */
  async list(...sellers: readonly (Pick<Seller, 'uid'> & Partial<Seller>)[]): Promise<void> {
    let { list } = this.bought
    const gone: string[] = []
    for (const { program, uid } of sellers) void program?.over.then(() => gone.push(uid))
    const wanted = sellers.map(({ name, uid }) => name ?? uid)
    const look = async (): Promise<boolean> => {
      if (sellers.every(({ uid }) => list.sellers.some((named) => named.uid === uid))) return true
      if (gone.length > 0) throw new Error(`gone: ${gone}`)
      const at = { rid: this.rid, left: 1 }
      const { list: next, signed } = await this.announce(this.sold.cid, 1, at)
      list = next ?? list
      this.peers = signed ?? this.peers
      return false
    }
    await until(`a list that names ${wanted}`, look, { everyMs: 50, seen: () => list.sellers })
  }

  /** Connects to a seller and shows it the grant; the seller's answer. */
  async open(seller: Seller) {
    const line = await this.meet(seller.port, this.sold)
    return { line, answer: await this.show(line) }
  }

  /** What introduces the grant. */
  opening(bent: Partial<MessageOf<'open'>> = {}): MessageOf<'open'> {
    const { bought, peers, rid, stage } = this
    const signers = stage.tracker.authority.keyring.certificates().slice(-4)
    const books = { rid, scheme: 'floodgate', k: 0, counter: 0, signers }
    return { name: 'open', ...books, peers, opening: bought.answer.open, ...bent }
  }

  /** Shows the grant: the seller's books, the code of its refusal, or undefined when it is gone. */
  async show(line: Line, bent: Partial<MessageOf<'open'>> = {}) {
    line.send(this.opening(bent))
    const answer = await line.next('state', 'refusal')
    return answer?.name === 'refusal' ? this.codeOf(answer) : answer
  }

  /** The code of a signed refusal. */
  codeOf({ signed }: MessageOf<'refusal'>): string {
    const { fingerprint } = this.signer
    const payload = must(unverifiedPayload('refusal', signed, fingerprint, MESSAGE_MAX_BYTES))
    return must(decode(RefusalNote, payload, MESSAGE_MAX_BYTES)).code
  }

  /** The page of the hash list that a piece stands on. */
  page(line: Line, piece: number): void {
    const { bytes: body, page = 0 } = this.#step('' as Uid, { step: 'page', piece: of(piece) })
    line.send({ name: 'page', rid: this.rid, page, body })
  }

  /** Signs a request for a run; its counter is the next one. */
  request(seller: Uid, pieces: readonly number[], counter = ++this.#requests): Uint8Array {
    const parties = { rid: this.rid, cid: this.sold.cid, buyer: this.uid, seller }
    const run = { counter, pieces: pieces as readonly PieceIndex[], time: Date.now() }
    return signBody('request', { ...parties, ...run }, this.signer)
  }

  /** Sends a request: true when a statement answers it, else the code, or undefined at the end. */
  async ask(
    line: Line,
    seller: Uid,
    pieces: readonly number[],
  ): Promise<true | string | undefined> {
    return this.say(line, this.request(seller, pieces))
  }

  /** Sends a signed request as it is; as ask. */
  async say(line: Line, signed: Uint8Array): Promise<true | string | undefined> {
    line.send({ name: 'request', rid: this.rid, signed })
    const answer = await line.next('statement', 'refusal')
    return answer?.name === 'refusal' ? this.codeOf(answer) : answer && true
  }

  /** Withdraws the request of a counter, and waits for the release. */
  async withdraw(line: Line, seller: Uid, pieces: readonly number[], counter = this.#requests) {
    const parties = { rid: this.rid, buyer: this.uid, seller }
    const run = { counter, pieces: pieces as readonly PieceIndex[], time: Date.now() }
    const signed = signBody('withdrawal', { ...parties, ...run }, this.signer)
    line.send({ name: 'withdrawal', rid: this.rid, signed })
    return (await line.next('release')) !== undefined
  }

  /** Fetches a piece; whether it came whole and good. */
  async take(line: Line, piece: number): Promise<boolean> {
    const bytes = await line.fetch(piece)
    return bytes !== undefined && isPiece(this.sold, piece, bytes)
  }

  /** Sends the token of a piece, or other bytes in its place, as the next payment to a seller. */
  token(line: Line, seller: Uid, piece: number, bent?: Uint8Array): void {
    const { bytes, progress } = this.#step(seller, { step: 'token', piece: of(piece) })
    this.paid.set(seller, progress)
    line.send({
      name: 'token',
      rid: this.rid,
      k: progress.k,
      piece: of(piece),
      token: bent ?? bytes,
    })
  }

  /** The token of a piece. */
  tokenOf(piece: number): Uint8Array {
    return this.#step('' as Uid, { step: 'token', piece: of(piece) }).bytes
  }

  /** Signs for what was paid to a seller; the receipt or retry that answers it. */
  async settle(line: Line, seller: Uid) {
    const { bytes: body, progress } = this.#step(seller, { step: 'payment' })
    line.send({ name: 'payment', rid: this.rid, k: progress.k, body })
    return line.next('receipt', 'retry')
  }

  #step(seller: Uid, step: PayStep) {
    const at = this.paid.get(seller)
    return must(this.scheme.payer.pay(this.bought.purse, seller, at, step, this.signer))
  }
}

const of = (piece: number): PieceIndex => piece as PieceIndex
