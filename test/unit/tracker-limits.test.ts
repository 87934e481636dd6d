/**
 * What one address and one member may ask of the tracker (tracker/doors.ts), and what they may make
 * it keep: over HTTP, at a tracker behind a proxy that says where calls come from.
 */
import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { afterEach, beforeEach, test } from 'node:test'
import { CALLS } from '../../shared/api.js'
import { sha256 } from '../../shared/crypto.js'
import type { Rid } from '../../shared/identifier.js'
import { METAINFO_MAX_BYTES } from '../../shared/limits.js'
import { floodgate } from '../../shared/schemes/floodgate/floodgate.js'
import type { Progress, Scheme } from '../../shared/schemes/scheme.js'
import {
  ASKS_BURST_COUNT,
  BODY_UNIT_BYTES,
  CALLS_BURST_UNITS,
  CLAIM_EVIDENCE_BYTES,
  CLAIM_EVIDENCE_PIECE_BYTES,
  MEMBER_BURST_UNITS,
  PLAIN_ASKS_BURST_COUNT,
  REGISTRATIONS_ALL_BURST_COUNT,
  REGISTRATIONS_BURST_COUNT,
} from '../../shared/tracker-limits.js'
import { settleShown } from '../../tracker/claims.js'
import type { Caller } from '../../tracker/doors.js'
import { verifyLedger } from '../../tracker/verify.js'
import { claimOf, Member } from './tracker-member.js'
import { World } from './tracker-world.js'

let world: World
/** How often the scheme derived a grant. */
let issued = 0
const counting: Scheme = {
  ...floodgate,
  broker: {
    ...floodgate.broker,
    issue: (context) => {
      issued++
      return floodgate.broker.issue(context)
    },
  },
}
beforeEach(async () => {
  world = await World.start([counting])
  await world.stop()
  await world.open({ behindProxy: true })
  issued = 0
})
afterEach(() => world.close())

async function member(name: string, credit = '0', host = '192.0.2.1'): Promise<Member> {
  const made = await world.member(name, credit)
  made.host = host
  return made
}

/** Uses up all that a member may ask for some time. */
function exhaust({ uid }: Member): void {
  const caller = { member: { uid }, host: '198.51.100.1' } as Caller
  world.tracker.doors.charge(caller, 2 * MEMBER_BURST_UNITS)
}

const CLOSE = 'Connection: close\r\n'

/** What the tracker sends to these bytes until it closes. */
async function answerTo(text: string): Promise<string> {
  const socket = connect(Number(new URL(world.url).port), '127.0.0.1')
  socket.write(text)
  let answer = ''
  for await (const chunk of socket) answer += String(chunk)
  return answer
}

test('who asks without end is told to come later, and no other address is', async () => {
  const ask = (request: string, from: string): Promise<string> => {
    const headers = `Host: x\r\n${CLOSE}X-Forwarded-For: ${from}\r\n`
    return answerTo(`${request} HTTP/1.1\r\n${headers}\r\n`)
  }
  const statuses = async (count: number, request: string, from: string): Promise<string[]> => {
    const answers: string[] = []
    for (let asked = 0; asked < count; asked++) answers.push(await ask(request, from))
    return [...new Set(answers.map((answer) => answer.slice(9, 12)))]
  }
  const get = 'GET /fg/v1/catalogue'
  assert.deepEqual(await statuses(ASKS_BURST_COUNT, get, '192.0.2.1'), ['200'])
  assert.deepEqual(await statuses(5 * ASKS_BURST_COUNT, get, '192.0.2.2'), ['200', '429'])
  assert.deepEqual(await statuses(1, get, '2001:db8::1'), ['200'])
  world.tracker.doors.maySend('192.0.2.3', 2 * CALLS_BURST_UNITS * BODY_UNIT_BYTES)
  const call = `POST ${CALLS.purchase.path}`
  assert.deepEqual(await statuses(1, call, '192.0.2.3'), ['429'])
  assert.deepEqual(await statuses(1, call, '192.0.2.4'), ['400'])
  assert.deepEqual(await statuses(1, call, '127.0.0.1'), ['400'])
  const [crowd, other] = ['2001:db8:1:1::1', '2001:db8:1:2::1'] as const
  for (let asked = 0; asked < 2 * PLAIN_ASKS_BURST_COUNT; asked++) {
    world.tracker.doors.mayAnnounce(crowd)
  }
  // Several in one packet: hardly anything comes back between them.
  const plain = `GET /announce HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: ${crowd}\r\n`
  const several = `${plain}\r\n`.repeat(8) + `${plain}${CLOSE}\r\n`
  assert.match(await answerTo(several), /too many announces/)
  assert.match(await ask('GET /announce', other), /info_hash must have/)
})

test('long answers count for more than short ones', async () => {
  const { cid } = await world.publish(3)
  const metainfo = new Uint8Array(METAINFO_MAX_BYTES)
  await world.tracker.store.write(async (rows) => {
    const content = await rows.catalog.byCid(cid)
    assert.ok(content)
    await rows.catalog.putContent(content, metainfo)
  })
  const ask = async (host: string): Promise<number> => {
    const headers = { 'x-forwarded-for': host }
    const answer = await fetch(`${world.url}/fg/v1/torrents/${cid}`, { headers })
    await answer.arrayBuffer()
    return answer.status
  }
  const statuses = []
  while (statuses.at(-1) !== 429) statuses.push(await ask('192.0.2.5'))
  const most = 2 + (ASKS_BURST_COUNT * BODY_UNIT_BYTES) / METAINFO_MAX_BYTES
  assert.ok(statuses.length > 1 && statuses.length < 2 * most, `${statuses.length} answers`)
  assert.equal(await ask('192.0.2.6'), 200)
})

test('a member that asks too much is told so wherever it calls from', async () => {
  const [ann, bob] = [await member('ann'), await member('bob')]
  assert.equal((await ann.send('account', ann.head())).code, 'ok')
  exhaust(ann)
  for (const host of ['192.0.2.1', '203.0.113.9']) {
    ann.host = host
    const { code, status } = await ann.send('account', ann.head())
    assert.deepEqual([code, status], ['rate-limited', 429])
  }
  assert.equal((await bob.send('account', bob.head())).code, 'ok')
  world.aheadMs += 60_000
  assert.equal((await ann.send('account', ann.head())).code, 'ok')
})

test('old calls of a member, and calls it did not sign, take nothing from it', async () => {
  const ann = await member('ann')
  const call = ann.head()
  const body = ann.sign('account', call)
  assert.equal((await ann.post('account', body, call.nonce)).code, 'ok')
  for (let again = 0; again < MEMBER_BURST_UNITS + 100; again++) {
    ann.host = `198.51.100.${again % 250}`
    const forged = again % 2 === 0
    if (forged) {
      const { code } = await ann.send('renew', ann.head(), { seed: new Uint8Array(32) })
      assert.equal(code, 'bad-signature')
    } else assert.equal((await ann.post('account', body, call.nonce)).code, 'call-repeated')
  }
  assert.equal((await ann.send('account', ann.head())).code, 'ok')
})

test('an address registers so many members, and then only who was invited', async () => {
  const register = async (host: string, invitation?: Uint8Array): Promise<string> => {
    const made = new Member(world, 'one of many')
    made.host = host
    const call = { ...made.registration(), ...(invitation && { invitation }) }
    return (await made.send('register', call, { lead: call.key })).code
  }
  for (let count = 0; count < REGISTRATIONS_BURST_COUNT; count++) {
    assert.equal(await register(`2001:db8:1:${count}::${count}`), 'ok')
  }
  // One customer of an IPv6 provider has thousands of networks of 64 bits.
  assert.equal(await register('2001:db8:1:ffff::1'), 'rate-limited')
  assert.equal(await register('2001:db8:2:1::1'), 'ok')
  const code = sha256(new Uint8Array(1)).subarray(0, 16)
  const row = { hash: sha256(code), note: '', uses: 1, made: 0, until: Number.MAX_SAFE_INTEGER }
  await world.tracker.store.write((rows) => rows.invitations.insert(row))
  assert.equal(await register('2001:db8:1:ffff::1', code), 'ok')
  // Many addresses together are bounded as well; who is invited comes in all the same.
  let all = 0
  while (world.tracker.doors.mayRegister(`10.${all >> 8}.${all & 255}.1`)) all++
  const left = REGISTRATIONS_ALL_BURST_COUNT - REGISTRATIONS_BURST_COUNT - 1
  // On a busy machine some places come back while the others are taken.
  assert.ok(all >= left && all < left + REGISTRATIONS_BURST_COUNT, `${all} of ${left}`)
  assert.equal(await register('203.0.113.7'), 'rate-limited')
})

test('a grant that is asked for again, and its pages, are derived once', async () => {
  const sold = await world.publish(200)
  const [buyer, seller] = [await member('buyer', '10'), await member('seller')]
  const bought = await buyer.buy(sold)
  for (let again = 0; again < 5; again++) await buyer.buy(sold)
  assert.equal(issued, 1)
  await world.stop()
  await world.open({ behindProxy: true })
  for (let again = 0; again < 5; again++) await buyer.buy(sold)
  assert.equal(issued, 2)
  assert.equal(bought.rid, (await buyer.buy(sold)).rid)
  assert.notEqual(seller.uid, buyer.uid)
})

test('claims of everything for each new piece leave no more evidence than is allowed', async () => {
  const pieces = 199
  const sold = await world.publish(pieces + 1)
  const [buyer, seller] = [await member('buyer', '10'), await member('seller')]
  const bought = await buyer.buy(sold)
  const { rid } = bought
  let paid: ReturnType<Member['pay']>['paid'] = []
  let progress: Progress | undefined
  let turnedDown = 0
  let stored = 0
  for (let piece = 0; piece < pieces; piece++) {
    // Time enough for its allowance.
    world.aheadMs += 1000
    const next = buyer.pay(bought, seller.uid, [piece], progress)
    progress = next.progress
    paid = [...paid, ...next.paid]
    // From the first payment on, with every token: the most that evidence can be.
    const whole = { rid, claim: shownClaim(rid, seller, paid, next.payment) }
    const { grants } = await seller.claim([whole])
    const { code, settled } = grants[0] ?? { code: '', settled: 0 }
    if (code === 'ok') continue
    turnedDown++
    assert.deepEqual([code, settled], ['claim-gap', piece])
    // Who goes on where it stands is paid.
    const rest = claimOf(rid, seller.uid, { paid, payment: next.payment }, piece)
    assert.equal((await seller.claim([rest])).grants[0]?.code, 'ok')
  }
  stored = await world.tracker.store.read(async (rows) => {
    const grant = await rows.grants.byRid(rid)
    const row = await rows.members.byUid(seller.uid)
    return rows.claims.bytes(grant?.id ?? 0, row?.id ?? 0)
  })
  assert.ok(turnedDown > 0)
  const continuing = 600 * pieces
  assert.ok(stored <= CLAIM_EVIDENCE_BYTES + CLAIM_EVIDENCE_PIECE_BYTES * pieces + continuing)
  // Whatever its seller left behind, there is room for what the buyer shows in a case.
  const last = buyer.pay(bought, seller.uid, [pieces], progress)
  const whole = shownClaim(rid, seller, [...paid, ...last.paid], last.payment)
  assert.equal(await shownBy(buyer, seller, { rid, claim: whole }), 'ok')
  const { problems } = await verifyLedger(world.tracker)
  assert.deepEqual(problems, [])
  assert.equal((await world.balances())[`member:${seller.uid}:pending`], 2_000_000n)
})

/** What becomes of a payment that a buyer shows for a seller. */
function shownBy(
  buyer: Member,
  seller: Member,
  shown: { readonly rid: Rid; readonly claim: Uint8Array },
): Promise<string> {
  const { tracker } = world
  return tracker.store.write(async (rows) => {
    const [member, payee] = [
      await rows.members.byUid(buyer.uid),
      await rows.members.byUid(seller.uid),
    ]
    assert.ok(member && payee)
    const context = { tracker, rows, member, host: '192.0.2.1', signed: shown.claim }
    const nowMs = tracker.now()
    return (await settleShown({ ...context, nowMs }, payee, shown, 1)).code
  })
}

/** A claim from the first payment on that brings its tokens. */
function shownClaim(
  rid: Parameters<typeof claimOf>[0],
  seller: Member,
  paid: ReturnType<Member['pay']>['paid'],
  payment: Uint8Array,
): Uint8Array {
  const claim = floodgate.payee.claim({
    ...{ rid, seller: seller.uid, after: 0, shown: true },
    paidBeyond: () => paid,
    payment: { k: paid.length, bytes: payment },
  })
  assert.ok(claim)
  return claim
}
