/**
 * The one function that moves money, on a real database: rows in the order of precedence of its
 * refusals, and after each refusal everything is as it was.
 */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import fc from 'fast-check'
import {
  type Account,
  escrow,
  FUNDING,
  held,
  pending,
  REVENUE,
  spendable,
  type Transfer,
} from '../../shared/account.js'
import { AMOUNT_MAX, amount } from '../../shared/amount.js'
import { must, refused } from '../../shared/errors.js'
import type { Cid, PieceIndex, Rid, Uid } from '../../shared/identifier.js'
import {
  balanceOf,
  type CommitRequest,
  commit,
  commitKey,
  type Spend,
} from '../../tracker/ledger.js'
import type { GrantRow, Store } from '../../tracker/rows.js'
import { openStore } from '../../tracker/store.js'

const ALICE = 'a'.repeat(32) as Uid
const BOB = 'b'.repeat(32) as Uid
const RID = 'c'.repeat(32) as Rid
const CID = 'd'.repeat(40) as Cid
const PIECES_COUNT = 16

let folder: string
let store: Store
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'floodgate-ledger-'))
  store = must(openStore(join(folder, 'ledger.db')))
})
afterEach(() => {
  store.close()
  rmSync(folder, { recursive: true })
})

let serial = 0
const move = (debit: Account, credit: Account, value: bigint): Transfer => ({
  debit,
  credit,
  amount: amount(value),
})
const request = (transfers: readonly Transfer[], rest: Partial<CommitRequest> = {}) => ({
  key: commitKey('test', String(serial++)),
  kind: 'topup' as const,
  at: 1,
  transfers,
  ...rest,
})
const apply = (asked: CommitRequest) => store.write((rows) => commit(rows, asked))
const balance = (account: Account) =>
  store.read(async (rows) => balanceOf(await rows.ledger.account(account)))
async function dump(): Promise<string> {
  const all = await store.read(async (rows) => [
    await rows.ledger.accounts(),
    await rows.grants.all(),
  ])
  return JSON.stringify(all, (_key, value) => (typeof value === 'bigint' ? `${value}n` : value))
}

/** A grant of ALICE with 100 in escrow; BOB (row 2) may be its seller. */
async function makeGrant(): Promise<GrantRow> {
  await store.write(async (rows) => {
    for (const uid of [ALICE, BOB]) {
      const key = new Uint8Array(32).fill(uid.charCodeAt(0))
      await rows.members.insert({ uid, key, name: uid, registered: 0 })
    }
    const digest = new Uint8Array(32)
    const row = { digest, says: digest, signed: new Uint8Array(1) }
    const terms = await rows.catalog.insertTerms(row)
    const content = { cid: CID, name: 'x', size: 1, files: 1, terms, published: 0 }
    await rows.catalog.putContent(content, new Uint8Array(1))
  })
  must(await apply(request([move(FUNDING, spendable(ALICE), 100n)])))
  const asked = request([move(spendable(ALICE), escrow(RID), 100n)])
  return store.write(async (rows) => {
    const { commit: bought } = must(await commit(rows, asked))
    await rows.grants.insert({
      rid: RID,
      buyer: 1,
      content: 1,
      terms: 1,
      bought,
      seed: new Uint8Array(48),
      ask: new Uint8Array(0),
      issued: 0,
      spendUntil: 10,
      claimUntil: 20,
      heldDue: undefined,
      only: undefined,
    })
    const grant = await rows.grants.byRid(RID)
    assert(grant !== undefined)
    return grant
  })
}

const spendOf = (grant: GrantRow, pieces: readonly number[], rest: Partial<Spend> = {}): Spend => ({
  grant,
  pieceCount: PIECES_COUNT,
  seller: 2,
  pieces: pieces as PieceIndex[],
  from: undefined,
  to: undefined,
  ...rest,
})
const reload = (): Promise<GrantRow> =>
  store.read(async (rows) => {
    const grant = await rows.grants.byRid(RID)
    assert(grant !== undefined)
    return grant
  })

test('a transfer leaves one account and reaches the other; the sum stays zero', async () => {
  must(await apply(request([move(FUNDING, spendable(ALICE), 70n)])))
  must(await apply(request([move(spendable(ALICE), REVENUE, 30n)])))
  assert.equal(await balance(spendable(ALICE)), 40n)
  assert.equal(await balance(REVENUE), 30n)
  assert.equal(await balance(FUNDING), -70n)
})

test('the same key again gives the first answer and moves nothing', async () => {
  const key = commitKey('topup', ALICE, 'x')
  const answer = new Uint8Array([1, 2, 3])
  const alongside = async () => answer
  const first = must(
    await apply(request([move(FUNDING, spendable(ALICE), 5n)], { key, alongside })),
  )
  const other = request([move(FUNDING, spendable(BOB), 9n)], { key, at: 99 })
  const second = must(await apply(other))
  assert.equal(first.first, true)
  assert.deepEqual(second, { ...first, first: false })
  assert.deepEqual(second.answer, answer)
  assert.equal(await balance(spendable(BOB)), 0n)
})

test('refusals by precedence leave everything as it was', async () => {
  const grant = await makeGrant()
  const chain = new Uint8Array(32)
  must(await apply(request([], { spends: [spendOf(grant, [1], { to: { k: 1, chain } })] })))
  const now = await reload()
  const poor = [move(spendable(ALICE), REVENUE, 1n)]
  const closed = { ...now, closed: true }
  const table: readonly (readonly [string, CommitRequest])[] = [
    ['grant-closed', request(poor, { spends: [spendOf(closed, [1])] })],
    ['already-paid', request(poor, { spends: [spendOf(now, [1])] })],
    ['claim-gap', request(poor, { spends: [spendOf(now, [2])] })],
    [
      'claim-gap',
      request(poor, {
        spends: [spendOf(now, [2], { from: { k: 1, chain: new Uint8Array(32).fill(1) } })],
      }),
    ],
    [
      'insufficient-funds',
      request(poor, { spends: [spendOf(now, [2], { from: { k: 1, chain } })] }),
    ],
    ['insufficient-funds', request([move(escrow(RID), pending(BOB), 101n)])],
    // The second transfer would be covered by the third, but order counts.
    ['insufficient-funds', request([move(held(RID), REVENUE, 1n), move(FUNDING, held(RID), 1n)])],
    ['too-large', request([move(FUNDING, REVENUE, AMOUNT_MAX), move(FUNDING, REVENUE, 1n)])],
  ]
  const before = await dump()
  for (const [code, asked] of table) {
    const result = await apply(asked)
    assert(refused(result), code)
    assert.equal(result.code, code)
    assert.equal(await dump(), before)
  }
})

test('transfers, spends, marks and rows of one commit stand or fall together', async () => {
  const grant = await makeGrant()
  const before = await dump()
  const asked = request([move(escrow(RID), pending(BOB), 10n)], {
    spends: [spendOf(grant, [0, 15], { to: { k: 2, chain: new Uint8Array(32) } })],
    alongside: async () => {
      throw new Error('the process dies here')
    },
  })
  await assert.rejects(apply(asked), /dies here/)
  assert.equal(await dump(), before)
  must(await apply({ ...asked, alongside: async () => undefined }))
  assert.deepEqual((await reload()).spent, new Uint8Array([0x80, 0x01]))
  assert.equal((await store.read((rows) => rows.grants.settled(grant.id, 2)))?.k, 2)
  assert.equal(await balance(escrow(RID)), 90n)
})

test('an account outside the seven kinds is a bug, not a refusal', async () => {
  const strange = move(FUNDING, 'member:eve:spendable' as Account, 1n)
  await assert.rejects(apply(request([strange])), /no such account/)
})

test('whatever is tried, the sum is zero and no account but funding goes below it', async () => {
  const accounts = [FUNDING, REVENUE, spendable(ALICE), spendable(BOB), pending(BOB), held(RID)]
  const index = fc.integer({ min: 0, max: accounts.length - 1 })
  const transfer = fc
    .tuple(index, index, fc.bigInt({ min: 1n, max: 50n }))
    .filter(([from, to]) => from !== to)
    .map(([from, to, value]) => move(accounts[from] as Account, accounts[to] as Account, value))
  const commits = fc.array(fc.array(transfer, { maxLength: 4 }), { maxLength: 6 })
  const judge = async (batches: readonly (readonly Transfer[])[]): Promise<void> => {
    for (const transfers of batches) await apply(request(transfers))
    const rows = await store.read((all) => all.ledger.accounts())
    assert.equal(
      rows.reduce((sum, row) => sum + balanceOf(row), 0n),
      0n,
    )
    assert(rows.every((row) => row.name === FUNDING || balanceOf(row) >= 0n))
  }
  await fc.assert(fc.asyncProperty(commits, judge), { numRuns: 30 })
})
