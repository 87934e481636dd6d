/**
 * Claims made to hurt: by their size, by what they make the tracker say to others, by their number.
 */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { afterEach, beforeEach, test } from 'node:test'
import { concat } from '../../shared/bytes.js'
import { must } from '../../shared/errors.js'
import type { PieceIndex } from '../../shared/identifier.js'
import { CLAIM_MAX_BYTES, Claim } from '../../shared/schemes/floodgate/records.js'
import { claimDigest, nth } from '../../shared/schemes/floodgate/tokens.js'
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

test('wrong tokens pay nothing, by whatever claims; the true ones still pay', async () => {
  const sold = await world.publish(200)
  const bought = await buyer.buy(sold)
  const pieces = Array.from({ length: 200 }, (_, piece) => piece)
  const claim = claimOf(bought.rid, seller.uid, buyer.pay(bought, seller.uid, pieces))
  const answered = async (tokens: Uint8Array, digest?: Uint8Array) => {
    const { grants, reply } = await seller.claim([withTokens(claim, tokens, digest)])
    return [reply.code, grants[0]?.code, grants[0]?.failed.length, grants[0]?.credited]
  }
  const rubbish = new Uint8Array(randomBytes(32 * 200))
  const shown = (tokens: Uint8Array) => {
    const paid = pieces.map((piece) => ({ piece: piece as PieceIndex, token: nth(tokens, piece) }))
    return claimDigest(seller.uid, bought.rid, paid)
  }
  assert.deepEqual(await answered(rubbish, randomBytes(32)), ['ok', 'claim-mismatch', 0, 0n])
  for (const length of [0, 31, 32 * 199, 32 * 200 + 1, 32 * 65_536]) {
    const other = await answered(new Uint8Array(length), randomBytes(32))
    assert.deepEqual(other, ['ok', 'malformed', 0, 0n])
  }
  const { paid } = buyer.pay(bought, seller.uid, pieces)
  const half = concat(...paid.map(({ token }, i) => (i % 2 === 0 ? token : nth(rubbish, i))))
  const true100 = 100n * 10_000n
  // In turns: all wrong, half wrong, all wrong again, all right; each piece is paid once.
  assert.deepEqual(await answered(rubbish, shown(rubbish)), ['ok', 'ok', 200, 0n])
  assert.deepEqual(await answered(half, shown(half)), ['ok', 'ok', 100, true100])
  assert.deepEqual(await answered(rubbish, shown(rubbish)), ['ok', 'ok', 200, 0n])
  const { grants } = await seller.claim([claim])
  assert.deepEqual([grants[0]?.failed, grants[0]?.credited], [[], true100])
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
