/**
 * One connection under the pay gate: the handshake, the sealed channel, and the two desks.
 */
import type { MemberCertificate } from '../../shared/certificate.js'
import { type Code, isCode, type Refusal, refused } from '../../shared/errors.js'
import type { BuyerInput, SellerMessage } from '../../shared/exchange/buyer-state.js'
import type { Effect } from '../../shared/exchange/exchange.js'
import type { BuyerMessage } from '../../shared/exchange/seller-state.js'
import type { PieceIndex, Rid, Uid } from '../../shared/identifier.js'
import { REVOCATIONS_MAX_AGE_MS } from '../../shared/limits.js'
import type { Channel, Transcript } from '../../shared/wire/channel.js'
import { decodeMessage, encodeMessage, type Message } from '../../shared/wire/messages.js'
import type { Block, Connection, GateAction, GateSession } from '../engine/gate.js'
import { BuyerDesk } from './buyer-desk.js'
import { type Met, PayHandshake } from './handshake.js'
import { SellerDesk } from './seller-desk.js'
import type { SaveEffect } from './wallet/wallet.js'
import type { DeskLine, LiveSession, PayWorld } from './world.js'

/**
 * How long a connection outlives the certificate that it began under: a trade is not cut because a
 * week is over, and the list names revoked serials as long (D11).
 */
const CONNECTION_LAG_MS = REVOCATIONS_MAX_AGE_MS

/** Which desk a message is for; `closing` is for neither. */
const FOR_SELLER: ReadonlySet<Message['name']> = new Set<BuyerMessage['name']>([
  'open',
  'page',
  'request',
  'token',
  'payment',
  'resend',
  'withdrawal',
])

/** A session of the pay gate. */
export class PaySession implements GateSession, LiveSession, DeskLine {
  readonly handshake: Readonly<Record<string, unknown>>
  readonly initiator: boolean
  uid: Uid | undefined
  #certificate: MemberCertificate | undefined
  /** The peer's certificates, until something that it signed is kept: they go with it. */
  #unkept: Pick<Met, 'leaf' | 'issuing'> | undefined
  readonly #world: PayWorld
  readonly #act: (action: GateAction) => void
  readonly #handshake: PayHandshake
  #channel: Channel | undefined
  #buyer: BuyerDesk | undefined
  #seller: SellerDesk | undefined
  readonly #left: (session: PaySession) => void
  /** We are closing: what still comes in is not looked at. */
  #over = false
  #gone = false

  /** `left` is told when the connection is gone. */
  constructor(
    world: PayWorld,
    connection: Connection,
    act: (action: GateAction) => void,
    left: (session: PaySession) => void,
  ) {
    const { identity, metainfo, keyring, random, trackerNow } = world.options
    this.#world = world
    this.#left = left
    this.#act = (action) => {
      if (!this.#gone) act(action)
    }
    this.initiator = connection.initiator
    const admit = (member: MemberCertificate) => world.admit(member)
    const trust = { root: keyring.root, nonces: world.nonces, admit }
    const settings = { identity, cid: metainfo.cid, random, trackerNow, ...trust }
    this.#handshake = new PayHandshake(settings, connection.initiator)
    this.handshake = { floodgate: this.#handshake.entry }
  }

  get over(): boolean {
    return this.#over
  }

  /** Closes the connection from our side with a code; what was queued before leaves first. */
  drop(code: Code): void {
    this.#over = true
    this.#world.options.told({ event: 'closed', code, uid: this.uid })
    this.#world.outbox.perform(() => this.#act({ do: 'drop', code }))
  }

  handshaken(transcript: Transcript): void {
    const begun = this.#handshake.begin(transcript)
    if (refused(begun)) return this.drop(begun.code)
    this.#channel = begun.channel
    // Nothing of this session is saved yet, so its first message need not wait for the disk.
    this.#act({ do: 'send', payload: begun.hello })
  }

  message(payload: Uint8Array): void {
    if (this.#over) return
    if (this.#channel === undefined) return this.drop('hello-expected')
    if (this.#buyer === undefined) return this.#meet(payload)
    const plaintext = this.#channel.open(payload)
    if (refused(plaintext)) return this.drop(plaintext.code)
    const message: Message | Refusal = decodeMessage(plaintext)
    if (refused(message)) return this.drop(message.code)
    if (message.name === 'closing') return this.#told(message.code)
    if (FOR_SELLER.has(message.name)) return this.#seller?.message(message as BuyerMessage)
    const now = this.#world.options.trackerNow()
    const input = { on: message.name, message, now } as BuyerInput
    const { rid } = message as SellerMessage
    if (!this.#buyer.message(input, rid)) this.drop('wrong-grant')
  }

  /** The peer says why it closes; the connection ends by its hand or ours. */
  #told(code: string): void {
    this.#world.options.told({
      event: 'closed',
      code: isCode(code) ? code : 'goodbye',
      uid: this.uid,
    })
    this.#act({ do: 'drop', code: 'goodbye' })
  }

  /** The hello: from here on the peer is a member; one live connection of each is enough. */
  #meet(payload: Uint8Array): void {
    const met = this.#handshake.finish(payload)
    if (refused(met)) return this.drop(met.code)
    if (this.#world.blocks(met.uid)) {
      this.uid = met.uid
      return this.#dismiss('blacklisted')
    }
    const other = this.#world.sessions.get(met.uid)
    if (other !== undefined && this.#yieldsTo(other, met.uid)) return this.drop('replaced')
    this.uid = met.uid
    this.#certificate = met.certificate
    this.#unkept = met
    this.#world.sessions.set(met.uid, this)
    if (other !== undefined) other.drop('replaced')
    this.#seller = new SellerDesk(this.#world, met, this)
    this.#buyer = new BuyerDesk(this.#world, met, this)
    this.#buyer.begin()
  }

  /** Says why on the channel before it closes. */
  #dismiss(code: Code): void {
    this.#world.outbox.perform(() => this.#send({ name: 'closing', code }))
    this.drop(code)
  }

  /** Ends a trade with a member that came on the blacklist meanwhile, what was got paid first. */
  reconsider(): void {
    if (this.#over || this.uid === undefined || !this.#world.blocks(this.uid)) return
    this.#buyer?.stop()
    this.#dismiss('blacklisted')
  }

  /** Two that dial each other at once must drop the same connection: the lower uid's dial stays. */
  #yieldsTo(other: LiveSession, uid: Uid): boolean {
    if (other.initiator === this.initiator) return false
    const ours = this.#world.options.identity.uid < uid
    return this.initiator !== ours
  }

  perform(effect: Effect): void {
    if (effect.do === 'save') this.#keepPeer(effect)
    if (effect.do !== 'send') {
      if (effect.do === 'close') {
        this.#over = true
        this.#world.options.told({ event: 'closed', code: effect.code, uid: this.uid })
      }
      return this.#world.perform(effect, this.#act)
    }
    this.#world.outbox.perform(() => this.#send(effect.message))
  }

  /** The first save of a connection takes the peer's certificates along, in the same group. */
  #keepPeer({ peer, rid, role }: SaveEffect): void {
    const kept = this.#unkept
    if (kept === undefined) return
    this.#unkept = undefined
    const { leaf, issuing } = kept
    const save = { kind: 'peer', leaf, issuing } as const
    this.#world.outbox.save({ do: 'save', role, rid, peer, save })
  }

  /** Sealed when it leaves, so that sequence numbers follow the order on the wire. */
  #send(message: Message): void {
    if (this.#gone || this.#channel === undefined) return
    this.#act({ do: 'send', payload: this.#channel.seal(encodeMessage(message)) })
  }

  /** A new peer list is here. */
  listed(): void {
    this.#buyer?.begin()
  }

  room(): number {
    return this.#over ? 0 : (this.#buyer?.room() ?? 0)
  }

  mayFetch(piece: PieceIndex): boolean {
    return this.#buyer?.mayFetch(piece) ?? false
  }

  want(pieces: readonly PieceIndex[]): void {
    if (!this.#over) this.#buyer?.want(pieces)
  }

  arrived(block: Block): boolean {
    return this.#buyer?.arrived(block) ?? false
  }

  expects(piece: PieceIndex): boolean {
    return this.#buyer?.expects(piece) === true
  }

  verified(piece: PieceIndex, good: boolean): void {
    this.#buyer?.verified(piece, good)
  }

  rejected(block: Block): void {
    this.#buyer?.rejected(block)
  }

  requested(block: Block): void {
    if (this.#seller === undefined || this.#over) this.#act({ do: 'reject', block })
    else this.#seller.requested(block)
  }

  debt(): number {
    return this.#seller?.debt ?? Number.POSITIVE_INFINITY
  }

  tick(): void {
    if (this.#over) return
    const until = (this.#certificate?.notAfterMs ?? Number.POSITIVE_INFINITY) + CONNECTION_LAG_MS
    if (this.#world.options.trackerNow() > until) this.drop('certificate-expired')
    else this.#buyer?.tick()
  }

  /** A newer list of revoked certificates is here. */
  revoked(): void {
    const serial = this.#certificate?.serial
    if (this.#over || serial === undefined) return
    if (this.#world.options.revocations.isRevoked(serial)) this.drop('certificate-revoked')
  }

  /** Signs for what was delivered and withdraws the rest. */
  stop(): void {
    this.#buyer?.stop()
  }

  isSettled(rid: Rid): boolean {
    return this.#buyer?.isSettled(rid) === true
  }

  sells(rid: Rid): boolean {
    return !this.#over && this.#buyer?.isOpen(rid) === true
  }

  get delivering(): boolean {
    return !this.#gone && this.#seller?.delivering === true
  }

  get awaits(): boolean {
    return !this.#gone && (this.#buyer?.awaits === true || this.#seller?.awaits === true)
  }

  /** Says goodbye on the channel. */
  farewell(): void {
    if (this.#buyer === undefined) return
    this.#world.outbox.perform(() => this.#send({ name: 'closing', code: 'goodbye' }))
  }

  closed(): void {
    this.#over = true
    this.#gone = true
    this.#left(this)
    if (this.uid !== undefined && this.#world.sessions.get(this.uid) === this) {
      this.#world.sessions.delete(this.uid)
    }
  }
}
