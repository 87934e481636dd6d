/**
 * What time does to money: earnings mature, cases whose time has come are decided and paid, held
 * prices become revenue, grants close (design D9).
 *
 * Claims of a flow that the desk has to look at wait for it (flows.ts).
 *
 * Each posting has a key made from what it settles, so a tick that is repeated, or cut short by a
 * crash, posts nothing twice.
 */
import {
  carrier,
  escrow,
  held,
  pending,
  REVENUE,
  spendable,
  type Transfer,
} from '../shared/account.js'
import { assert, refused } from '../shared/errors.js'
import { payAward, payRest } from './awards.js'
import { type Deps, readVerdict } from './case-files.js'
import { endInTime } from './endings.js'
import { FlowWatch } from './flows.js'
import { balanceOf, type CommitRequest, commit, commitKey } from './ledger.js'
import { payRefund } from './refund-payment.js'
import type { GrantRow, Rows, Store } from './rows.js'
import type { Tracker } from './tracker.js'

/** Postings of one transaction, so that calls are never kept waiting for long. */
const BATCH_MAX_COUNT = 100

/** Posts everything that is due by `nowMs`; gives how many postings there were. */
export async function settleDue(
  tracker: Deps & Pick<Tracker, 'store'>,
  nowMs: number,
): Promise<number> {
  for (let total = 0; ; ) {
    const count = await tracker.store.write(async (rows) => {
      const matured = await matureClaims(rows, nowMs)
      const ended = await endCases(tracker, rows, nowMs)
      const released = await releaseHeld(rows, nowMs)
      return matured + ended + released + (await closeGrants(rows, nowMs))
    })
    total += count
    if (count < BATCH_MAX_COUNT) return total
  }
}

/** Whether anything is due; a look that writes nothing, since a tick comes every second. */
export async function anythingDue(store: Store, nowMs: number): Promise<boolean> {
  return store.read(async (rows) => {
    if ((await rows.claims.due(nowMs, 1)).length > 0) return true
    if ((await rows.cases.due(nowMs, 1)).length > 0) return true
    if ((await rows.grants.heldDue(nowMs, 1)).length > 0) return true
    return (await rows.grants.closingDue(nowMs, 1)).length > 0
  })
}

/** Gives the commit. */
async function post(rows: Rows, request: CommitRequest): Promise<number> {
  const done = await commit(rows, request)
  assert(!refused(done), `what is due is there: ${request.kind}`)
  return done.commit
}

async function matureClaims(rows: Rows, nowMs: number): Promise<number> {
  const due = await rows.claims.due(nowMs, BATCH_MAX_COUNT)
  const watch = new FlowWatch(rows, nowMs)
  for (const claim of due) {
    const { id, seller, amount, grant } = claim
    if (await watch.holds(grant, seller)) continue
    const member = await rows.members.byId(seller)
    assert(member !== undefined, 'a claim was paid to a member')
    const { uid } = member
    const commit = await post(rows, {
      key: commitKey('mature', String(id)),
      kind: 'mature',
      at: nowMs,
      transfers: [{ debit: pending(uid), credit: spendable(uid), amount }],
    })
    await rows.claims.matured(id, commit)
  }
  return due.length
}

/** Before held money and escrow move on: what a case waits for is not released nor closed. */
async function endCases(deps: Deps, rows: Rows, nowMs: number): Promise<number> {
  const due = await rows.cases.due(nowMs, BATCH_MAX_COUNT)
  const watch = new FlowWatch(rows, nowMs)
  for (const row of due) {
    // Before it is paid: who complains instead of claiming is seen as well.
    if (row.kind !== 'refund') await watch.holds(row.grant, row.plaintiff)
    if (row.kind === 'refund') await payRefund(deps, rows, row, nowMs)
    else if (row.verdict === undefined) await endInTime(deps, rows, row, nowMs)
    else await payAward(deps, rows, row, readVerdict(row.verdict), nowMs)
  }
  return due.length
}

/** Everything an account holds, to another. */
async function emptied(
  rows: Rows,
  debit: Transfer['debit'],
  credit: Transfer['credit'],
): Promise<Transfer> {
  return { debit, credit, amount: balanceOf(await rows.ledger.account(debit)) }
}

async function releaseHeld(rows: Rows, nowMs: number): Promise<number> {
  const due = await rows.grants.heldDue(nowMs, BATCH_MAX_COUNT)
  for (const { id, rid } of due) {
    await post(rows, {
      key: commitKey('release', rid),
      kind: 'release',
      at: nowMs,
      transfers: [await emptied(rows, held(rid), REVENUE)],
    })
    await rows.grants.released(id)
  }
  return due.length
}

async function closeGrants(rows: Rows, nowMs: number): Promise<number> {
  const due: GrantRow[] = await rows.grants.closingDue(nowMs, BATCH_MAX_COUNT)
  for (const grant of due) {
    const { id, rid, cid } = grant
    await payRest(rows, grant, nowMs)
    await post(rows, {
      key: commitKey('close', rid),
      kind: 'close',
      at: nowMs,
      transfers: [await emptied(rows, escrow(rid), carrier(cid))],
    })
    await rows.grants.close(id)
    await rows.letters.forget(id)
    await rows.demand.forget(id)
  }
  return due.length
}
