/**
 * Sums over a wallet that need no key: what was spent, bought, sold and claimed.
 */
import type { Cid, Fingerprint, Rid, Uid } from '../../../shared/identifier.js'
import type { Sql } from './database.js'
import { spentSince } from './spending.js'

/** One content in the wallet's own books. */
export interface ContentSum {
  readonly cid: Cid
  /** Millionths; what it brought without the pieces that the provider does not pay. */
  readonly spent: bigint
  readonly earned: bigint
  /** Pieces that sellers were paid for. */
  readonly bought: number
  /** Pieces that buyers paid us for; of these what is signed can be claimed, settled was. */
  readonly sold: number
  readonly signed: number
  readonly claimed: number
  /** Pieces delivered and not paid yet: what we stand to lose. */
  readonly owed: number
  /** The same in millionths, each piece at the reward of the grant that it was sold under. */
  readonly amounts: {
    readonly sold: bigint
    readonly signed: bigint
    readonly claimed: bigint
    readonly owed: bigint
  }
}

const CONTENTS = `
WITH
  cost AS (SELECT cid, sum(price) AS spent FROM bought WHERE fingerprint = @provider GROUP BY cid),
  fetched AS (
    SELECT b.cid, count(*) AS pieces FROM paid p JOIN bought b USING (fingerprint, rid)
    WHERE fingerprint = @provider GROUP BY b.cid),
  met_with AS (SELECT cid, reward, payment_k, settled,
      (SELECT count(*) FROM earned e
       WHERE e.fingerprint = m.fingerprint AND e.rid = m.rid AND e.buyer = m.buyer) AS pieces,
      (SELECT count(*) FROM owed o WHERE o.fingerprint = m.fingerprint AND o.rid = m.rid
         AND o.buyer = m.buyer AND o.counter > 0) AS owed,
      (SELECT count(*) FROM denied d WHERE d.fingerprint = m.fingerprint AND d.rid = m.rid
         AND d.buyer = m.buyer) AS denied
    FROM met m WHERE fingerprint = @provider),
  sale AS (
    SELECT cid, sum(pieces) AS pieces, sum(payment_k) AS signed, sum(settled) AS claimed,
      sum(owed) AS owed, sum(pieces * reward) AS sold_for, sum(payment_k * reward) AS signed_for,
      sum(settled * reward) AS claimed_for, sum(owed * reward) AS owed_for,
      sum((pieces - denied) * reward) AS earned
    FROM met_with GROUP BY cid)
SELECT c.cid, coalesce(cost.spent, 0) AS spent, coalesce(sale.earned, 0) AS earned,
  coalesce(fetched.pieces, 0) AS bought, coalesce(sale.pieces, 0) AS sold,
  coalesce(sale.signed, 0) AS signed, coalesce(sale.claimed, 0) AS claimed,
  coalesce(sale.owed, 0) AS owed, coalesce(sale.sold_for, 0) AS soldFor,
  coalesce(sale.signed_for, 0) AS signedFor, coalesce(sale.claimed_for, 0) AS claimedFor,
  coalesce(sale.owed_for, 0) AS owedFor
FROM (SELECT cid FROM cost UNION SELECT cid FROM sale) c
LEFT JOIN cost USING (cid) LEFT JOIN fetched USING (cid) LEFT JOIN sale USING (cid)
ORDER BY c.cid`

/** Sums of this wallet, by provider. */
export class SummaryBook {
  readonly #db: Sql
  constructor(db: Sql) {
    this.#db = db
  }

  /** Every content that was bought or sold under a provider. */
  contents(provider: Fingerprint): ContentSum[] {
    const rows = this.#db.prepare(CONTENTS).safeIntegers().all({ provider })
    return (rows as Record<keyof ContentSum | `${keyof ContentSum['amounts']}For`, bigint>[]).map(
      (row) => ({
        ...{ cid: String(row.cid) as Cid, spent: row.spent, earned: row.earned },
        ...{ bought: Number(row.bought), sold: Number(row.sold), signed: Number(row.signed) },
        ...{ claimed: Number(row.claimed), owed: Number(row.owed) },
        amounts: {
          ...{ sold: row.soldFor, signed: row.signedFor },
          ...{ claimed: row.claimedFor, owed: row.owedFor },
        },
      }),
    )
  }

  /** What was spent since a moment of the tracker's time, orders without an answer included. */
  spentSince(provider: Fingerprint, since: number): bigint {
    return spentSince(this.#db, provider, since)
  }

  /** Grants of ours under which a seller may miss a payment. */
  unsettledWith(provider: Fingerprint, seller: Uid): number {
    return this.#db
      .prepare(
        `SELECT count(DISTINCT rid) FROM paid p
         WHERE fingerprint = @provider AND seller = @seller AND k > coalesce(
           (SELECT k FROM receipt r WHERE r.fingerprint = p.fingerprint
             AND r.rid = p.rid AND r.seller = p.seller), 0)`,
      )
      .pluck()
      .get({ provider, seller }) as number
  }

  /** Every grant that was bought, and what it cost. */
  purchases(provider: Fingerprint): { readonly rid: Rid; readonly price: bigint }[] {
    return this.#db
      .prepare('SELECT rid, price FROM bought WHERE fingerprint = ?')
      .safeIntegers()
      .all(provider) as { rid: Rid; price: bigint }[]
  }

  /** Purchases without an answer; the tracker may have taken the money. */
  ordering(provider: Fingerprint): number {
    return this.#db
      .prepare('SELECT count(*) FROM purchase WHERE fingerprint = ? AND price > 0')
      .pluck()
      .get(provider) as number
  }

  /** Claims without an answer. */
  underWay(provider: Fingerprint): number {
    return this.#db
      .prepare('SELECT count(*) FROM claim WHERE fingerprint = ? AND answer IS NULL')
      .pluck()
      .get(provider) as number
  }

  /** What acknowledged claims credited, in millionths. */
  credited(provider: Fingerprint): bigint {
    return this.#db
      .prepare('SELECT coalesce(sum(credited), 0) FROM claim WHERE fingerprint = ?')
      .safeIntegers()
      .pluck()
      .get(provider) as bigint
  }

  /** Answers to claims as the provider signed them. */
  answers(provider: Fingerprint): Uint8Array[] {
    return this.#db
      .prepare('SELECT answer FROM claim WHERE fingerprint = ? AND answer IS NOT NULL')
      .pluck()
      .all(provider) as Uint8Array[]
  }
}
