/**
 * The gate of a paid torrent, made of exchange machines: one session per connection, one wallet.
 */
import { PeerList } from '../../shared/api.js'
import { refused } from '../../shared/errors.js'
import type { PieceIndex, Rid, Uid } from '../../shared/identifier.js'
import { openProviderString } from '../../shared/keyring.js'
import { GATE_CLOSE_MS, TICK_MS } from '../../shared/limits.js'
import { tryDatabase } from '../../shared/thrown.js'
import { EXTENSION_NAME } from '../../shared/wire/messages.js'
import { decode } from '../../shared/wire/record.js'
import type { Gate } from '../engine/gate.js'
import { Absences } from './absences.js'
import type { PageCounts } from './page-source.js'
import { PaySession } from './session.js'
import { Stranded } from './stranded.js'
import { PROCESS_TIMERS } from './timers.js'
import type { BoughtRow } from './wallet/grants.js'
import { type Apart, type OwnGrant, type PayGateOptions, PayWorld } from './world.js'

const CLOSE_POLL_MS = 20

/** A pay gate: a gate that also takes new peer lists. */
export interface PayGate extends Gate {
  /** A newer signed list of one of our grants came from the tracker. */
  setPeers(rid: Rid, signedList: Uint8Array): void
  /** Pages of hash lists that we took in as a seller, by where they came from. */
  readonly pageCounts: PageCounts
  /** Takes up a grant that was bought meanwhile. */
  addGrant(row: BoughtRow): void
  /** Pieces that were verified are gone from the disk: they are asked for again (D8). */
  lost(pieces: readonly PieceIndex[]): void
  /** Missing pieces that no grant of ours brings any more, ascending (D8, D9). */
  stranded(): PieceIndex[]
  /** Sellers that miss a payment of ours, or may, as after a crash, and by which grant. */
  unsettled(): Unsettled[]
  /** Whether there are such, or what is being written may be a payment. */
  readonly settling: boolean
  /** Whether a member is connected. */
  meets(uid: Uid): boolean
  readonly apart: Apart
}

/** A seller that may miss what we paid or owe it under one of our grants. */
export interface Unsettled {
  readonly rid: Rid
  readonly seller: Uid
}

/** Members that a signed list names; nobody when it does not verify. */
function namedBy(options: PayGateOptions, rid: Rid, signed: Uint8Array): ReadonlySet<Uid> {
  const payload = openProviderString('peers', signed, options.keyring, signed.length)
  const list = refused(payload) ? payload : decode(PeerList, payload, signed.length)
  if (refused(list) || list.rid !== rid || list.buyer !== options.identity.uid) return new Set()
  return new Set(list.sellers.map((seller) => seller.uid))
}

function unsettledUnder({ options, sessions }: PayWorld, { rid }: OwnGrant): Unsettled[] {
  const sellers = options.wallet.history(options.identity.signer.fingerprint).unsettled(rid)
  const open = sellers.filter((seller) => sessions.get(seller)?.isSettled(rid) !== true)
  return open.map((seller) => ({ rid, seller }))
}

/** Makes the gate of one paid torrent. */
export function createPayGate(given: PayGateOptions): PayGate {
  // Signed times are whole milliseconds; a monotonic clock counts in fractions.
  const options = { ...given, trackerNow: () => Math.floor(given.trackerNow()) }
  const world = new PayWorld(options)
  const { fingerprint } = options.identity.signer
  for (const row of options.grants) world.addGrant(row, namedBy(options, row.rid, row.peers))
  const sessions = new Set<PaySession>()
  const absences = new Absences(world)
  const stranded = new Stranded(world)
  const { timers = PROCESS_TIMERS } = options
  const untime = timers.every(TICK_MS, () => {
    absences.tick()
    stranded.tick()
    world.spare.tick()
    for (const session of sessions) session.reconsider()
  })
  const unfollow = options.revocations.onNewer(() => {
    for (const session of [...sessions]) session.revoked()
  })
  const unsettled = () => world.grants.flatMap((grant) => unsettledUnder(world, grant))
  return {
    extension: EXTENSION_NAME,
    exclusive: true,
    open: (connection, act) => {
      const session = new PaySession(world, connection, act, (gone) => sessions.delete(gone))
      sessions.add(session)
      return session
    },
    addGrant: (row) => {
      world.addGrant(row, namedBy(options, row.rid, row.peers))
      for (const session of sessions) session.listed()
    },
    lost: () => {
      for (const { reservations } of world.grants) reservations.recount()
    },
    stranded: () => stranded.pieces(),
    setPeers: (rid, signed) => {
      const grant = world.grants.find((one) => one.rid === rid)
      if (grant === undefined) return
      const named = namedBy(options, rid, signed)
      if (named.size === 0) return
      grant.peers = signed
      grant.named = named
      for (const session of sessions) session.listed()
      // What a full disk does not take the tracker tells again.
      tryDatabase(() => options.wallet.grants.putPeers(fingerprint, rid, signed))
    },
    get pageCounts() {
      return world.pages.counts
    },
    unsettled,
    get settling() {
      // What is being written may be a payment: the books do not know of it yet.
      return world.grants.length > 0 && (world.outbox.busy || unsettled().length > 0)
    },
    meets: (uid) => world.sessions.has(uid),
    apart: world.apart,
    close: () => {
      untime()
      unfollow()
      return closeGate(world, sessions)
    },
  }
}

/** Signs, withdraws, waits a little for the answers, and says goodbye. */
async function closeGate(world: PayWorld, sessions: ReadonlySet<PaySession>): Promise<void> {
  world.closing = true
  for (const session of sessions) session.stop()
  await world.outbox.drained()
  const { timers = PROCESS_TIMERS, trackerNow } = world.options
  const deadline = trackerNow() + GATE_CLOSE_MS
  while (trackerNow() < deadline && [...sessions].some((session) => session.awaits)) {
    await timers.wait(CLOSE_POLL_MS)
  }
  for (const session of sessions) session.farewell()
  await world.outbox.drained()
}
