/**
 * A seller's wallet and a real tracker: claims early, claims with a damaged token, wrong answers.
 */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { Claimer, type ClaimRound, nextEarlyClaim } from '../../client/pay/claiming.js'
import { greet } from '../../client/pay/provider/greeting.js'
import { register } from '../../client/pay/provider/membership.js'
import { Provider, pin, uidOf } from '../../client/pay/provider.js'
import { openWallet, type Wallet } from '../../client/pay/wallet/wallet.js'
import { type ClaimCause, ClaimLoop } from '../../client/trade/claim-loop.js'
import { amount } from '../../shared/amount.js'
import { ClaimedGrants } from '../../shared/claims.js'
import { must } from '../../shared/errors.js'
import type { Save } from '../../shared/exchange/exchange.js'
import type { PieceIndex, Uid } from '../../shared/identifier.js'
import { ed25519PublicKey, privateKeyFromSeed } from '../../shared/keys.js'
import { API_BODY_MAX_BYTES } from '../../shared/limits.js'
import { floodgate } from '../../shared/schemes/floodgate/floodgate.js'
import { CLAIM_MAX_BYTES, Claim } from '../../shared/schemes/floodgate/records.js'
import type { Scheme } from '../../shared/schemes/scheme.js'
import { decode } from '../../shared/wire/record.js'
import { verifyLedger } from '../../tracker/verify.js'
import { type Bought, claimOf, type Member } from './tracker-member.js'
import { World } from './tracker-world.js'

const random = (bytes: number): Uint8Array => new Uint8Array(randomBytes(bytes))
const REWARD = 10_000n

let world: World
let folder: string
let wallet: Wallet
let provider: Provider
let buyer: Member
let bought: Bought
let seller: Uid

beforeEach(async () => {
  world = await World.start()
  folder = mkdtempSync(join(tmpdir(), 'floodgate-claiming-'))
  wallet = openWallet(join(folder, 'wallet.db'), new Uint8Array(32))
  const now = world.tracker.now
  const seed = random(32)
  const greeting = must(await greet({ url: world.url, pinned: undefined, random, now }))
  pin(wallet, greeting, world.url, 'seller')
  const row = wallet.providers.get(greeting.fingerprint)
  assert.ok(row)
  provider = new Provider({ wallet, row, privateKey: privateKeyFromSeed(seed), random, now })
  must(await register({ provider, wallet, publicKey: ed25519PublicKey(seed) }, 'seller'))
  seller = uidOf(provider.row)
  buyer = await world.member('buyer', '20')
  bought = await buyer.buy(await world.publish(20))
})
afterEach(async () => {
  await wallet.close()
  rmSync(folder, { recursive: true })
  assert.deepEqual((await verifyLedger(world.tracker)).problems, [])
  assert.deepEqual(world.errors, [])
  await world.close()
})

const claimer = (scheme: Scheme = floodgate) =>
  new Claimer({ provider, wallet, schemes: new Map([[scheme.name, scheme]]), random })

/** Puts what the buyer pays into the seller's wallet; tokens of `bad` pieces are damaged there. */
async function earn(
  pieces: readonly number[],
  { from = 0, grant = bought, bad = [] as readonly number[] } = {},
): Promise<void> {
  const { paid, payment } = buyer.pay(grant, seller, pieces)
  const { rid, answer } = grant
  const met = {
    kind: 'met',
    cid: grant.list.cid,
    scheme: 'floodgate',
    reward: amount(REWARD),
    opening: answer.open,
  } as const
  const saves: Save[] = from === 0 ? [{ ...met, list: 1 }] : []
  for (const [place, { piece, token }] of paid.entries()) {
    if (place < from) continue
    saves.push({
      kind: 'earned',
      k: place + 1,
      piece,
      token: bad.includes(piece) ? random(32) : token,
      trust: place + 1,
    })
  }
  saves.push({ kind: 'signed', k: paid.length, payment })
  const { fingerprint } = provider.row
  await wallet.commit(
    fingerprint,
    saves.map((save) => ({ do: 'save', role: 'seller', rid, peer: buyer.uid, save }) as const),
  )
}

/** The tracker comes back, on another port. */
async function reopen(): Promise<void> {
  await world.open()
  const pinned = provider.row.fingerprint
  const greeting = must(await greet({ url: world.url, pinned, random, now: world.tracker.now }))
  wallet.providers.put({ ...greeting, url: world.url, memberName: 'seller' })
  provider.reload()
}

const pendingOf = async () => (await world.balances())[`member:${seller}:pending`] ?? 0n
/** What the books say that the content brought: by buyer, and in all. */
const shown = () => {
  const { fingerprint } = provider.row
  const [all] = wallet.summary.contents(fingerprint)
  const rows = wallet.claims.earned(fingerprint)
  return [rows.reduce((sum, { amount }) => sum + amount, 0n), all?.earned]
}
const range = (count: number) => Array.from({ length: count }, (_, piece) => piece)

test('an unknown buyer is claimed from after 1, 2, 4, 8 pieces, a known one is not', async () => {
  const mine = claimer()
  const early: number[] = []
  for (let count = 1; count <= 20; count++) {
    await earn(range(count), { from: count - 1 })
    if (!mine.early) continue
    early.push(count)
    const { grants, problem } = await mine.claim()
    assert.deepEqual([problem, grants[0]?.code], [undefined, 'ok'])
    assert.equal(await pendingOf(), BigInt(count) * REWARD)
  }
  assert.deepEqual(early, [1, 2, 4, 8, 16])
  const second = await buyer.buy(await world.publish(20))
  await earn(range(3), { grant: second })
  assert.equal(mine.early, false)
  assert.equal((await mine.claim()).grants.length, 2, 'one claim takes along what there is')
  assert.deepEqual([0, 1, 2, 64, 100].map(nextEarlyClaim), [1, 2, 4, 128, 164])
})

test('a program that trades claims early by itself, and says why', async () => {
  const heard = new Promise<[ClaimCause, ClaimRound]>((resolve) => {
    const loop = new ClaimLoop({
      ...{ claimer: claimer(), now: () => performance.now(), random: () => 0.5 },
      told: (round, cause) => void loop.stop().then(() => resolve([cause, round])),
    })
  })
  await earn(range(1))
  const [cause, { credited, problem }] = await heard
  assert.deepEqual([cause, credited, problem], ['early', REWARD, undefined])
})

test('one damaged token is named and marked; the others are paid, and later ones too', async () => {
  const mine = claimer()
  await earn(range(6), { bad: [2, 4] })
  const { credited, grants, problem } = await mine.claim()
  assert.equal(problem, undefined)
  assert.deepEqual(
    grants.map(({ code, failed }) => [code, failed]),
    [
      ['claim-mismatch', []],
      ['ok', [2, 4]],
    ],
  )
  assert.equal(credited, 4n * REWARD)
  const { fingerprint } = provider.row
  const denied = wallet.claims.denied(fingerprint)
  assert.deepEqual(
    denied.map(({ rid, buyer: who, piece }) => [rid, who, piece]),
    [2, 4].map((piece) => [bought.rid, buyer.uid, piece]),
  )
  assert.deepEqual((await mine.claim()).grants, [], 'a bad token is not claimed for ever')
  await earn(range(8), { from: 6 })
  const next = await mine.claim()
  assert.deepEqual(
    next.grants.map(({ code, pieces }) => [code, pieces]),
    [['ok', 2]],
    'and keeps no later claim from being settled',
  )
  assert.equal(await pendingOf(), 6n * REWARD)
  assert.deepEqual(shown(), [6n * REWARD, 6n * REWARD])
})

test('what the buyer signed over to another seller before is not shown as earned', async () => {
  const other = await world.member('other')
  const before = buyer.pay(bought, other.uid, [1, 3, 5])
  const won = await other.claim([claimOf(bought.rid, other.uid, before)])
  assert.equal(won.grants[0]?.code, 'ok')
  await earn(range(4))
  assert.deepEqual(shown(), [4n * REWARD, 4n * REWARD], 'as far as anybody knows')
  const mine = claimer()
  for (const again of [false, true]) {
    const { credited, grants } = again ? await mine.claimAsked(true) : await mine.claim()
    assert.deepEqual([grants[0]?.code, grants[0]?.alreadyPaid], ['ok', 2])
    assert.equal(credited, again ? 0n : 2n * REWARD)
    assert.deepEqual(shown(), [2n * REWARD, 2n * REWARD])
    const pieces = wallet.claims.denied(provider.row.fingerprint).map(({ piece }) => piece)
    assert.deepEqual(pieces, [1, 3])
  }
  assert.equal(await pendingOf(), 2n * REWARD)
})

test('an answer that acknowledges other tokens is told, and kept', async () => {
  await earn(range(3))
  const others: Scheme = {
    ...floodgate,
    payee: { ...floodgate.payee, acknowledgement: () => new Uint8Array(32) },
  }
  const mine = claimer(others)
  const { grants } = await mine.claim()
  assert.equal(grants[0]?.code, 'bad-answer')
  assert.match(grants[0]?.detail ?? '', /acknowledges other tokens/)
  assert.equal(wallet.claims.underWay(provider.row.fingerprint).length, 0)
})

test('a claim without an answer is repeated as it was by the next run', async () => {
  await earn(range(4), { bad: [0] })
  const { fingerprint } = provider.row
  const away = claimer()
  await world.stop()
  const lost = await away.claim(1000)
  assert.equal(lost.problem?.code, 'unreachable')
  const [row] = wallet.claims.underWay(fingerprint)
  assert.ok(row !== undefined)
  const [first] = must(decode(ClaimedGrants, row.grants, API_BODY_MAX_BYTES))
  const claim = must(decode(Claim, first?.claim ?? random(0), CLAIM_MAX_BYTES))
  assert.deepEqual([claim.pieces, claim.tokens], [range(4) as PieceIndex[], undefined])
  await reopen()
  const again = await claimer().claim()
  assert.deepEqual(
    again.grants.map(({ code, failed }) => [code, failed]),
    [
      ['claim-mismatch', []],
      ['ok', [0]],
    ],
  )
  assert.equal(await pendingOf(), 3n * REWARD)
})

test('a tracker back from a backup is claimed from again, from where it stands', async () => {
  const { database } = world.home
  await earn(range(2))
  await claimer().claim()
  await world.stop()
  copyFileSync(database, `${database}.backup`)
  await reopen()
  await earn(range(5), { from: 2 })
  assert.equal((await claimer().claim()).credited, 3n * REWARD)
  await world.stop()
  copyFileSync(`${database}.backup`, database)
  await reopen()
  assert.equal(await pendingOf(), 2n * REWARD, 'the last claim is lost with the books')
  await earn(range(6), { from: 5 })
  const { credited, grants } = await claimer().claim()
  assert.deepEqual(
    grants.map(({ code }) => code),
    ['claim-gap', 'ok'],
  )
  assert.equal(credited, 4n * REWARD)
  assert.equal(await pendingOf(), 6n * REWARD)

  await world.stop()
  copyFileSync(`${database}.backup`, database)
  await reopen()
  assert.deepEqual((await claimer().claim()).grants, [], 'our books say that all is claimed')
  wallet.claims.restart(provider.row.fingerprint)
  assert.equal((await claimer().claim()).credited, 4n * REWARD)
  wallet.claims.restart(provider.row.fingerprint)
  assert.equal((await claimer().claim()).credited, 0n, 'paid once')
})
