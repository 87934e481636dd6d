/**
 * What all sessions of one paid torrent share: the options they were made with, and their registry.
 */
import type { MemberCertificate } from '../../shared/certificate.js'
import { type Code, type Refusal, refused } from '../../shared/errors.js'
import type { Debtors } from '../../shared/exchange/debtors.js'
import type { Effect, Save } from '../../shared/exchange/exchange.js'
import type { PieceIndex, Rid, Uid } from '../../shared/identifier.js'
import type { Keyring } from '../../shared/keyring.js'
import { type Metainfo, pieceHash, pieceSize } from '../../shared/metainfo.js'
import type { Purse, Scheme } from '../../shared/schemes/scheme.js'
import type { Message } from '../../shared/wire/messages.js'
import type { GateAction } from '../engine/gate.js'
import { type Identity, Nonces } from './handshake.js'
import { Outbox } from './outbox.js'
import { type AskPages, PageSource } from './page-source.js'
import type { PayEvent } from './pay-event.js'
import type { Probing } from './probe.js'
import { Reservations } from './reservations.js'
import type { RevocationCheck } from './revocations.js'
import { SpareLane } from './spare-lane.js'
import { type Breach, Standing } from './standing.js'
import type { Timers } from './timers.js'
import type { BoughtRow } from './wallet/grants.js'
import type { SaveEffect, Wallet } from './wallet/wallet.js'

/** What a pay gate is made of. */
export interface PayGateOptions {
  readonly wallet: Wallet
  readonly identity: Identity
  readonly keyring: Keyring
  readonly revocations: RevocationCheck
  readonly scheme: Scheme
  readonly metainfo: Metainfo
  /** What we buy with; empty when we only sell. */
  readonly grants: readonly BoughtRow[]
  /** Whether a piece is on disk, verified. */
  readonly has: (piece: PieceIndex) => boolean
  /** Pieces not on disk yet. */
  readonly missing: () => number
  readonly random: (bytes: number) => Uint8Array
  /** The tracker's time in milliseconds, counted by a monotonic clock. */
  readonly trackerNow: () => number
  readonly requestTimeoutMs: number
  /** The process's own when absent. */
  readonly timers?: Timers
  /** Asks how long the way to buyers takes; absent: nobody wants to know. */
  readonly probing?: Probing
  /** How the tracker is asked for pages; absent: they come from the buyers. */
  readonly askPages?: AskPages
  /** We met a certified seller that our list does not name, or were told so. */
  readonly announceAgain: () => void
  readonly told: (event: PayEvent) => void
  /** The wallet could not be written: nothing may leave any more. */
  readonly failed: (error: unknown) => void
}

/** One of our grants: the purse, its newest signed peer list and whom it names. */
export interface OwnGrant {
  readonly rid: Rid
  readonly purse: Purse
  readonly reservations: Reservations
  /** Whether the grant has a token for the piece. */
  readonly covers: (piece: PieceIndex) => boolean
  peers: Uint8Array
  named: ReadonlySet<Uid>
}

/** A session as the others see it. */
export interface LiveSession {
  readonly uid: Uid | undefined
  readonly initiator: boolean
  /** Whether the peer has everything that we owe it under one of our grants. */
  isSettled(rid: Rid): boolean
  /** Whether the peer sells to us under one of our grants. */
  sells(rid: Rid): boolean
  /** Whether a piece that the peer will pay is being delivered to it. */
  readonly delivering: boolean
  /** Closed or closing: its machines move no more. */
  readonly over: boolean
  drop(code: Code): void
}

/** The books of one content with members that have no connection: for what comes by letter. */
export interface Apart {
  /**
   * Changes the books of a grant as they stand when everything before is durable, and resolves when
   * the change is. False, and nothing is changed, when the member is connected: its machines move
   * the books.
   */
  change(
    rid: Rid,
    peer: Uid,
    role: SaveEffect['role'],
    change: () => readonly Save[],
  ): Promise<boolean>
  /**
   * Whether pieces are on disk, verified, paid to nobody, and not asked of another seller, whose
   * delivery they would be; refuses as the disk does.
   */
  unpaid(rid: Rid, seller: Uid): Promise<((piece: PieceIndex) => boolean) | Refusal>
}

/** A desk's way to its connection. */
export interface DeskLine {
  perform(effect: Effect): void
  /** Says something at once, before what waits for the disk. */
  say(message: Message): void
  /** The peer broke the rules: closes the connection, and counts what it did. */
  breach(breach: Breach): void
  /** Why the trade is being wound up: what is owed is paid, and nothing new begins. */
  readonly ending: Code | undefined
  /** The connection is closed or closing: no machine of it moves any more. */
  readonly over: boolean
}

/** The shared part of all sessions of a torrent. */
export class PayWorld {
  readonly options: PayGateOptions
  readonly nonces = new Nonces()
  readonly outbox: Outbox
  readonly pages: PageSource
  readonly standing: Standing
  /** What our buyers owe us, shared with all other contents of the provider. */
  readonly debtors: Debtors
  /** In the order in which they were issued. */
  readonly grants: OwnGrant[] = []
  readonly sessions = new Map<Uid, LiveSession>()
  readonly spare = new SpareLane(() =>
    [...this.sessions.values()].some((session) => session.delivering),
  )
  /** The gate closes: pieces under way are finished, no new one is begun. */
  closing = false

  constructor(options: PayGateOptions) {
    this.options = options
    const { identity, wallet } = options
    const { fingerprint } = identity.signer
    this.debtors = wallet.debtors(fingerprint)
    this.outbox = new Outbox((saves) => wallet.commit(fingerprint, saves), options.failed)
    this.standing = new Standing(options)
    const told = (problem: Refusal | undefined) => options.told({ event: 'pages', problem })
    this.pages = new PageSource(options.askPages, options.trackerNow, told, options.timers)
  }

  /** Refuses who was revoked, and strangers while nobody can know who was (D11). */
  admit({ serial, uid }: MemberCertificate): Refusal | undefined {
    const { keyring, revocations, wallet } = this.options
    const history = wallet.history(keyring.fingerprint)
    return revocations.judge(serial, () => !history.hasTradedWith(uid))
  }

  /** What both machines are told, about a peer. */
  surroundings(peer: { uid: Uid; key: import('node:crypto').KeyObject }) {
    const { identity, metainfo, has } = this.options
    return {
      ...{ self: identity.uid, signer: identity.signer, peer, cid: metainfo.cid, has },
      hashOf: (piece: PieceIndex) => pieceHash(metainfo, piece),
      sizeOf: (piece: PieceIndex) => pieceSize(metainfo, piece),
    }
  }

  /** Makes a purse of a grant that was bought; refused grants are reported and left out. */
  addGrant(row: BoughtRow, named: ReadonlySet<Uid>): void {
    if (this.grants.some(({ rid }) => rid === row.rid)) return
    const { scheme, keyring, has, identity, metainfo, wallet, told } = this.options
    const context = { keyring, buyer: identity.uid, cid: metainfo.cid }
    const purse = scheme.payer.accept({ open: row.open, secret: row.secret }, context)
    if (refused(purse)) {
      told({ event: 'refused', code: purse.code, uid: undefined })
      return
    }
    const { rid, peers } = row
    const history = wallet.history(identity.signer.fingerprint)
    const reservations = new Reservations(rid, history, has)
    const { only, pieces } = purse.facts
    const covered = only === undefined ? undefined : new Set(only)
    const covers = (piece: PieceIndex) => piece < pieces && covered?.has(piece) !== false
    this.grants.push({ rid, purse, reservations, covers, peers, named })
    this.grants.sort((one, other) => one.purse.facts.issued - other.purse.facts.issued)
  }

  /**
   * Grants in the order in which a seller is shown them, who takes only so many: the whole ones,
   * then the supplementary ones, of which the older have less left to do.
   */
  get toShow(): OwnGrant[] {
    const isWhole = ({ purse }: OwnGrant): boolean => purse.facts.only === undefined
    const supplements = this.grants.filter((grant) => !isWhole(grant))
    return [...this.grants.filter(isWhole), ...supplements.reverse()]
  }

  /** Whether new pieces can be asked for under a grant. */
  isSpendable({ purse }: OwnGrant): boolean {
    return this.options.trackerNow() <= purse.facts.spendUntil
  }

  /**
   * Whether a grant may pay for a piece: it never did, and no later one has. A later grant pays for
   * what an earlier one paid and the disk has lost, never the other way round (D8).
   */
  mayPay(grant: OwnGrant, piece: PieceIndex): boolean {
    const later = this.grants.slice(this.grants.indexOf(grant))
    return grant.covers(piece) && later.every(({ reservations }) => reservations.payable(piece))
  }

  /** Whether an open request asks another seller for the piece: it is that one's to deliver. */
  isElsewhere(piece: PieceIndex, seller: Uid): boolean {
    return this.grants.some(({ reservations }) => reservations.isElsewhere(piece, seller))
  }

  /** Whether a piece is on disk, verified, paid to nobody, and not another seller's delivery. */
  isUnpaid(grant: OwnGrant, piece: PieceIndex, seller: Uid): boolean {
    const { has } = this.options
    return has(piece) && this.mayPay(grant, piece) && !this.isElsewhere(piece, seller)
  }

  /** The grant to ask for a missing piece under: the oldest that can pay; none while one asks. */
  grantFor(piece: PieceIndex): OwnGrant | undefined {
    if (this.grants.some(({ reservations }) => reservations.isReserved(piece))) return undefined
    return this.grants.find((grant) => this.isSpendable(grant) && this.mayPay(grant, piece))
  }

  /**
   * Whether a connection gives way to an older one of the same member. Two that dial each other at
   * once must drop the same connection: the lower uid's dial stays.
   */
  yields(newer: LiveSession, older: LiveSession, uid: Uid): boolean {
    if (older.initiator === newer.initiator) return false
    const ours = this.options.identity.uid < uid
    return newer.initiator !== ours
  }

  /** Whether we and a member owe each other anything, or what is being written may be such. */
  hasDebts(uid: Uid): boolean {
    const rids = this.grants.map(({ rid }) => rid)
    return this.outbox.busy || this.standing.hasDebts(uid, rids)
  }

  /** What a member did may end the trade with it. */
  blame(uid: Uid, breach: Breach): void {
    const sentence = this.standing.blame(uid, breach)
    if (sentence !== undefined) this.options.told({ event: 'blacklisted', uid, ...sentence })
  }

  /** The books with members that are not connected. */
  readonly apart: Apart = {
    change: (rid, peer, role, change) =>
      new Promise((resolve) =>
        this.outbox.look({ rid, peer }, () => {
          if (this.sessions.has(peer)) return resolve(false)
          const own = this.grants.find((grant) => role === 'buyer' && grant.rid === rid)
          for (const save of change()) {
            const effect = { do: 'save', role, rid, peer, save } as const
            own?.reservations.follow(peer, effect)
            this.outbox.save(effect)
          }
          this.outbox.perform(() => resolve(true))
        }),
      ),
    unpaid: async (rid, seller) => {
      const own = this.grants.find((grant) => grant.rid === rid)
      return (piece) => own !== undefined && this.isUnpaid(own, piece, seller)
    },
  }

  /** Performs an effect that concerns the wallet or the engine; messages are the session's. */
  perform(effect: Effect, act: (action: GateAction) => void): void {
    switch (effect.do) {
      case 'save':
        return this.outbox.save(effect)
      case 'serve':
      case 'reject':
        return this.outbox.perform(() => act({ do: effect.do, block: effect.block }))
      case 'spare':
        return this.outbox.perform(() =>
          this.spare.add(() => act({ do: 'serve', block: effect.block })),
        )
      case 'fetch':
      case 'free':
        return this.outbox.perform(() => act({ do: effect.do, piece: effect.piece }))
      default:
        return undefined
    }
  }
}
