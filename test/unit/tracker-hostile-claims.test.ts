/**
 * Claims made to hurt: by their size, by what they make the tracker say to others, by their number.
 */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { afterEach, beforeEach, test } from 'node:test'
import { must } from '../../shared/errors.js'
import { CLAIM_MAX_BYTES, Claim } from '../../shared/schemes/floodgate/records.js'
import { decode, encode } from '../../shared/wire/record.js'
import { verifyLedger } from '../../tracker/verify.js'
import { claimOf, type Member } from './tracker-member.js'
import { World } from './tracker-world.js'

let world: World
let buyer: Member
let seller: Member
beforeEach(async () => {
  world = await World.start()
  buyer = await world.member('buyer', '20')
  seller = await world.member('seller')
})
afterEach(async () => {
  assert.deepEqual((await verifyLedger(world.tracker)).problems, [])
  assert.deepEqual(world.errors, [])
  await world.close()
})

type OfGrant = ReturnType<typeof claimOf>
/** A claim with these tokens added to it and its digest changed on demand. */
function withTokens({ rid, claim }: OfGrant, tokens: Uint8Array, digest?: Uint8Array): OfGrant {
  const body = must(decode(Claim, claim, CLAIM_MAX_BYTES))
  return { rid, claim: encode(Claim, { ...body, tokens, ...(digest && { digest }) }) }
}

test('hundreds of wrong tokens are answered; as many are named as there is room for', async () => {
  const sold = await world.publish(200)
  const bought = await buyer.buy(sold)
  const pieces = Array.from({ length: 200 }, (_, piece) => piece)
  const claim = claimOf(bought.rid, seller.uid, buyer.pay(bought, seller.uid, pieces))
  const wrong = withTokens(claim, randomBytes(32 * 200), randomBytes(32))
  const { grants, reply } = await seller.claim([wrong])
  assert.equal(reply.code, 'ok')
  assert.equal(grants[0]?.code, 'claim-mismatch')
  assert.match(grants[0]?.detail ?? '', /^wrong tokens for pieces 0, 1, 2, /)
})

test("a rival's bloated claims never keep a seller from its answer", async () => {
  const thief = await world.member('thief')
  const claims: OfGrant[] = []
  for (let grant = 0; grant < 5; grant++) {
    const bought = await buyer.buy(await world.publish(2))
    const stolen = claimOf(bought.rid, thief.uid, buyer.pay(bought, thief.uid, [0]))
    await thief.claim([withTokens(stolen, new Uint8Array(2_000_000))])
    await thief.claim([stolen])
    claims.push(claimOf(bought.rid, seller.uid, buyer.pay(bought, seller.uid, [0, 1])))
  }
  const { grants, reply } = await seller.claim(claims)
  assert.equal(reply.code, 'ok')
  assert.deepEqual(
    grants.map(({ code, pieces }) => [code, pieces]),
    claims.map(() => ['ok', [1]]),
  )
})
