/** Revoked members: the signed list over HTTP, and what a member meets once it is revoked (D11). */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { spendable } from '../../shared/account.js'
import { AnnounceAnswer, RegisterAnswer, RenewAnswer } from '../../shared/api.js'
import { readCertificate } from '../../shared/certificate.js'
import { must } from '../../shared/errors.js'
import {
  CERTIFICATE_LIFE_MS,
  CERTIFICATE_RENEW_MS,
  REVOCATIONS_MAX_AGE_MS,
} from '../../shared/limits.js'
import { type RevocationList, readRevocations } from '../../shared/revocations.js'
import { revokeMember } from '../../tracker/revocations.js'
import { decodeBody, type Member, type Sold } from './tracker-member.js'
import { World } from './tracker-world.js'

let world: World
let sold: Sold
before(async () => {
  world = await World.start()
  sold = await world.publish(20)
})
after(() => world.close())

async function listed(): Promise<RevocationList> {
  const response = await fetch(`${world.url}/fg/v1/revocations`)
  assert.equal(response.status, 200)
  const bytes = new Uint8Array(await response.arrayBuffer())
  return must(readRevocations(bytes, world.tracker.authority.keyring, undefined))
}

const revoke = (member: Member) =>
  world.tracker.store.write(async (rows) => {
    const row = await rows.members.byUid(member.uid)
    assert.ok(row)
    return revokeMember(rows, row, 'paid twice', world.tracker.now())
  })

/** How old a certificate is that is renewed. */
const RENEWED_MS = CERTIFICATE_LIFE_MS - CERTIFICATE_RENEW_MS + 1

async function serialOf(member: Member, call: 'register' | 'renew'): Promise<string> {
  const reply = await (call === 'register'
    ? member.register()
    : member.send('renew', member.head()))
  const schema = call === 'register' ? RegisterAnswer : RenewAnswer
  return must(
    readCertificate(decodeBody<{ certificate: Uint8Array }>(schema, reply.body).certificate),
  ).serial
}

test('without a revocation there is a list all the same: number 0, nobody on it', async () => {
  const list = await listed()
  assert.deepEqual([list.number, list.serials.size], [0, 0])
})

test('a revoked member gets nothing more, under signature; its money stays', async () => {
  const mallory = await world.member('mallory', '3')
  const first = await serialOf(mallory, 'register')
  world.aheadMs = RENEWED_MS
  const serials = [first, await serialOf(mallory, 'renew')]
  await mallory.announce(sold.cid, 7001)
  const alice = await world.member('alice', '5')
  const bought = await alice.buy(sold)
  assert.deepEqual(
    bought.list.sellers.map(({ uid }) => uid),
    [mallory.uid],
  )
  const before = (await listed()).number
  const { number } = await revoke(mallory)
  assert.ok(number > before)
  const list = await listed()
  assert.equal(list.number, number)
  assert.deepEqual([...list.serials].sort(), [...serials].sort())
  const counter = mallory.counter
  const refusals = [
    await mallory.register(),
    await mallory.send('renew', mallory.head()),
    await mallory.send('account', mallory.head()),
    await mallory.send('purchase', mallory.purchaseCall(sold)),
    await mallory.send('claim', { ...mallory.head(), id: new Uint8Array(16), grants: [] }),
    await mallory.send('announce', {
      ...{ ...mallory.head(), cid: sold.cid, port: 7001, left: 0, event: '' },
    }),
  ]
  for (const { code, signed, status } of refusals) {
    assert.deepEqual([code, signed, status], ['certificate-revoked', true, 403])
  }
  const replayed = await mallory.send('renew', mallory.head({ counter: counter + 1 }))
  assert.equal(replayed.code, 'stale-counter')
  const { list: next } = await alice.announce(sold.cid, 7002, { rid: bought.rid })
  assert.deepEqual(next?.sellers, [])
  assert.equal((await world.balances())[spendable(mallory.uid)], 3_000_000n)
})

test('announces name the newest list; revoking a member again changes nothing', async () => {
  const bob = await world.member('bob')
  const carol = await world.member('carol')
  const numberIn = async () => {
    const call = { ...bob.head(), cid: sold.cid, port: 7003, left: 0, event: '' }
    return decodeBody(AnnounceAnswer, (await bob.send('announce', call)).body).revocations
  }
  const first = await numberIn()
  const { number } = await revoke(carol)
  assert.ok(number > first)
  assert.equal(await numberIn(), number)
  assert.equal((await revoke(carol)).number, number)
  const { serials } = await listed()
  const ours = await serialOf(bob, 'register')
  assert.ok(!serials.has(ours))
})

test('a restart keeps list and number; a serial stays a day beyond its certificate', async () => {
  const before = await listed()
  await world.stop()
  await world.open()
  const again = await listed()
  assert.deepEqual([again.number, again.serials], [before.number, before.serials])
  assert.ok(again.time >= before.time)
  world.aheadMs = CERTIFICATE_LIFE_MS + REVOCATIONS_MAX_AGE_MS - 60_000
  assert.deepEqual((await listed()).serials, before.serials)
  world.aheadMs += 120_000
  assert.equal((await listed()).serials.size, before.serials.size - 1)
  world.aheadMs += RENEWED_MS
  const later = await listed()
  assert.deepEqual([later.number, later.serials.size], [before.number, 0])
})
