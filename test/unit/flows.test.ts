/**
 * Many accounts of one source that pay one member (paper §V, botnets): its earnings are held,
 * visible, and decided by the desk; customers who share an address, a seller or an employer are let
 * be.
 */
import assert from 'node:assert/strict'
import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, beforeEach, test } from 'node:test'
import { pending, spendable } from '../../shared/account.js'
import { AccountAnswer, RegisterAnswer } from '../../shared/api.js'
import { fromHex } from '../../shared/bytes.js'
import { must } from '../../shared/errors.js'
import type { PieceIndex } from '../../shared/identifier.js'
import { ed25519PublicKey } from '../../shared/keys.js'
import { FLOW_BUYERS_MIN_COUNT } from '../../shared/tracker-limits.js'
import { audit } from '../../tracker/audit/audit.js'
import { paymentSource } from '../../tracker/flows.js'
import { settleDue } from '../../tracker/maturity.js'
import { openStore } from '../../tracker/store.js'
import { verifyLedger } from '../../tracker/verify.js'
import { openDatabase } from '../open-database.js'
import { claimOf, decodeBody, Member, type Sold } from './tracker-member.js'
import { run } from './tracker-process.js'
import { World } from './tracker-world.js'

/** Reward of all pieces. */
const EARNED = 40_000n
const ALL = [0, 1, 2, 3] as PieceIndex[]

let world: World
let sold: Sold
before(async () => {
  world = await World.start()
  sold = await world.publish(ALL.length)
})
after(() => world.close())

let count = 0
let seller: Member
beforeEach(async () => {
  seller = await world.member(`seller ${++count}`)
})

/** Buyers with money, of one payment source where it is given. */
async function buyers(many: number, source?: string): Promise<Member[]> {
  const found: Member[] = []
  for (let i = 0; i < many; i++) {
    const buyer = await world.member(`buyer ${count} ${i}`, '2')
    if (source !== undefined) await paidBy(buyer, source)
    found.push(buyer)
  }
  return found
}

const paidBy = ({ uid }: Member, source: string): Promise<void> =>
  world.tracker.store.write(async (rows) => {
    const member = await rows.members.byUid(uid)
    assert(member !== undefined)
    await rows.sources.add(paymentSource(world.tracker.vault, source), member.id)
  })

/** Buys the content and lets a seller claim all of it. */
async function feed(buyer: Member, to: Member): Promise<void> {
  const bought = await buyer.buy(sold)
  const paid = buyer.pay(bought, to.uid, ALL)
  const { grants } = await to.claim([claimOf(bought.rid, to.uid, paid)])
  assert.equal(grants[0]?.code, 'ok')
}

/** Lets the complaint window pass, and posts what is due. */
async function mature(): Promise<void> {
  world.aheadMs += 61_000
  await settleDue(world.tracker, world.tracker.now())
}

/** What a member has pending and can spend. */
async function money({ uid }: Member): Promise<readonly [bigint, bigint]> {
  const balances = await world.balances()
  return [balances[pending(uid)] ?? 0n, balances[spendable(uid)] ?? 0n]
}

const held = () => world.tracker.store.read((rows) => rows.flows.all(false, 100))

/** Both programs that check the books find nothing wrong. */
async function sound(): Promise<void> {
  assert.deepEqual((await verifyLedger(world.tracker)).problems, [])
  assert.deepEqual(audit(world.home.database).problems, [])
}

const desk = (...args: string[]) => run(world.home.folder, 'held', ...args, '--json')

test('50 accounts of one source feed one: its earnings are held, then released', async () => {
  for (const buyer of await buyers(50, 'card 1')) await feed(buyer, seller)
  await mature()
  assert.deepEqual(await money(seller), [50n * EARNED, 0n])
  await sound()
  const [flow] = desk('list').lines
  assert.deepEqual(
    [flow?.state, flow?.uid, flow?.amount, flow?.accounts],
    ['held', seller.uid, String(50n * EARNED), 50],
  )
  await seller.announce(sold.cid, 7000)
  const listed = (): bigint | undefined =>
    world.tracker.swarm.live(sold.cid, world.tracker.now()).find(({ uid }) => uid === seller.uid)
      ?.earned
  assert.equal(listed(), 0n)
  const accounts = run(world.home.folder, 'accounts', '--json').lines.at(-1)
  const own = decodeBody(AccountAnswer, (await seller.send('account', seller.head())).body)
  assert.deepEqual([own.held, own.withheld], [50n * EARNED, undefined])
  const noted = accounts?.held as Record<string, string>
  assert.equal(noted[pending(seller.uid)], String(50n * EARNED))
  const number = String(flow?.number)
  const waiting = run(world.home.folder, 'cases', 'list').lines.at(-1)?.text
  assert.match(waiting ?? '', /^earnings held back: 1, /)
  assert.equal(desk('release', number).status, 2)
  const released = desk('release', number, '--reason', 'one school, one teacher', '--by', 'ann')
  assert.equal(released.status, 0, released.stderr)
  await mature()
  assert.deepEqual(await money(seller), [0n, 50n * EARNED])
  await seller.announce(sold.cid, 7000)
  assert.equal(listed(), 50n * EARNED)
  const twice = desk('withhold', number, '--reason', 'second thoughts')
  assert.equal(twice.lines.at(-1)?.code, 'case-decided')
  // The desk has looked at this: what follows is paid.
  for (const buyer of await buyers(5, 'card 1')) await feed(buyer, seller)
  await mature()
  assert.deepEqual(await money(seller), [0n, 55n * EARNED])
  const trail = desk('show', number).lines.at(-1)?.trail as { who: string; what: string }[]
  assert.deepEqual(
    trail.map(({ who, what }) => [who, what]),
    [
      ['tracker', 'held'],
      ['desk ann', 'released'],
    ],
  )
  await sound()
})

test('what is withheld goes to the fund of its content, what follows waits', async () => {
  for (const buyer of await buyers(FLOW_BUYERS_MIN_COUNT, 'card 2')) await feed(buyer, seller)
  await mature()
  const [flow] = await held()
  const before = (await world.balances())[`carrier:${sold.cid}`] ?? 0n
  const done = desk('withhold', String(flow?.id), '--reason', 'one botnet')
  assert.equal(done.status, 0, done.stderr)
  const took = BigInt(FLOW_BUYERS_MIN_COUNT) * EARNED
  assert.deepEqual(await money(seller), [0n, 0n])
  const own = decodeBody(AccountAnswer, (await seller.send('account', seller.head())).body)
  assert.deepEqual([own.held, own.withheld], [undefined, took])
  assert.equal((await world.balances())[`carrier:${sold.cid}`], before + took)
  await sound()
  for (const buyer of await buyers(1, 'card 2')) await feed(buyer, seller)
  await mature()
  assert.deepEqual(await money(seller), [EARNED, 0n])
  const [again] = await held()
  assert.equal(desk('withhold', String(again?.id), '--reason', 'the same').status, 0)
  await sound()
})

test('50 customers behind one address, each with money of its own, are let be', async () => {
  for (const [i, buyer] of (await buyers(50)).entries()) {
    await paidBy(buyer, `household ${i}`)
    await feed(buyer, seller)
  }
  await mature()
  assert.deepEqual(await money(seller), [0n, 50n * EARNED])
  assert.deepEqual(await held(), [])
})

test('one account fewer, an employer whose people have many sellers, and the house', async () => {
  for (const buyer of await buyers(FLOW_BUYERS_MIN_COUNT - 1, 'family')) await feed(buyer, seller)
  const sellers: Member[] = []
  for (let i = 0; i < 3; i++) sellers.push(await world.member(`town ${i}`))
  for (const [i, buyer] of (await buyers(36, 'employer')).entries()) {
    await feed(buyer, sellers[i % 3] as Member)
  }
  // A quarter of what a seller of the town earns comes from others.
  for (const each of sellers) for (const buyer of await buyers(4)) await feed(buyer, each)
  const house = await world.member('house')
  await world.tracker.store.write(async (rows) => {
    await rows.members.setHouse((await rows.members.byUid(house.uid))?.id ?? 0, true)
  })
  for (const buyer of await buyers(12, 'club')) await feed(buyer, house)
  await mature()
  assert.deepEqual(await held(), [])
  assert.deepEqual(await money(house), [0n, 12n * EARNED])
  assert.deepEqual(await money(seller), [0n, BigInt(FLOW_BUYERS_MIN_COUNT - 1) * EARNED])
})

test('a catch that is shared over three accounts is held at each', async () => {
  const masters = [seller, await world.member('second'), await world.member('third')]
  for (const [i, buyer] of (await buyers(36, 'card 5')).entries()) {
    await feed(buyer, masters[i % 3] as Member)
  }
  await mature()
  for (const master of masters) assert.deepEqual(await money(master), [12n * EARNED, 0n])
  for (const { id } of await held()) assert.equal(desk('show', String(id)).status, 0)
})

test('what had matured stays; what is pending when a flow is flagged is held', async () => {
  const early = await buyers(FLOW_BUYERS_MIN_COUNT - 1, 'card 3')
  for (const buyer of early) await feed(buyer, seller)
  await mature()
  for (const buyer of await buyers(3, 'card 3')) await feed(buyer, seller)
  // A claim of a customer of its own is none of this.
  const [stranger] = await buyers(1)
  await feed(stranger as Member, seller)
  await mature()
  const free = BigInt(FLOW_BUYERS_MIN_COUNT - 1 + 1) * EARNED
  assert.deepEqual(await money(seller), [3n * EARNED, free])
  await sound()
})

test('topup --source names the payer; an invitation is a source as well', async () => {
  const [first, second] = await buyers(2)
  for (const buyer of [first, second] as Member[]) {
    const done = run(world.home.folder, 'topup', buyer.uid, '1', '--source', 'card 4', '--json')
    assert.equal(done.status, 0, done.stderr)
    const nobody = run(world.home.folder, 'topup', buyer.uid, '1', '--source', '')
    assert.deepEqual([nobody.status, /--source takes 1 to/.test(nobody.stderr)], [2, true])
    await feed(buyer, seller)
  }
  const shares = await world.tracker.store.read((rows) =>
    rows.sources.shares(paymentSource(world.tracker.vault, 'card 4').bytes),
  )
  assert.deepEqual(
    shares.map(({ amount, buyers }) => [buyers, amount]),
    [[2, 2n * EARNED]],
  )
  const uses = String(FLOW_BUYERS_MIN_COUNT)
  const made = run(world.home.folder, 'invite', '--uses', uses, '--json').lines.at(-1)
  const invitation = fromHex(String(made?.code)) as Uint8Array
  const invited: Member[] = []
  for (let i = 0; i < FLOW_BUYERS_MIN_COUNT; i++) {
    const member = new Member(world, `invited ${i}`)
    const key = ed25519PublicKey(member.seed)
    const call = { ...member.head({ counter: 0 }), name: member.name, key, invitation }
    const reply = await member.send('register', call, { lead: key })
    member.uid = decodeBody(RegisterAnswer, reply.body).uid
    await world.topup(member.uid, '2')
    invited.push(member)
  }
  const recruiter = await world.member('recruiter')
  for (const member of invited) await feed(member, recruiter)
  await mature()
  assert.deepEqual(await money(recruiter), [BigInt(FLOW_BUYERS_MIN_COUNT) * EARNED, 0n])
})

test('held earnings that somebody changed in the database are found', async () => {
  await world.stop()
  const damages: Record<string, readonly [string, boolean]> = {
    'claim that was withheld': [`UPDATE claims SET withheld = 0 WHERE withheld = 1`, true],
    'withheld money that went to a member': [
      `UPDATE transfers SET credit = (SELECT id FROM accounts WHERE name LIKE 'member:%:spendable'
         LIMIT 1) WHERE commit_id = (SELECT max(id) FROM commits WHERE kind = 'withhold')`,
      true,
    ],
    'verdict without a trail': [`UPDATE flows SET state = 'released' WHERE state = 'held'`, false],
    'claim that got loose': [`UPDATE claims SET matured = 1 WHERE flow IS NOT NULL`, true],
  }
  for (const [name, [sql, audited]] of Object.entries(damages)) {
    const path = join(world.folder, `${name}.db`)
    copyFileSync(world.home.database, path)
    const database = openDatabase(path)
    assert(database.prepare(sql).run().changes > 0, name)
    database.close()
    const store = must(openStore(path))
    const { problems } = await verifyLedger({ ...world.tracker, store })
    store.close()
    assert.notDeepEqual(problems, [], name)
    if (audited) assert.notDeepEqual(audit(path).problems, [], name)
  }
  await world.open()
})
