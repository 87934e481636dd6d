/** What was traded in one paid content, by member, over every run so far. */
import { refused } from '../../shared/errors.js'
import type { Uid } from '../../shared/identifier.js'
import type { CounterpartRow } from '../local/transfer-rows.js'
import type { Wallet } from '../pay/wallet/wallet.js'
import type { PaidContent } from './content.js'
import { factsOf } from './purchase.js'

const NO_TRADE = { bought: 0, sold: 0, paid: 0n, earned: 0n }

/** Trade with each member, each piece at the reward of its grant. */
export function counterparts(content: PaidContent, wallet: Wallet): CounterpartRow[] {
  const { metainfo, provider, terms } = content
  const { fingerprint } = provider.row
  const members = new Map<Uid, CounterpartRow>()
  const add = (uid: Uid, more: Partial<Omit<CounterpartRow, 'uid'>>): void => {
    const { bought, earned, paid, sold } = members.get(uid) ?? NO_TRADE
    members.set(uid, {
      uid,
      ...{ bought: bought + (more.bought ?? 0), paid: paid + (more.paid ?? 0n) },
      ...{ sold: sold + (more.sold ?? 0), earned: earned + (more.earned ?? 0n) },
    })
  }
  for (const row of wallet.grants.of(fingerprint, metainfo.cid)) {
    const facts = factsOf(row, content)
    const { reward } = refused(facts) ? terms : facts
    for (const { pieces, seller } of wallet.history(fingerprint).paidBySeller(row.rid)) {
      add(seller, { bought: pieces, paid: BigInt(pieces) * reward })
    }
  }
  for (const { amount, buyer, cid, pieces } of wallet.claims.earned(fingerprint)) {
    if (cid === metainfo.cid && pieces > 0) add(buyer, { sold: pieces, earned: amount })
  }
  return [...members.values()]
}

/** What grants of a content cost; millionths. */
export function paidFor({ metainfo, provider }: PaidContent, { grants }: Wallet): bigint {
  const bought = grants.of(provider.row.fingerprint, metainfo.cid)
  return bought.reduce((sum, { price }) => sum + price, 0n)
}

/** What a content cost and brought in all, and pieces by counterpart, as verbs tell it. */
export function tallyOf(content: PaidContent, wallet: Wallet) {
  const rows = counterparts(content, wallet)
  const counted = (kind: 'bought' | 'sold'): Record<string, number> =>
    Object.fromEntries(rows.filter((row) => row[kind] > 0).map((row) => [row.uid, row[kind]]))
  return {
    paid: paidFor(content, wallet),
    earned: rows.reduce((sum, { earned }) => sum + earned, 0n),
    ...{ pieces: counted('bought'), sold: counted('sold') },
  }
}
