/** Claims at the edges of a grant's life: a refund, new terms, its end. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import { parseAmount } from '../../shared/amount.js'
import { CaseAnswer } from '../../shared/cases.js'
import { must } from '../../shared/errors.js'
import type { PieceIndex } from '../../shared/identifier.js'
import { parseMetainfo } from '../../shared/metainfo.js'
import { readTerms } from '../../shared/terms.js'
import { withPieces } from '../../tracker/bitmap.js'
import { decide } from '../../tracker/cases.js'
import { doneOf } from '../integration/programs.js'
import { decodeBody } from '../unit/tracker-member.js'
import { until } from '../until.js'
import { Buyer } from './buyer.js'
import { Cheat } from './cheat.js'
import { claimFor, earnedBy, FORGETS } from './earnings.js'
import { attacksOn } from './harness.js'
import { N, type Offered, PIECE_BYTES, PIECES, REWARD, type Stage } from './stage.js'

const COMPLAINT_MS = 1000
const complaint = ['--complaint-window', `${COMPLAINT_MS}ms`]
/** Of the row that is about its end; all others have ten times as long as they need. */
const CLAIM_MS = 5000
const ending = ['--spend-window', '4s', '--claim-window', `${CLAIM_MS}ms`]

const { row } = attacksOn('ends', { bends: 'books', publish: complaint })

const SOLD = [0, 1, 2, 3]

/** A buyer that paid a seller for some pieces, and the claim of them. */
async function sale(stage: Stage, sold: Offered) {
  const buyer = await Buyer.of(stage, sold)
  const bought = Date.now()
  const seller = await new Cheat(stage, 'Seller').join()
  const paid = buyer.pay(buyer.bought, seller.uid, SOLD)
  return { buyer, seller, bought, claim: claimFor(buyer.rid, seller.uid, paid) }
}

/** Asks for the money of the pieces that it paid; the number of the case. */
async function askBack(buyer: Buyer): Promise<number> {
  const pieces = withPieces(new Uint8Array(PIECES / 8), SOLD as PieceIndex[])
  const call = { ...buyer.head(), rid: buyer.rid, pieces, reason: 'no seller', again: 0 }
  return decodeBody(CaseAnswer, (await buyer.send('refund', call)).body).number
}

/** Grants a refund at once, as the desk's verb does: a process might begin when it is paid. */
async function grant({ tracker }: Stage, number: number): Promise<void> {
  const decision = { verdict: 'granted', by: 'desk', reason: 'no seller offers it' } as const
  const state = await tracker.store.write(async (rows) => {
    const row = await rows.cases.byId(number)
    return row && decide(tracker, rows, row, decision, Date.now())
  })
  assert.equal(state, 'granted')
}

row({
  attack: 'claims in the same instant as a refund is paid',
  source: 'D9, D13',
  outcome: 'one transaction spends a piece: to the seller or back to the buyer, never to both',
  honest: 'tracker',
  defence: FORGETS,
  atMost: () => 0,
  play: async ({ stage, sold }) => {
    const { buyer, seller, claim } = await sale(stage, sold)
    const deadline = Date.now() + COMPLAINT_MS
    const number = await askBack(buyer)
    await grant(stage, number)
    // The server posts what is due every second; claims fill the time until it has.
    await wait(deadline - 20 - Date.now())
    const look = async () => {
      await seller.claim([claim])
      const found = await stage.tracker.store.read((rows) => rows.cases.byId(number))
      const refunded = Number((found?.fromEscrow ?? 0n) / must(parseAmount(REWARD)))
      const lost = refunded + (await earnedBy(stage, seller)) - SOLD.length
      return (found?.state === 'paid' || lost > 0) && { succeeded: lost > 0, lost }
    }
    return until('the refund', look, { everyMs: 1 })
  },
})

row({
  attack: 'claims after its time, while a case keeps the grant open',
  source: 'D9',
  outcome: 'what is claimed too late is not paid, whatever else the grant waits for',
  honest: 'tracker',
  defence: {
    file: 'tracker/claims.js',
    from: 'grant.closed || nowMs > grant.claimUntil',
    to: 'grant.closed',
  },
  atMost: () => 0,
  play: async ({ stage, sold }) => {
    const offered = await offer(stage, sold, REWARD, ending)
    const { buyer, seller, bought, claim } = await sale(stage, offered)
    await askBack(buyer)
    await wait(bought + CLAIM_MS + 1 - Date.now())
    await seller.claim([claim])
    const lost = await earnedBy(stage, seller)
    return { succeeded: lost > 0, lost }
  },
})

row({
  attack: 'claims at the reward of newer terms',
  source: 'D9, D10',
  outcome: 'a grant stays on the terms it was bought on',
  honest: 'tracker',
  defence: {
    file: 'tracker/claims.js',
    from: 'const terms = await tracker.terms.read(rows, grant.terms);',
    to: `const { terms: newest } = await rows.catalog.byCid(grant.cid);
    const terms = await tracker.terms.read(rows, newest);`,
  },
  atMost: () => 0,
  play: async ({ stage, sold }) => {
    const { seller, claim } = await sale(stage, await offer(stage, sold, REWARD))
    await offer(stage, sold, '0.0625')
    await seller.claim([claim])
    const lost = (await earnedBy(stage, seller)) - SOLD.length
    return { succeeded: lost > 0, lost }
  },
})

/** Publishes a content anew, at a reward and with windows; gives it with these terms. */
async function offer(
  stage: Stage,
  sold: Offered,
  reward: string,
  windows: readonly string[] = [],
): Promise<Offered> {
  const { b, path } = sold
  const torrent = `${sold.torrent}-${reward}${windows.length}`
  const terms = ['--price', '1', '--reward', reward, '--n', String(N), '--b', String(b)]
  const form = ['--piece-length', String(PIECE_BYTES), '--out', torrent]
  doneOf(await stage.desk('publish', path, ...terms, ...form, ...complaint, ...windows))
  const metainfo = must(parseMetainfo(readFileSync(torrent)))
  const { digest } = must(readTerms(metainfo, stage.tracker.authority.keyring))
  return { ...sold, terms: digest }
}
