/**
 * The provider's own list of revoked certificates: signed, numbered, complete (design D11).
 *
 * The number rises with every revocation and is at least the time of it in milliseconds, so that a
 * database that was restored from a backup catches up with what members have seen as soon as the
 * next member is revoked. A serial stays listed until a day after its certificate expired: as long
 * may a connection that began under it go on.
 */
import { Revocations } from '../shared/api.js'
import { fromHex } from '../shared/bytes.js'
import { signString } from '../shared/crypto.js'
import {
  REVOCATIONS_MAX_AGE_MS,
  REVOCATIONS_MAX_COUNT,
  REVOCATIONS_RESIGN_MS,
} from '../shared/limits.js'
import { encode } from '../shared/wire/record.js'
import type { MemberRow, RevocationRow, Rows } from './rows.js'
import type { Swarm } from './swarm.js'
import type { Tracker } from './tracker.js'

/** The current list, signed again when it changed or grew old. */
export interface RevocationShelf {
  /** The list's number now; members revoked since it was last asked leave the swarms. */
  number(rows: Rows): Promise<number>
  /** The signed string `revocations`. */
  signed(tracker: Tracker): Promise<Uint8Array>
}

/** Makes the shelf of a tracker that starts. */
export function createRevocationShelf(swarm: Swarm, now: () => number): RevocationShelf {
  let seen = 0
  let kept: { readonly number: number; readonly at: number; readonly bytes: Uint8Array } | undefined
  async function number(rows: Rows): Promise<number> {
    const current = await rows.revocations.number()
    if (current !== seen) {
      for (const { member } of await rows.revocations.all()) swarm.banish(member, now())
      seen = current
    }
    return current
  }
  return {
    number,
    signed: (tracker) =>
      tracker.store.read(async (rows) => {
        const current = await number(rows)
        const at = now()
        const fresh = kept?.number === current && at - kept.at < REVOCATIONS_RESIGN_MS
        if (fresh && kept !== undefined) return kept.bytes
        kept = { number: current, at, bytes: await sign(tracker, rows, current, at) }
        return kept.bytes
      }),
  }
}

async function sign(
  { authority }: Tracker,
  rows: Rows,
  number: number,
  time: number,
): Promise<Uint8Array> {
  const { signer } = authority
  const since = time - REVOCATIONS_MAX_AGE_MS
  const serials = await rows.revocations.serials(since, REVOCATIONS_MAX_COUNT)
  const list = {
    ...{ number, time, signer: signer.certificate },
    serials: serials.map((serial) => fromHex(serial) as Uint8Array),
  }
  return signString('revocations', encode(Revocations, list), signer)
}

/** Revokes a member for good; a second time changes nothing. Gives what stands in the books. */
export async function revokeMember(
  rows: Rows,
  member: MemberRow,
  reason: string,
  nowMs: number,
): Promise<RevocationRow> {
  const before = await rows.revocations.of(member.id)
  if (before !== undefined) return before
  const number = Math.max(nowMs, (await rows.revocations.number()) + 1)
  const row = { number, member: member.id, at: nowMs, reason }
  await rows.revocations.insert(row)
  return row
}
