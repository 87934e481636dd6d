/**
 * Who can be reached for which content: the announces of members, kept in memory.
 *
 * A member is live, which is to say named and counted, once it has proved that it answers at the
 * address that it announced (reach.ts).
 * A restart forgets them, and they come back within one interval; what must not be forgotten, the
 * sellers that a grant's lists have named, is in the database (peer-list.ts).
 */
import type { Amount } from '../shared/amount.js'
import type { Cid, Uid } from '../shared/identifier.js'
import {
  ANNOUNCE_EXPIRY_MS,
  ANNOUNCE_INTERVAL_MS,
  ANNOUNCE_YOUNG_INTERVAL_MS,
  SWARM_SETTLING_MS,
  SWARM_YOUNG_COUNT,
} from '../shared/limits.js'
import { SWARM_PRESENCES_MAX_COUNT, SWARM_SWEEP_MS } from '../shared/tracker-limits.js'

/** A member that announced itself for a content. */
export interface Presence {
  /** Member row. */
  readonly id: number
  readonly uid: Uid
  readonly house: boolean
  readonly host: string
  readonly port: number
  /** Bytes left to download; 0 for a seeder. */
  readonly left: number
  /** Bytes of the content. */
  readonly size: number
  /** What it has earned so far, in all contents (announce.ts). */
  readonly earned: Amount
  readonly seenMs: number
}

/** The swarms of all contents. */
export interface Swarm {
  /**
   * Takes a presence. Beyond SWARM_PRESENCES_MAX_COUNT of them only who has proved its address
   * gets a new place, beyond twice as many nobody: places come back as the silent expire.
   */
  announce(cid: Cid, presence: Presence): void
  leave(cid: Cid, id: number, nowMs: number): void
  /** Takes a member off every list, as one that was revoked. */
  banish(id: number, nowMs: number): void
  /** A member proved an address: the swarms that it announced it to have gained a seller. */
  proved(id: number, nowMs: number): void
  /** Members that announced within ANNOUNCE_EXPIRY_MS and proved their address. */
  live(cid: Cid, nowMs: number): Presence[]
  /** Milliseconds until the next announce: short while the swarm is young or changes (D15). */
  interval(cid: Cid, nowMs: number): number
}

/** Makes a tracker's swarms, all empty; `isProved` judges a presence's address. */
export function createSwarm(isProved: (presence: Presence) => boolean): Swarm {
  const swarms = new Map<Cid, { members: Map<number, Presence>; changedMs: number }>()
  let count = 0
  let sweptMs = Number.NEGATIVE_INFINITY
  function remove(swarm: { readonly members: Map<number, Presence> }, id: number): boolean {
    const gone = swarm.members.delete(id)
    if (gone) count--
    return gone
  }
  function isRoomFor(presence: Presence): boolean {
    const most = isProved(presence) ? 2 * SWARM_PRESENCES_MAX_COUNT : SWARM_PRESENCES_MAX_COUNT
    const { seenMs } = presence
    if (count >= most && Math.abs(seenMs - sweptMs) > SWARM_SWEEP_MS) {
      sweptMs = seenMs
      for (const cid of swarms.keys()) present(cid, seenMs)
    }
    return count < most
  }
  function present(cid: Cid, nowMs: number): Presence[] {
    const swarm = swarms.get(cid)
    if (swarm === undefined) return []
    for (const [id, { seenMs }] of swarm.members) {
      if (nowMs - seenMs > ANNOUNCE_EXPIRY_MS) remove(swarm, id)
    }
    if (swarm.members.size === 0) swarms.delete(cid)
    return [...swarm.members.values()]
  }
  return {
    live: (cid, nowMs) => present(cid, nowMs).filter(isProved),
    proved: (id, nowMs) => {
      for (const swarm of swarms.values()) if (swarm.members.has(id)) swarm.changedMs = nowMs
    },
    announce: (cid, presence) => {
      const swarm = swarms.get(cid) ?? { members: new Map(), changedMs: presence.seenMs }
      const before = swarm.members.get(presence.id)
      if (before === undefined && !isRoomFor(presence)) return
      swarms.set(cid, swarm)
      if (before === undefined) count++
      const moved = before?.host !== presence.host || before.port !== presence.port
      if (moved) swarm.changedMs = presence.seenMs
      swarm.members.set(presence.id, presence)
    },
    leave: (cid, id, nowMs) => {
      const swarm = swarms.get(cid)
      if (swarm !== undefined && remove(swarm, id)) swarm.changedMs = nowMs
    },
    banish: (id, nowMs) => {
      for (const swarm of swarms.values()) {
        if (remove(swarm, id)) swarm.changedMs = nowMs
      }
    },
    interval: (cid, nowMs) => {
      const young = present(cid, nowMs).length < SWARM_YOUNG_COUNT
      const changedMs = swarms.get(cid)?.changedMs ?? nowMs
      const settling = nowMs - changedMs < SWARM_SETTLING_MS
      return young || settling ? ANNOUNCE_YOUNG_INTERVAL_MS : ANNOUNCE_INTERVAL_MS
    },
  }
}
