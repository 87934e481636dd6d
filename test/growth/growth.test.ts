/**
 * How much a purchase adds to the tracker's database: 10,000 purchases of 700 pieces by as many
 * members, each naming sellers out of a live swarm, through the broker and the ledger into a real
 * file, measured after the write-ahead log has been folded back.
 */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { existsSync, statSync } from 'node:fs'
import { test } from 'node:test'
import { FUNDING, spendable } from '../../shared/account.js'
import { amount, ZERO } from '../../shared/amount.js'
import { toHex } from '../../shared/bytes.js'
import { must } from '../../shared/errors.js'
import { x25519PublicKey } from '../../shared/hpke.js'
import type { Uid } from '../../shared/identifier.js'
import { purchase } from '../../tracker/broker.js'
import { commit, commitKey } from '../../tracker/ledger.js'
import { verifyLedger } from '../../tracker/verify.js'
import type { Sold } from '../unit/tracker-member.js'
import { World } from '../unit/tracker-world.js'

const PURCHASES_COUNT = 10_000
const PIECES_COUNT = 700
const SELLERS_COUNT = 20
/** Purchases that share a transaction here, so that the test waits for the disk less often. */
const BATCH_COUNT = 100
const LIMIT_BYTES = 2048
const PRICE = amount(8_000_000n)

const random = (bytes: number): Uint8Array => new Uint8Array(randomBytes(bytes))

/** Members with money; they register without HTTP, and only what follows is measured. */
async function enroll(world: World, count: number): Promise<Uid[]> {
  const uids: Uid[] = []
  for (let start = 0; start < count; start += BATCH_COUNT) {
    await world.tracker.store.write(async (rows) => {
      for (let i = start; i < Math.min(count, start + BATCH_COUNT); i++) {
        const uid = toHex(random(16)) as Uid
        await rows.members.insert({ uid, key: random(32), name: `member ${i}`, registered: 0 })
        const transfers = [{ debit: FUNDING, credit: spendable(uid), amount: PRICE }]
        const key = commitKey('topup', uid)
        must(await commit(rows, { key, kind: 'topup', at: 0, transfers }))
        uids.push(uid)
      }
    })
  }
  return uids
}

async function buyAll(world: World, sold: Sold, buyers: readonly Uid[]): Promise<void> {
  const { tracker } = world
  const reply = x25519PublicKey(random(32))
  for (let start = 0; start < buyers.length; start += BATCH_COUNT) {
    await tracker.store.write(async (rows) => {
      for (const uid of buyers.slice(start, start + BATCH_COUNT)) {
        const member = await rows.members.byUid(uid)
        assert(member !== undefined)
        const nowMs = tracker.now()
        const order = new Uint8Array(0)
        const context = { tracker, rows, member, host: '127.0.0.1', signed: order, nowMs }
        const head = { counter: 1, nonce: random(16), time: nowMs, reply }
        const call = { ...head, id: random(16), cid: sold.cid, terms: sold.terms, order }
        must(await purchase(context, call))
      }
    })
  }
}

/** Bytes of the database when nothing is left in the write-ahead log. */
async function foldedBytes(world: World): Promise<number> {
  await world.stop()
  assert(!existsSync(`${world.home.database}-wal`), 'the log is folded back')
  const { size } = statSync(world.home.database)
  await world.open()
  return size
}

test(`a purchase of ${PIECES_COUNT} pieces adds less than ${LIMIT_BYTES} bytes`, async () => {
  const world = await World.start()
  try {
    const sold = await world.publish(PIECES_COUNT, { price: PRICE, n: 4, b: 8 })
    const members = await enroll(world, PURCHASES_COUNT + SELLERS_COUNT)
    const before = await foldedBytes(world)
    for (const [place, uid] of members.slice(PURCHASES_COUNT).entries()) {
      const seller = await world.tracker.store.read((rows) => rows.members.byUid(uid))
      assert(seller !== undefined)
      const seenMs = world.tracker.now()
      const at = { host: '127.0.0.1', port: 7000 + place, left: 0, seenMs }
      const { id, key } = seller
      const known = { size: PIECES_COUNT, earned: ZERO }
      world.tracker.swarm.announce(sold.cid, { id, uid, house: false, ...at, ...known })
      const claimant = { cid: sold.cid, pieces: PIECES_COUNT, key }
      world.tracker.reach.check(id, at, claimant, () => undefined)
      await world.tracker.reach.settled(id)
    }
    await buyAll(world, sold, members.slice(0, PURCHASES_COUNT))
    const grown = (await foldedBytes(world)) - before
    const each = grown / PURCHASES_COUNT
    const { problems, counted } = await verifyLedger(world.tracker)
    assert.deepEqual(problems, [])
    assert.equal(counted.grants, PURCHASES_COUNT)
    const line = { purchases: PURCHASES_COUNT, pieces: PIECES_COUNT, bytesPerPurchase: each }
    process.stdout.write(`${JSON.stringify(line)}\n`)
    assert(each < LIMIT_BYTES, `${each} bytes per purchase`)
  } finally {
    await world.close()
  }
})
