/**
 * One connection under the pay gate: the handshake, the sealed channel, and the two desks.
 */
import type { MemberCertificate } from '../../shared/certificate.js'
import { type Code, isCode, type Refusal, refused } from '../../shared/errors.js'
import type { BuyerInput, SellerMessage } from '../../shared/exchange/buyer-state.js'
import type { Effect } from '../../shared/exchange/exchange.js'
import { isOfBuyer } from '../../shared/exchange/seller-state.js'
import type { PieceIndex, Rid, Uid } from '../../shared/identifier.js'
import { WIND_UP_MS } from '../../shared/limits.js'
import type { Channel, Transcript } from '../../shared/wire/channel.js'
import { decodeMessage, encodeMessage, type Message } from '../../shared/wire/messages.js'
import type { Block, Connection, GateAction, GateSession, PeerAccount } from '../engine/gate.js'
import { BuyerDesk } from './buyer-desk.js'
import { type Met, PayHandshake } from './handshake.js'
import { SellerDesk } from './seller-desk.js'
import type { Breach } from './standing.js'
import type { SaveEffect } from './wallet/wallet.js'
import type { DeskLine, LiveSession, PayWorld } from './world.js'

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
  /** Why nothing new begins here, and until when debts may still be paid. */
  #windingUp: { readonly code: Code; readonly until: number } | undefined

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

  get ending(): Code | undefined {
    return this.#windingUp?.code
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

  met(): boolean {
    return this.uid !== undefined
  }

  message(payload: Uint8Array): void {
    if (this.#over) return
    if (this.#channel === undefined) return this.drop('hello-expected')
    if (this.#buyer === undefined) return this.#meet(payload)
    const plaintext = this.#channel.open(payload)
    if (refused(plaintext)) return this.drop(plaintext.code)
    const message: Message | Refusal = decodeMessage(plaintext)
    // It came through the channel, so the member itself wrote it.
    if (refused(message)) return this.breach({ code: message.code, part: 'member' })
    if (message.name === 'closing') return this.#told(message.code)
    if (message.name === 'ping') return this.say({ name: 'pong', number: message.number })
    if (message.name === 'pong') return this.#seller?.answered(message.number)
    if (isOfBuyer(message)) return this.#seller?.message(message)
    const now = this.#world.options.trackerNow()
    const input = { on: message.name, message, now } as BuyerInput
    const { rid } = message as SellerMessage
    if (!this.#buyer.message(input, rid)) {
      this.breach({ code: 'wrong-grant', part: 'seller', message })
    }
  }

  /** The peer says why it closes; the connection ends by its hand or ours. */
  #told(code: string): void {
    const known = isCode(code) ? code : 'goodbye'
    this.#world.options.told({ event: 'closed', code: known, uid: this.uid })
    this.#act({ do: 'drop', code: 'goodbye' })
  }

  /** The hello: from here on the peer is a member; one live connection of each is enough. */
  #meet(payload: Uint8Array): void {
    const met = this.#handshake.finish(payload)
    if (refused(met)) return this.drop(met.code)
    this.uid = met.uid
    const blocked = this.#world.standing.blocks(met.uid)
    if (blocked && !this.#world.hasDebts(met.uid)) return this.#dismiss('blacklisted')
    const other = this.#world.sessions.get(met.uid)
    const yields = other !== undefined && this.#world.yields(this, other, met.uid)
    if (yields) return this.drop('replaced')
    this.#certificate = met.certificate
    this.#unkept = met
    this.#world.sessions.set(met.uid, this)
    if (other !== undefined) other.drop('replaced')
    if (blocked) this.#windUp('blacklisted')
    this.#seller = new SellerDesk(this.#world, met, this)
    this.#buyer = new BuyerDesk(this.#world, met, this)
    this.#buyer.begin()
  }

  /** Says why on the channel before it closes. */
  #dismiss(code: Code): void {
    this.#world.outbox.perform(() => this.say({ name: 'closing', code }))
    this.drop(code)
  }

  /** From now on only debts are paid here, and not for long. */
  #windUp(code: Code): void {
    this.#windingUp = { code, until: this.#world.options.trackerNow() + WIND_UP_MS }
    this.#buyer?.stop()
  }

  /** Why this trade must end, if it must: the peer is blocked, or gave up what it buys under. */
  #whyEnd(uid: Uid): Code | undefined {
    if (this.#world.standing.blocks(uid)) return 'blacklisted'
    return this.#seller?.isGivenUp === true ? 'list-stale' : undefined
  }

  /** Winds up a trade that must end, and ends it when nothing is owed, or after a while. */
  reconsider(): void {
    if (this.#over || this.uid === undefined) return
    if (this.#windingUp === undefined) {
      const code = this.#whyEnd(this.uid)
      return code === undefined ? undefined : this.#windUp(code)
    }
    const { code, until } = this.#windingUp
    const settled = this.#buyer?.awaits !== true && !this.#world.hasDebts(this.uid)
    if (settled || this.#world.options.trackerNow() > until) this.#dismiss(code)
  }

  perform(effect: Effect): void {
    if (effect.do === 'save') this.#keepPeer(effect)
    if (effect.do === 'send') this.#world.outbox.perform(() => this.say(effect.message))
    else if (effect.do === 'close') this.drop(effect.code)
    else this.#world.perform(effect, this.#act)
  }

  breach(breach: Breach): void {
    if (this.#over) return
    this.drop(breach.code)
    if (this.uid !== undefined) this.#world.blame(this.uid, breach)
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
  say(message: Message): void {
    if (this.#gone || this.#channel === undefined) return
    this.#act({ do: 'send', payload: this.#channel.seal(encodeMessage(message)) })
  }

  /** A new peer list is here. */
  listed(): void {
    this.#buyer?.begin()
  }

  room(): number {
    return this.#over || this.#windingUp ? 0 : (this.#buyer?.room() ?? 0)
  }

  mayFetch(piece: PieceIndex): boolean {
    return this.#buyer?.mayFetch(piece) ?? false
  }

  want(pieces: readonly PieceIndex[]): void {
    if (!this.#over) this.#buyer?.want(pieces)
  }

  arrived(block: Block): boolean {
    return !this.#over && this.#buyer?.arrived(block) === true
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
    const idle = this.#over || this.#windingUp !== undefined
    if (this.#seller === undefined || idle) this.#act({ do: 'reject', block })
    else this.#seller.requested(block)
  }

  sent(block: Block): void {
    this.#seller?.sent(block)
  }

  debt(): number {
    return this.#seller?.debt ?? Number.POSITIVE_INFINITY
  }

  account(): PeerAccount | undefined {
    if (this.uid === undefined) return undefined
    const { owed = 0, window } = this.#seller ?? {}
    return { uid: this.uid, window, owesUs: owed, owedByUs: 0, owing: 0n, ...this.#buyer?.owing }
  }

  tick(): void {
    if (this.#over) return
    const { standing } = this.#world
    if (standing.isOutlived(this.#certificate)) return this.drop('certificate-expired')
    this.#buyer?.tick()
    this.#seller?.tick()
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
    return !this.#over && !this.#windingUp && this.#buyer?.isOpen(rid) === true
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
    this.#world.outbox.perform(() => this.say({ name: 'closing', code: 'goodbye' }))
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
