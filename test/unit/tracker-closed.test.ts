/**
 * Closed swarms: a purchase beyond p > n (s + d_p) is refused before money moves, and nobody who
 * has paid is turned away, by the tracker or by a seller (paper §V, D5).
 */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import fc from 'fast-check'
import { spendable } from '../../shared/account.js'
import { must, refused } from '../../shared/errors.js'
import { Debtors } from '../../shared/exchange/debtors.js'
import { newSeller, stepSeller } from '../../shared/exchange/seller.js'
import type { SellerContext, SellerInput } from '../../shared/exchange/seller-state.js'
import type { PieceIndex } from '../../shared/identifier.js'
import { ed25519PublicKey, publicKeyFromRaw } from '../../shared/keys.js'
import { floodgate } from '../../shared/schemes/floodgate/floodgate.js'
import { placesIn } from '../../shared/terms.js'
import { signBody } from '../../shared/wire/messages.js'
import { publish } from '../../tracker/publish.js'
import type { Bought, Member, Sold } from './tracker-member.js'
import { World } from './tracker-world.js'

const MEMBERS = 110
const PIECES = 100
const PRICE = 2_000_000n
const DAY_MS = 86_400_000

let world: World
before(async () => {
  world = await World.start()
})
after(() => world.close())

const members = (count: number, prefix: string): Promise<Member[]> =>
  Promise.all(Array.from({ length: count }, (_, at) => world.member(`${prefix}${at}`, '2')))

/** Who of these got the content, and the codes that the others got. */
async function buyAll(buyers: readonly Member[], sold: Sold) {
  const bought = new Map<Member, Bought>()
  const codes: string[] = []
  await Promise.all(
    buyers.map(async (buyer) => {
      const reply = await buyer.send('purchase', buyer.purchaseCall(sold))
      if (reply.code === 'ok') bought.set(buyer, buyer.accept(sold, reply))
      else codes.push(reply.code)
    }),
  )
  return { bought, codes }
}

/** What a seller's machine says to the opening, and then to a request for its first piece. */
function answers(buyer: Member, { answer, purse, rid }: Bought, peers: Uint8Array, seller: Member) {
  const { cid } = purse.facts
  const now = world.tracker.now()
  const nobody = new Debtors({ trust: [], paid: [], owed: [], unsigned: [] }, () => now)
  const context: SellerContext = {
    ...{ self: seller.uid, signer: seller.signer, cid, has: () => true, sizeOf: () => 16_384 },
    ...{ payee: floodgate.payee, scheme: floodgate.name, keyring: world.tracker.authority.keyring },
    peer: { uid: buyer.uid, key: publicKeyFromRaw(ed25519PublicKey(buyer.seed)) },
    hashOf: () => new Uint8Array(20),
    debtor: (grant) => nobody.of(buyer.uid, grant, now),
  }
  const books = { paid: [], payment: undefined, counter: 0, runs: [], owed: [], forgiven: [] }
  const history = { ...books, resent: [], list: 0 }
  const piece = 0 as PieceIndex
  const shown = must(
    floodgate.payer.pay(purse, seller.uid, undefined, { step: 'page', piece }, buyer.signer),
  )
  const parties = { rid, cid, buyer: buyer.uid, seller: seller.uid }
  const request = { ...parties, counter: 1, pieces: [piece], time: now }
  const opening = { k: 0, counter: 0, signers: [], opening: answer.open, peers }
  const inputs = [
    {
      on: 'open',
      message: { name: 'open', rid, scheme: floodgate.name, ...opening },
      history,
      now,
    },
    { on: 'page', message: { name: 'page', rid, page: shown.page, body: shown.bytes }, now },
    {
      ...{ on: 'request', now },
      message: { name: 'request', rid, signed: signBody('request', request, buyer.signer) },
    },
  ] as SellerInput[]
  let state = newSeller(rid)
  return inputs.flatMap((input) => {
    const stepped = stepSeller(state, input, context)
    state = stepped.state
    return stepped.effects.flatMap((each) => (each.do === 'send' ? [each.message.name] : []))
  })
}

test('places are the most members for which p > n (s + d_p) holds', () => {
  const terms = fc.record({
    pieces: fc.integer({ min: 1, max: 65_536 }),
    n: fc.integer({ min: 1, max: 64 }),
  })
  const judge = (each: { readonly pieces: number; readonly n: number }): void => {
    const { n, pieces } = each
    const places = placesIn(each)
    assert(pieces > n * places && pieces <= n * (places + 1))
  }
  fc.assert(fc.property(terms, judge), { examples: [[{ pieces: 100, n: 1 }]] })
})

test('110 members, 100 pieces: as many buy as there are places, and they trade', async () => {
  const sold = await world.publish(PIECES, { mode: 'closed', n: 1, b: 1 })
  const [seller, ...buyers] = await members(MEMBERS, 'm')
  assert(seller !== undefined)
  assert.equal((await buyAll([seller], sold)).bought.size, 1)
  await seller.announce(sold.cid, 7000)
  const { bought, codes } = await buyAll(buyers, sold)
  assert.equal(bought.size, placesIn({ pieces: PIECES, n: 1 }) - 1)
  assert.deepEqual(new Set(codes), new Set(['swarm-full']))
  assert.equal(bought.size + codes.length, MEMBERS - 1)
  const balances = await world.balances()
  for (const buyer of buyers) {
    const left = balances[spendable(buyer.uid)] ?? 0n
    assert.equal(left, bought.has(buyer) ? 0n : PRICE, 'who was refused has not paid')
  }
  for (const buyer of bought.keys()) await buyer.announce(sold.cid, 7001, { left: 1 })
  const byUid = new Map([...buyers, seller].map((each) => [each.uid, each]))
  for (const [buyer, grant] of bought) {
    const { list, signed } = await buyer.announce(sold.cid, 7001, { rid: grant.rid, left: 1 })
    assert(list !== undefined && signed !== undefined && list.sellers.length > 0)
    for (const { uid } of list.sellers) {
      const said = answers(buyer, grant, signed, byUid.get(uid) as Member)
      assert.deepEqual(said, ['state', 'statement'])
    }
    assert.equal((await buyer.buy(sold)).rid, grant.rid, 'asking again is no purchase')
  }
})

test('a place is free when its buyer leaves complete, or its lists are too old', async () => {
  const sold = await world.publish(4, { mode: 'closed', n: 1, b: 1 })
  const [ann, bob, cid, dan] = (await members(4, 'p')) as [Member, Member, Member, Member]
  const first = await buyAll([ann, bob, cid], sold)
  assert.equal(first.bought.size, 3)
  assert.deepEqual((await buyAll([dan], sold)).codes, ['swarm-full'])
  await ann.announce(sold.cid, 7000, { event: 'stopped', left: 1 })
  assert.deepEqual((await buyAll([dan], sold)).codes, ['swarm-full'], 'it will come back')
  await ann.announce(sold.cid, 7000, { event: 'stopped', left: 0 })
  assert.equal((await buyAll([dan], sold)).bought.size, 1)
  const eve = (await members(1, 'eve'))[0] as Member
  assert.deepEqual((await buyAll([eve], sold)).codes, ['swarm-full'])
  world.aheadMs += DAY_MS + 1
  assert.equal((await buyAll([eve], sold)).bought.size, 1)
  assert.equal((await ann.buy(sold)).rid, first.bought.get(ann)?.rid, 'who has bought comes back')
})

test('the lists of a closed content never name so many that they give it all away', async () => {
  const open = await world.publish(4)
  const sellers = await members(6, 's')
  assert.equal((await buyAll(sellers, open)).bought.size, 6)
  for (const seller of sellers) await seller.announce(open.cid, 7000)
  const sold = await world.offer(open.path, { mode: 'closed' })
  assert.equal(sold.cid, open.cid)
  const buyer = await world.member('late', '2')
  assert.deepEqual((await buyAll([buyer], sold)).codes, ['swarm-full'])
  for (const seller of sellers.slice(2)) {
    await seller.announce(sold.cid, 7000, { event: 'stopped', left: 0 })
  }
  const { bought } = await buyAll([buyer], sold)
  const { rid } = bought.get(buyer) as Bought
  for (const seller of sellers) await seller.announce(sold.cid, 7000)
  const { list } = await buyer.announce(sold.cid, 7001, { rid, left: 1 })
  assert.equal(list?.sellers.length, 3, 'an open content would name four')
})

test('who has bought nothing takes no place of a closed content, and is not named', async () => {
  const sold = await world.publish(4, { mode: 'closed', n: 1, b: 1 })
  for (const idle of await members(5, 'idle')) await idle.announce(sold.cid, 7000)
  const [first, second] = (await members(2, 'b')) as [Member, Member]
  const { bought } = await buyAll([first, second], sold)
  assert.equal(bought.size, 2)
  await first.announce(sold.cid, 7001, { left: 0 })
  const { rid } = bought.get(second) as Bought
  const { list } = await second.announce(sold.cid, 7002, { rid, left: 1 })
  assert.deepEqual(
    list?.sellers.map(({ uid }) => uid),
    [first.uid],
  )
})

test('a closed content without room for a seller and a buyer is not published', async () => {
  const sold = await world.publish(4, { mode: 'closed', n: 1, b: 1 })
  const offer = { price: PRICE, reward: 10_000n, scheme: 'floodgate', n: 2, b: 1 }
  const how = { pieceLength: 16_384, complaint: 1000, progress: () => undefined }
  const again = await publish(world.tracker, sold.path, {
    ...offer,
    ...how,
    mode: 'closed',
  } as never)
  assert(refused(again))
  assert.equal(again.code, 'terms-invalid')
  assert.match(again.message, /4 pieces and n = 2 leave 1 place/)
})
