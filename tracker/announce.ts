/**
 * Announces of members: who can be reached where, which has to be proved before others are told,
 * and the grant's next peer list.
 */
import { pending } from '../shared/account.js'
import { type Amount, amount, ZERO } from '../shared/amount.js'
import { AnnounceAnswer, type AnnounceCall } from '../shared/api.js'
import { NOTICE_GRACE_MS } from '../shared/case-limits.js'
import { type Refusal, refuse } from '../shared/errors.js'
import { ANNOUNCE_SPENDING_INTERVAL_MS } from '../shared/limits.js'
import { encode } from '../shared/wire/record.js'
import { isOpen } from './broker.js'
import { followDownload } from './demand.js'
import { nextPeerList } from './peer-list.js'
import type { Standing } from './reach.js'
import type { MemberRow, Rows } from './rows.js'
import type { CallContext } from './tracker.js'

/**
 * Takes a member's announce.
 *
 * Refusals: unknown-cid; unknown-grant (none, another member's, or of another content). A grant
 * that cannot be spent any more gets no list: a day later no seller serves it (D5). Nor does a
 * member whose trading is stopped, or that leaves a notice unread for NOTICE_GRACE_MS.
 */
export async function announce(
  context: CallContext,
  call: AnnounceCall,
): Promise<Uint8Array | Refusal> {
  const { tracker, rows, member, host, nowMs } = context
  const { cid, rid, port, left, event } = call
  const { swarm } = tracker
  const content = await rows.catalog.byCid(cid)
  if (content === undefined) return refuse('unknown-cid')
  const grant = rid === undefined ? undefined : await rows.grants.byRid(rid)
  if (rid !== undefined && (grant?.buyer !== member.id || grant.cid !== cid)) {
    return refuse('unknown-grant')
  }
  await followDownload(context, content, grant, call)
  const standing = tracker.reach.standing(member.id, { host, port })
  // By its marks, until the desk decides; or until it looks at what it is accused of (D12).
  const stopped = await rows.cases.stopped(member.id, content.id)
  const deaf = await rows.cases.ignored(member.id, nowMs - NOTICE_GRACE_MS)
  if (event === 'stopped' || stopped) {
    swarm.leave(cid, member.id, nowMs)
    // Who has all it bought leaves its place in a closed swarm (closed.ts).
    const whole = left === 0 ? await rows.grants.latest(member.id, content.id) : undefined
    if (whole !== undefined) await rows.grants.unlist(whole.id)
  } else {
    const { id, uid, house } = member
    const earned = await standingOf(rows, member)
    const where = { host, port, seenMs: nowMs }
    swarm.announce(cid, { id, uid, house, left, size: content.size, earned, ...where })
    const { pieces } = await tracker.terms.read(rows, content.terms)
    const proved = (): void => swarm.proved(id, tracker.now())
    tracker.reach.check(id, { host, port }, { cid, pieces, key: member.key }, proved)
  }
  for (const each of call.asked ?? []) await rows.grants.setAsked(each, member.id)
  const spending = grant !== undefined && !stopped && !deaf && isOpen(grant, nowMs)
  const interval = swarm.interval(cid, nowMs)
  const known = {
    revocations: await tracker.revocations.number(rows),
    notices: await rows.cases.unread(member.id),
    interval: spending && left > 0 ? Math.min(interval, ANNOUNCE_SPENDING_INTERVAL_MS) : interval,
    letters: await rows.letters.count(member.id, nowMs),
    ...reached(standing),
  }
  if (!spending || event === 'stopped') return encode(AnnounceAnswer, known)
  const terms = await tracker.terms.read(rows, grant.terms)
  const peers = await nextPeerList(tracker, rows, grant, terms, member.uid)
  return encode(AnnounceAnswer, { ...known, peers })
}

/** What the tracker's proof of an address says to the member itself. */
function reached(standing: Standing): { readonly reached?: number } {
  return standing === 'unknown' ? {} : { reached: standing === 'proved' ? 1 : 0 }
}

/** What a member has claimed so far, but for what the desk holds back or withheld. */
async function standingOf(rows: Rows, { id, uid }: MemberRow): Promise<Amount> {
  const claimed = (await rows.ledger.account(pending(uid)))?.credits ?? ZERO
  const { held, withheld } = await rows.flows.ofPayee(id)
  return amount(claimed - held - withheld)
}
