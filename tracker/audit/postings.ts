/**
 * Whether every posting is one that the protocol has (docs/PROTOCOL.md 13.2), goes to whom it must,
 * and is told by a row. Plain SQL, like all of the auditor.
 */
import type { Books } from './books.js'

type Expect = (holds: boolean, problem: string) => void

/** From where to where money moves, by the kind of commit. */
const MOVES: Readonly<Record<string, RegExp>> = {
  topup: /^funding member:\w+:spendable$/,
  voucher: /^funding member:\w+:spendable$/,
  payout: /^member:(\w+):spendable member:\1:payout$/,
  paid: /^member:\w+:payout funding$/,
  returned: /^member:(\w+):payout member:\1:spendable$/,
  purchase: /^member:\w+:spendable grant:\w+:(escrow|held)$/,
  claim: /^grant:\w+:escrow member:\w+:pending$/,
  mature: /^member:(\w+):pending member:\1:spendable$/,
  withhold: /^member:\w+:pending carrier:\w+$/,
  refund: /^grant:\w+:(escrow|held) member:\w+:spendable$/,
  award: /^grant:\w+:(escrow|held) member:\w+:spendable$/,
  release: /^grant:\w+:held provider:revenue$/,
  close: /^grant:\w+:escrow carrier:\w+$/,
}

const POSTINGS = `SELECT t.commit_id AS id, c.kind, d.name AS debit, k.name AS credit, t.amount
  FROM transfers t JOIN commits c ON c.id = t.commit_id
  JOIN accounts d ON d.id = t.debit JOIN accounts k ON k.id = t.credit`

/** Each gives what should be equal, row by row: a place, what the postings say, what a row says. */
const AGREE: readonly string[] = [
  // A voucher credits who redeemed it with its amount, and every such commit has one.
  `SELECT 'voucher in ' || p.id AS place, p.credit || ' ' || p.amount AS said,
     coalesce('member:' || m.uid || ':spendable ' || v.amount, 'no voucher') AS told
   FROM (${POSTINGS}) p LEFT JOIN vouchers v ON v.commit_id = p.id
   LEFT JOIN members m ON m.id = v.member WHERE p.kind = 'voucher'`,
  `SELECT 'all vouchers' AS place, (SELECT coalesce(sum(amount), 0) FROM vouchers
     WHERE member IS NOT NULL) AS told,
     (SELECT coalesce(sum(amount), 0) FROM (${POSTINGS}) WHERE kind = 'voucher') AS said`,
  // A payout is of who asked for it, and is paid or given back once, as its row says.
  `SELECT 'payout in ' || p.id AS place, p.debit || ' ' || p.amount AS said,
     coalesce('member:' || m.uid || ':spendable ' || o.amount, 'no payout') AS told
   FROM (${POSTINGS}) p LEFT JOIN payouts o ON o.commit_id = p.id
   LEFT JOIN members m ON m.id = o.member WHERE p.kind = 'payout'`,
  `SELECT 'end of a payout in ' || p.id AS place,
     p.kind || ' ' || p.debit || ' ' || p.amount AS said,
     coalesce(o.state || ' member:' || m.uid || ':payout ' || o.amount, 'no payout') AS told
   FROM (${POSTINGS}) p LEFT JOIN payouts o ON o.settled = p.id
   LEFT JOIN members m ON m.id = o.member WHERE p.kind IN ('paid', 'returned')`,
  `SELECT 'payouts ' || s.state AS place, (SELECT coalesce(sum(amount), 0) FROM payouts
     WHERE s.state = 'payout' OR state = s.state) AS told,
     (SELECT coalesce(sum(amount), 0) FROM (${POSTINGS}) WHERE kind = s.state) AS said
   FROM (SELECT 'payout' AS state UNION SELECT 'paid' UNION SELECT 'returned') s`,
  // Who paid for a grant is its buyer, in its own commit, and every commit of a purchase has one.
  `SELECT 'purchase ' || p.id AS place, p.debit || ' ' || substr(p.credit, 7, 32) AS said,
     coalesce('member:' || m.uid || ':spendable ' || g.rid, 'no grant') AS told
   FROM (${POSTINGS}) p LEFT JOIN grants g ON g.bought = p.id
   LEFT JOIN members m ON m.id = g.buyer WHERE p.kind = 'purchase'`,
  // Money comes back to the buyer alone, as much as the cases say.
  `SELECT 'refund of ' || g.rid AS place, p.credit AS said,
     'member:' || m.uid || ':spendable' AS told
   FROM (${POSTINGS}) p JOIN grants g ON g.rid = substr(p.debit, 7, 32)
   JOIN members m ON m.id = g.buyer WHERE p.kind = 'refund'`,
  `SELECT 'case ' || s.id AS place, s.from_escrow + s.from_held AS told,
     (SELECT coalesce(sum(amount), 0) FROM transfers WHERE commit_id = s.settled) AS said
   FROM cases s`,
  `SELECT 'all that cases paid' AS place,
     (SELECT coalesce(sum(from_escrow + from_held + from_rest), 0) FROM cases) AS told,
     (SELECT coalesce(sum(amount), 0) FROM (${POSTINGS})
       WHERE kind IN ('refund', 'award')) AS said`,
  // A verdict pays who complained: at once, and at the end of the grant what it was short of.
  `SELECT 'award of ' || p.id AS place, p.credit AS said, coalesce((
     SELECT 'member:' || m.uid || ':spendable' FROM cases s JOIN members m ON m.id = s.plaintiff
       JOIN grants g ON g.id = s.grant_id AND g.rid = substr(p.debit, 7, 32)
     WHERE s.settled = p.id OR p.credit = 'member:' || m.uid || ':spendable'
       AND s.from_rest = p.amount ORDER BY s.settled = p.id DESC LIMIT 1), 'no case') AS told
   FROM (${POSTINGS}) p WHERE p.kind = 'award'`,
  // What has matured of a member's claims, and no more, reached it.
  `SELECT 'matured of ' || m.uid AS place, coalesce(f.sum, 0) AS told, coalesce(p.sum, 0) AS said
   FROM members m LEFT JOIN (SELECT seller, sum(amount) AS sum FROM claims
     WHERE matured = 1 GROUP BY seller) f ON f.seller = m.id
   LEFT JOIN (SELECT credit, sum(amount) AS sum FROM (${POSTINGS})
     WHERE kind = 'mature' GROUP BY credit) p ON p.credit = 'member:' || m.uid || ':spendable'`,
  // The commit by which a claim ended is of that claim alone.
  `SELECT 'end of claim ' || c.id AS place, coalesce((SELECT kind || ' ' || amount
     FROM (${POSTINGS}) WHERE id = c.ended), 'none') AS said,
     CASE WHEN c.amount = 0 THEN 'none' WHEN c.matured THEN 'mature ' || c.amount
       WHEN c.withheld THEN 'withhold ' || c.amount ELSE 'none' END AS told
   FROM claims c`,
  // What the desk withheld of a member's claims went to the funds of their contents.
  `SELECT 'withheld of ' || m.uid || ' for ' || t.cid AS place, sum(c.amount) AS told,
     (SELECT coalesce(sum(amount), 0) FROM (${POSTINGS}) WHERE kind = 'withhold'
       AND debit = 'member:' || m.uid || ':pending' AND credit = 'carrier:' || t.cid) AS said
   FROM claims c JOIN members m ON m.id = c.seller JOIN grants g ON g.id = c.grant_id
   JOIN contents t ON t.id = g.content WHERE c.withheld = 1 GROUP BY m.uid, t.cid`,
  `SELECT 'all withheld' AS place, (SELECT coalesce(sum(amount), 0) FROM claims
     WHERE withheld = 1) AS told,
     (SELECT coalesce(sum(amount), 0) FROM (${POSTINGS}) WHERE kind = 'withhold') AS said`,
  // Unclaimed rewards go to the fund of their own content.
  `SELECT 'close of ' || g.rid AS place, p.credit AS said, 'carrier:' || c.cid AS told
   FROM (${POSTINGS}) p JOIN grants g ON g.rid = substr(p.debit, 7, 32)
   JOIN contents c ON c.id = g.content WHERE p.kind = 'close'`,
  // Totals are shown to members, so both sides must be right, not their difference alone.
  `SELECT 'debits of ' || a.name AS place, a.debits AS told, coalesce(p.sum, 0) AS said
   FROM accounts a LEFT JOIN (SELECT debit, sum(amount) AS sum FROM transfers GROUP BY debit) p
   ON p.debit = a.id`,
]

/** Checks all postings; gives what was checked in words. */
export function checkPostings(database: Books, expect: Expect): string {
  let count = 0
  for (const row of database.rows(POSTINGS)) {
    const { id, kind, debit, credit, amount } = row as Record<string, string | bigint>
    const fits = MOVES[String(kind)]?.test(`${debit} ${credit}`) === true
    expect(fits, `commit ${id}: a ${kind} moved ${amount} from ${debit} to ${credit}`)
    count++
  }
  for (const text of AGREE) {
    for (const row of database.rows(text)) {
      const { place, said, told } = row as Record<string, string | bigint>
      expect(said === told, `${place}: the postings say ${said}, the rows ${told}`)
    }
  }
  return `${count} postings are of purchases, claims and what followed, and go to whom they must`
}
