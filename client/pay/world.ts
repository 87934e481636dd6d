/**
 * What all sessions of one paid torrent share: the options they were made with, and their registry.
 */
import { type Code, refused } from '../../shared/errors.js'
import type { Effect } from '../../shared/exchange/exchange.js'
import type { PieceIndex, Rid, Uid } from '../../shared/identifier.js'
import type { Keyring } from '../../shared/keyring.js'
import { type Metainfo, pieceHash, pieceSize } from '../../shared/metainfo.js'
import type { Purse, Scheme } from '../../shared/schemes/scheme.js'
import type { GateAction } from '../engine/gate.js'
import { type Identity, Nonces } from './handshake.js'
import { Outbox } from './outbox.js'
import { Reservations } from './reservations.js'
import type { BoughtRow } from './wallet/grants.js'
import type { Wallet } from './wallet/wallet.js'

/** What happened, for people and for the claims. */
export type PayEvent =
  | { readonly event: 'paid'; readonly piece: PieceIndex; readonly seller: Uid }
  | { readonly event: 'earned'; readonly piece: PieceIndex; readonly buyer: Uid }
  | { readonly event: 'refused' | 'closed'; readonly code: Code; readonly uid: Uid | undefined }

/** What a pay gate is made of. */
export interface PayGateOptions {
  readonly wallet: Wallet
  readonly identity: Identity
  readonly keyring: Keyring
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
  peers: Uint8Array
  named: ReadonlySet<Uid>
}

/** A session as the others see it. */
export interface LiveSession {
  readonly uid: Uid | undefined
  readonly initiator: boolean
  /** Whether the peer has everything that we owe it under one of our grants. */
  isSettled(rid: Rid): boolean
  drop(code: Code): void
}

/** A desk's way to its connection. */
export interface DeskLine {
  perform(effect: Effect): void
  /** The connection is closed or closing: no machine of it moves any more. */
  readonly over: boolean
}

/** The shared part of all sessions of a torrent. */
export class PayWorld {
  readonly options: PayGateOptions
  readonly nonces = new Nonces()
  readonly outbox: Outbox
  readonly grants: OwnGrant[] = []
  readonly sessions = new Map<Uid, LiveSession>()
  /** The gate closes: pieces under way are finished, no new one is begun. */
  closing = false

  constructor(options: PayGateOptions) {
    this.options = options
    const { identity, wallet } = options
    const { fingerprint } = identity.signer
    this.outbox = new Outbox((saves) => wallet.commit(fingerprint, saves), options.failed)
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
    const { scheme, keyring, identity, metainfo, wallet, told } = this.options
    const context = { keyring, buyer: identity.uid, cid: metainfo.cid }
    const purse = scheme.payer.accept({ open: row.open, secret: row.secret }, context)
    if (refused(purse)) {
      told({ event: 'refused', code: purse.code, uid: undefined })
      return
    }
    const reservations = new Reservations(row.rid, wallet.history(identity.signer.fingerprint))
    this.grants.push({ rid: row.rid, purse, reservations, peers: row.peers, named })
  }

  /** Performs an effect that concerns the wallet or the engine; messages are the session's. */
  perform(effect: Effect, act: (action: GateAction) => void): void {
    switch (effect.do) {
      case 'save':
        return this.outbox.save(effect)
      case 'serve':
      case 'reject':
        return this.outbox.perform(() => act({ do: effect.do, block: effect.block }))
      case 'fetch':
      case 'free':
        return this.outbox.perform(() => act({ do: effect.do, piece: effect.piece }))
      case 'close':
        return this.outbox.perform(() => act({ do: 'drop', code: effect.code }))
      default:
        return undefined
    }
  }
}
