/**
 * What is made of a statement's postings: a history, sums by member, a comparison with a wallet.
 */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { openWallet } from '../../client/pay/wallet/wallet.js'
import { historyOf } from '../../client/trade/history.js'
import { differences } from '../../client/trade/statement.js'
import type { Cid, Fingerprint, Rid, Uid } from '../../shared/identifier.js'
import type { PostingLine } from '../../shared/statement.js'

const UID = 'aa'.repeat(16) as Uid
const OTHER = 'bb'.repeat(16) as Uid
const CID = 'cc'.repeat(20) as Cid
const RID = 'dd'.repeat(16) as Rid
const SOLD = 'ee'.repeat(16) as Rid
const own = (name: string): string => `member:${UID}:${name}`

let number = 0
function line(kind: string, from: string, to: string, amount: bigint, rest: object = {}) {
  number += kind === 'purchase' && rest !== undefined && 'more' in rest ? 0 : 1
  const { more: _, ...known } = rest as { more?: boolean }
  return { number, at: 1000 * number, kind, from, to, amount, ...known } as PostingLine
}
const grant = { rid: RID, cid: CID }
const sale = { rid: SOLD, cid: CID, other: OTHER }

const LINES: readonly PostingLine[] = [
  line('voucher', 'funding', own('spendable'), 5_000_000n),
  line('purchase', own('spendable'), `grant:${RID}:escrow`, 600_000n, grant),
  line('purchase', own('spendable'), `grant:${RID}:held`, 400_000n, { ...grant, more: true }),
  line('claim', `grant:${SOLD}:escrow`, own('pending'), 30_000n, {
    ...{ ...sale, pieces: 3, due: 50_000 },
  }),
  line('purchase', own('spendable'), `grant:${'ff'.repeat(16)}:escrow`, 20_000n, {
    ...{ rid: 'ff'.repeat(16), cid: CID, pieces: 2 },
  }),
  line('claim', `grant:${SOLD}:escrow`, own('pending'), 10_000n, { ...sale, pieces: 1, due: 4000 }),
  line('mature', own('pending'), own('spendable'), 10_000n, sale),
  line('withhold', own('pending'), `carrier:${CID}`, 30_000n, sale),
  line('payout', own('spendable'), own('payout'), 100_000n),
  line('returned', own('payout'), own('spendable'), 40_000n),
  line('paid', own('payout'), 'funding', 60_000n),
  line('refund', `grant:${RID}:escrow`, own('spendable'), 200_000n, grant),
]

const history = (most: number) =>
  historyOf(LINES, most, { uid: UID, now: 10_000, offset: 500, nameOf: () => 'song' })

test('a history tells each event once, the newest first, with what the account gained', () => {
  assert.deepEqual(
    history(100).map(({ amount, what }) => [what, amount]),
    [
      ['refund', 200_000n],
      ['returned', 40_000n],
      ['payout', -100_000n],
      ['withheld', -30_000n],
      ['claimed', 10_000n],
      ['pieces', -20_000n],
      ['claimed', 30_000n],
      ['bought', -1_000_000n],
      ['credit', 5_000_000n],
    ],
  )
  assert.equal(history(2).length, 2)
})

test('a claim says who paid, for how much, and until when it is pending, by our own clock', () => {
  const claims = history(100).filter(({ what }) => what === 'claimed')
  assert.deepEqual(
    claims.map(({ name, pieces, spendable, uid }) => [name, pieces, spendable, uid]),
    [
      ['song', 1, undefined, OTHER],
      ['song', 3, 49_500, OTHER],
    ],
  )
})

const PROVIDER = '99'.repeat(32) as Fingerprint

/** What a wallet that bought these grants finds different. */
async function found(bought: readonly (readonly [string, bigint])[], ordering = false) {
  const folder = mkdtempSync(join(tmpdir(), 'floodgate-statement-'))
  const wallet = openWallet(join(folder, 'wallet.db'), new Uint8Array(32))
  const none = new Uint8Array(0)
  try {
    for (const [rid, price] of bought) {
      const row = { rid: rid as Rid, fingerprint: PROVIDER, cid: CID, scheme: 'floodgate' }
      wallet.grants.put({ ...row, price, time: 0, open: none, secret: none, peers: none })
    }
    if (ordering) {
      const note = { fresh: new Uint8Array(16), price: 1n, time: 0 }
      wallet.grants.order({ fingerprint: PROVIDER, cid: CID }, note, () => undefined)
    }
    // Without its answers this wallet knows of no claim.
    const all = differences(wallet, PROVIDER, { lines: LINES })
    return all.filter(({ what }) => what === 'bought')
  } finally {
    await wallet.close()
    rmSync(folder, { recursive: true })
  }
}

test('a purchase that only one side knows is a difference, unless it is under way', async () => {
  const all = [
    [RID, 1_000_000n],
    ['ff'.repeat(16), 20_000n],
  ] as const
  assert.deepEqual(await found(all), [])
  const [gone] = await found([all[0]])
  assert.deepEqual([gone?.what, gone?.statement, gone?.wallet], ['bought', 20_000n, 0n])
  assert.deepEqual(await found([all[0]], true), [])
  const [unknown] = await found([...all, ['12'.repeat(16), 7n]], true)
  assert.deepEqual([unknown?.statement, unknown?.wallet], [0n, 7n])
})
