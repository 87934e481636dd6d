/**
 * What honest sellers lost in a run, when the desk has decided everything: pieces of which a block
 * left, less the rewards that came in for them.
 *
 * It is counted from what left over the network and what the ledger paid out, not from anyone's
 * books.
 */

import type { GrantRow, MemberRow } from '../../tracker/rows.js'
import { openDatabase } from '../open-database.js'
import { type Market, REWARD, type SoldContent } from './market.js'
import type { SimMember } from './member.js'

/** Least number of sellers that the bound of a content allows for (D5). */
const SELLERS_MIN_COUNT = 4

/** The grants of one buyer for one content, and what members got out of them. */
interface Bought {
  readonly buyer: MemberRow
  readonly content: SoldContent
  readonly grants: readonly GrantRow[]
  /** In rewards, by uid. */
  readonly paid: ReadonlyMap<string, number>
}

/** Sellers that lost more to a grant than D5 allows, and contents that did; a sentence each. */
export async function lossFindings(market: Market): Promise<string[]> {
  const delivered = deliveredPieces(market)
  const problems: string[] = []
  for (const bought of await everythingBought(market)) {
    let lost = 0
    for (const seller of market.whole) {
      const pieces = delivered.get(keyOf(seller, bought))?.size ?? 0
      const unpaid = Math.max(0, pieces - (bought.paid.get(seller.uid ?? '') ?? 0))
      const allowed = bought.grants.length * perSeller(bought) + unclaimed(market, seller, bought)
      lost += unpaid
      if (unpaid > allowed) {
        problems.push(
          `${seller.name} lost ${unpaid} pieces to ${bought.buyer.name}, not ${allowed}`,
        )
      }
    }
    const most = contentBound(bought)
    if (lost > most) {
      problems.push(`${bought.buyer.name} took ${lost} pieces unpaid, more than ${most}`)
    }
  }
  return problems
}

const perSeller = ({ content: { n, b } }: Bought): number => n + b - 1

/** D5: of all sellers that a grant's lists may name, each may lose its own bound. */
function contentBound(bought: Bought): number {
  const each = perSeller(bought)
  const claimed = [...bought.paid.values()].reduce((sum, rewards) => sum + rewards, 0)
  const sellers = Math.floor((bought.content.metainfo.pieceCount + claimed) / (4 * each))
  // The house is not counted among them.
  return (Math.max(SELLERS_MIN_COUNT, sellers) + 1) * each
}

/** Most pieces that the seller held payments for, unclaimed, at any time. */
const unclaimed = (market: Market, seller: SimMember, { grants }: Bought): number =>
  grants.reduce((sum, { rid }) => sum + (market.unclaimed.get(`${seller.name} ${rid}`) ?? 0), 0)

const keyOf = ({ name }: SimMember, { buyer, content }: Bought): string =>
  `${name} ${buyer.uid} ${content.metainfo.cid}`

/** Pieces of which a block left, by seller, buyer and content. */
function deliveredPieces(market: Market): Map<string, Set<number>> {
  const uids = new Map(market.members.map(({ address, uid }) => [address, uid]))
  const delivered = new Map<string, Set<number>>()
  for (const { cid, piece, seller, to } of market.deliveries) {
    const key = `${seller.name} ${uids.get(to)} ${cid}`
    delivered.set(key, (delivered.get(key) ?? new Set()).add(piece))
  }
  return delivered
}

/** Everything that was bought, with what the ledger paid out of it. */
function everythingBought(market: Market): Promise<Bought[]> {
  const paidOut = openPayouts(market.host.home.database)
  return market.host.tracker.store.read(async (rows) => {
    const groups = new Map<string, GrantRow[]>()
    for (const grant of await rows.grants.all()) {
      const key = `${grant.buyer} ${grant.cid}`
      groups.set(key, [...(groups.get(key) ?? []), grant])
    }
    const bought: Bought[] = []
    for (const grants of groups.values()) {
      const [{ buyer: id, cid }] = grants as [GrantRow]
      const buyer = (await rows.members.byId(id)) as MemberRow
      const content = market.contents.find(({ metainfo }) => metainfo.cid === cid) as SoldContent
      bought.push({ buyer, content, grants, paid: paidOut(grants) })
    }
    return bought
  })
}

/** As tracker/store.ts: better-sqlite3 12 aborts on Node 24.19 and later when one is collected. */
const kept: unknown[] = []

const PAID_OUT = `SELECT substr(c.name, 8, 32) AS uid, sum(t.amount) AS amount FROM transfers t
  JOIN accounts d ON d.id = t.debit JOIN accounts c ON c.id = t.credit
  WHERE d.name IN (SELECT value FROM json_each(?)) AND c.name LIKE 'member:%' GROUP BY uid`

/** Reads what members got out of grants, in rewards, by uid. */
function openPayouts(path: string): (grants: readonly GrantRow[]) => Map<string, number> {
  const database = openDatabase(path, { readonly: true })
  const statement = database.prepare(PAID_OUT)
  kept.push(database, statement)
  return (grants) => {
    const names = grants.flatMap(({ rid }) => [`grant:${rid}:escrow`, `grant:${rid}:held`])
    const rows = statement.all(JSON.stringify(names)) as { uid: string; amount: number }[]
    return new Map(rows.map(({ amount, uid }) => [uid, amount / Number(REWARD)]))
  }
}
