/**
 * The signed API over HTTP: registration, authentication, purchase, and every bent call by its
 * code.
 */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, test } from 'node:test'
import { AccountAnswer, RegisterAnswer, RenewAnswer, Time, TimeAnswer } from '../../shared/api.js'
import { fromText, toHex } from '../../shared/bytes.js'
import { verifyMember } from '../../shared/certificate.js'
import { must } from '../../shared/errors.js'
import { createKeyring, openProviderString } from '../../shared/keyring.js'
import { ed25519PublicKey } from '../../shared/keys.js'
import {
  CERTIFICATE_LIFE_MS,
  CERTIFICATE_RENEW_MS,
  CLOCK_SKEW_MAX_MS,
} from '../../shared/limits.js'
import { decode } from '../../shared/wire/record.js'
import { verifyLedger } from '../../tracker/verify.js'
import { type Bent, decodeBody, type Member, type Sold } from './tracker-member.js'
import { World } from './tracker-world.js'

let world: World
let sold: Sold
before(async () => {
  world = await World.start()
  sold = await world.publish(20)
})
after(() => world.close())

test('time is signed over the nonce and brings the whole chain', async () => {
  const nonce = randomBytes(16)
  const response = await fetch(`${world.url}/fg/v1/time?nonce=${nonce.toString('hex')}`)
  assert.equal(response.headers.get('x-powered-by'), null)
  const answer = decodeBody(TimeAnswer, new Uint8Array(await response.arrayBuffer()))
  const { fingerprint } = world.tracker.authority
  const keyring = createKeyring(fingerprint, answer.root, Date.now)
  must(keyring.add(answer.signing))
  const time = must(
    decode(Time, must(openProviderString('time', answer.time, keyring, 4096)), 4096),
  )
  assert.equal(toHex(time.nonce), nonce.toString('hex'))
  assert.deepEqual(time.seal, world.tracker.authority.sealPublic)
})

test('a key registers once; again it has the same uid and a valid certificate', async () => {
  const alice = await world.member('alice\u001b[31m')
  const again = decodeBody(RegisterAnswer, (await alice.register()).body)
  assert.equal(again.uid, alice.uid)
  const { issuing, root } = world.tracker.authority
  const chain = { leaf: again.certificate, issuing, root, nowMs: Date.now() }
  assert.equal(must(verifyMember(chain)).uid, alice.uid)
  const members = await world.tracker.store.read((rows) => rows.members.all())
  assert.equal(members.filter(({ uid }) => uid === alice.uid).length, 1)
  const { name } = decodeBody(AccountAnswer, (await alice.send('account', alice.head())).body)
  assert.equal(name, 'alice?[31m')
})

test('renewing gives a certificate of the same key and uid, a new one in time', async () => {
  const bob = await world.member('bob')
  const renewed = async () => {
    const { certificate } = decodeBody(RenewAnswer, (await bob.send('renew', bob.head())).body)
    const { issuing, root } = world.tracker.authority
    const nowMs = world.tracker.now()
    return must(verifyMember({ leaf: certificate, issuing, root, nowMs }))
  }
  const first = await renewed()
  assert.equal(first.uid, bob.uid)
  // Whoever asks again and again collects none: each would stand on the list of the revoked.
  for (let again = 0; again < 5; again++) assert.equal((await renewed()).serial, first.serial)
  world.aheadMs = CERTIFICATE_LIFE_MS - CERTIFICATE_RENEW_MS + 1
  const second = await renewed()
  assert.notEqual(second.serial, first.serial)
  assert.equal(second.uid, bob.uid)
  assert.equal((await renewed()).serial, second.serial)
})

test('a key that did not sign, or another than it names, is not registered', async () => {
  const carol = await world.member('carol')
  const head = carol.head({ counter: 0 })
  const key = new Uint8Array(randomBytes(32))
  const foreign = await carol.send('register', { ...head, name: 'x', key }, { lead: key })
  assert.equal(foreign.code, 'bad-signature')
  const other = await world.member('other')
  const own = ed25519PublicKey(carol.seed)
  const theirs = ed25519PublicKey(other.seed)
  const mixed = await carol.send('register', { ...head, name: 'x', key: theirs }, { lead: own })
  assert.equal(mixed.code, 'malformed')
})

test('a purchase moves the price to escrow and held; asking again charges nothing', async () => {
  const dora = await world.member('dora', '5')
  const id = new Uint8Array(randomBytes(16))
  const first = await dora.buy(sold, id)
  assert.equal(first.answer.again, 0)
  assert.equal(first.answer.paid, 2_000_000n)
  assert.equal(first.purse.facts.pieces, 20)
  const repeat = await dora.buy(sold, id)
  const fresh = await dora.buy(sold)
  for (const each of [repeat, fresh]) {
    assert.equal(each.answer.again, 1)
    assert.equal(each.rid, first.rid)
    assert.deepEqual(each.answer.open, first.answer.open)
    assert.notDeepEqual(each.answer.sealed, first.answer.sealed)
  }
  const balances = await world.balances()
  assert.equal(balances[`member:${dora.uid}:spendable`], 3_000_000n)
  assert.equal(balances[`grant:${first.rid}:escrow`], 200_000n)
  assert.equal(balances[`grant:${first.rid}:held`], 1_800_000n)
  assert.equal(
    Object.values(balances).reduce((sum, each) => sum + each, 0n),
    0n,
  )
  assert.deepEqual((await verifyLedger(world.tracker)).problems, [])
})

test('peer lists are numbered over a restart, and name no buyer to itself', async () => {
  const erik = await world.member('erik', '2')
  const seller = await world.member('seller')
  await seller.announce(sold.cid, 7001)
  const bought = await erik.buy(sold)
  const numbers = [bought.list.number]
  numbers.push((await erik.announce(sold.cid, 7002, { rid: bought.rid })).list?.number ?? 0)
  await world.stop()
  await world.open()
  await seller.announce(sold.cid, 7001)
  const { list } = await erik.announce(sold.cid, 7002, { rid: bought.rid })
  numbers.push(list?.number ?? 0)
  assert.deepEqual(numbers, [1, 2, 3])
  assert.deepEqual(list?.sellers, [{ uid: seller.uid, host: '127.0.0.1', port: 7001 }])
})

interface BadCall {
  readonly what: string
  readonly code: string
  readonly status: number
  readonly signed: boolean
  readonly bent?: (member: Member) => Bent
  readonly sold?: () => Sold
  readonly credit?: string
}

const unknown = (): Sold => ({ ...sold, cid: '00'.repeat(20) as Sold['cid'] })
const BAD_CALLS: readonly BadCall[] = [
  { what: 'an unknown cid', code: 'unknown-cid', status: 404, signed: true, sold: unknown },
  {
    what: 'too little money',
    code: 'insufficient-funds',
    status: 402,
    signed: true,
    credit: '1.99',
  },
  {
    what: 'other terms',
    code: 'terms-changed',
    status: 409,
    signed: true,
    sold: () => ({ ...sold, terms: new Uint8Array(32) }),
  },
  {
    what: 'a counter that was used',
    code: 'stale-counter',
    status: 409,
    signed: true,
    bent: () => ({ counter: 0 }),
  },
  {
    what: 'a time too far back',
    code: 'stale-time',
    status: 409,
    signed: true,
    bent: () => ({ timeMs: Date.now() - CLOCK_SKEW_MAX_MS - 1000 }),
  },
  {
    what: 'a time too far ahead',
    code: 'stale-time',
    status: 409,
    signed: true,
    bent: () => ({ timeMs: Date.now() + CLOCK_SKEW_MAX_MS + 60_000 }),
  },
  {
    what: 'another key',
    code: 'bad-signature',
    status: 401,
    signed: false,
    bent: () => ({ seed: new Uint8Array(randomBytes(32)) }),
  },
  {
    what: 'an unknown uid',
    code: 'unknown-member',
    status: 401,
    signed: false,
    bent: () => ({ lead: new Uint8Array(16) }),
  },
  {
    what: 'l-3: where the record should be',
    code: 'malformed',
    status: 400,
    signed: false,
    bent: () => ({ payload: fromText('l-3:') }),
  },
  {
    what: 'an empty record',
    code: 'malformed',
    status: 400,
    signed: false,
    bent: () => ({ payload: fromText('de') }),
  },
]

for (const { what, code, status, signed, bent, sold: other, credit } of BAD_CALLS) {
  test(`a purchase with ${what} is refused as ${code}, and nothing moves`, async () => {
    const member = await world.member('buyer', credit ?? '2')
    const before = await world.balances()
    const bend = bent?.(member) ?? {}
    const call = member.purchaseCall(other?.() ?? sold, undefined, bend)
    const reply = await member.send('purchase', call, bend)
    assert.deepEqual([reply.code, reply.status, reply.signed], [code, status, signed])
    assert.notEqual(reply.detail, undefined)
    assert.deepEqual(await world.balances(), before)
  })
}

test('a call that comes twice is known; behind a later one it is a replay', async () => {
  const fay = await world.member('fay', '2')
  const call = fay.purchaseCall(sold)
  const body = fay.sign('purchase', call)
  assert.equal((await fay.post('purchase', body, call.nonce)).code, 'ok')
  const twice = await fay.post('purchase', body, call.nonce)
  assert.deepEqual([twice.code, twice.signed, twice.status], ['call-repeated', true, 409])
  await world.stop()
  await world.open()
  assert.equal((await fay.post('purchase', body, call.nonce)).code, 'call-repeated')
  // Another call under the same counter is none of that.
  const { counter } = call
  assert.equal((await fay.send('renew', fay.head({ counter }))).code, 'stale-counter')
  assert.equal((await fay.send('renew', fay.head())).code, 'ok')
  assert.equal((await fay.post('purchase', body, call.nonce)).code, 'stale-counter')
  assert.equal((await world.balances())[`member:${fay.uid}:spendable`], undefined)
})

test('a refused call has used up its counter', async () => {
  const gus = await world.member('gus', '1')
  const call = gus.purchaseCall(sold)
  const body = gus.sign('purchase', call)
  assert.equal((await gus.post('purchase', body, call.nonce)).code, 'insufficient-funds')
  assert.equal((await gus.post('purchase', body, call.nonce)).code, 'call-repeated')
})

test('a signed string of another call is refused in its place', async () => {
  const hal = await world.member('hal', '2')
  const call = hal.purchaseCall(sold)
  const body = hal.sign('renew', call, { payload: new Uint8Array(200) })
  assert.equal((await hal.post('purchase', body, call.nonce)).code, 'bad-label')
})

test('a sealed call must be sealed to this provider, and its answer to the caller', async () => {
  const ida = await world.member('ida', '3')
  const call = ida.head()
  const body = ida.sign('account', call)
  const broken = body.slice()
  broken[broken.length - 1] = (broken.at(-1) ?? 0) ^ 1
  assert.equal((await ida.post('account', broken, call.nonce)).code, 'seal-broken')
  const reply = await ida.post('account', body, call.nonce)
  assert.equal(decodeBody(AccountAnswer, reply.body).spendable, 3_000_000n)
})
