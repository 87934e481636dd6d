/** An answer of the tracker that gets lost is asked for again, and nothing is paid twice. */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { Market } from './market.js'
import { doneOf, floodgate, tracker } from './programs.js'

const PIECES = 16

let market: Market
let proxy: Server
let url: string
/** How many answers of a path are thrown away after the tracker has done its work. */
const losing = new Map<string, number>()
/** Who is told that the tracker has done its work on a path, and hears no answer. */
const hanging = new Map<string, () => void>()

before(async () => {
  market = await Market.open({
    ...{ bytes: PIECES * 16_384, pieceLength: 16_384, price: '1', reward: '0.05' },
  })
  proxy = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const { method = 'GET', url: path = '/' } = request
    const body = method === 'POST' ? { body: Buffer.concat(chunks) } : {}
    const answer = await fetch(`${market.url}${path}`, { method, ...body })
    const bytes = Buffer.from(await answer.arrayBuffer())
    hanging.get(path)?.()
    if (hanging.has(path)) return
    const lost = losing.get(path) ?? 0
    losing.set(path, lost - 1)
    if (lost > 0) response.destroy()
    else response.writeHead(answer.status).end(bytes)
  })
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`
  for (const name of ['ann', 'seller', 'carol', 'dora']) {
    const args = ['register', '--tracker', url, '--name', name]
    doneOf(await floodgate(market.home(name), ...args))
  }
  doneOf(await tracker(market.home('tracker'), 'topup', 'ann', '3'))
})
after(async () => {
  proxy.close()
  proxy.closeAllConnections()
  await market.close()
})

test('a purchase', async () => {
  losing.set('/fg/v1/purchase', 1)
  const lost = await floodgate(market.home('ann'), 'buy', market.cid, '--yes')
  assert.deepEqual([lost.status, lost.events.at(-1)?.code], [1, 'unreachable'])
  const again = doneOf(await floodgate(market.home('ann'), 'buy', market.cid, '--yes'))
  assert.deepEqual([again.again, again.paid], [true, '0'])
  const wallet = doneOf(await floodgate(market.home('ann'), 'wallet'))
  assert.deepEqual([wallet.spendable, wallet.spent, wallet.agrees], ['2000000', '1000000', true])
})

test('a purchase that has left no money: it is asked for, not refused', async () => {
  const erin = market.home('erin')
  doneOf(await floodgate(erin, 'register', '--tracker', url, '--name', 'erin'))
  doneOf(await tracker(market.home('tracker'), 'topup', 'erin', '1'))
  losing.set('/fg/v1/purchase', 1)
  const lost = await floodgate(erin, 'buy', market.cid, '--yes')
  assert.equal(lost.events.at(-1)?.code, 'unreachable')
  const asked = await floodgate(erin, 'buy', market.cid)
  assert.equal(asked.events.at(-1)?.code, 'not-confirmed', 'nothing is said of missing money')
  const again = doneOf(await floodgate(erin, 'buy', market.cid, '--yes'))
  assert.deepEqual([again.again, again.paid], [true, '0'])
  const wallet = doneOf(await floodgate(erin, 'wallet'))
  assert.deepEqual([wallet.spendable, wallet.spent, wallet.agrees], ['0', '1000000', true])
})

test('a claim', async () => {
  // Early ones too, so that all that was earned is still to be acknowledged.
  losing.set('/fg/v1/claim', Number.POSITIVE_INFINITY)
  const seller = await market.seller('seller')
  const out = market.home('out')
  doneOf(await market.start('ann', 'get', market.cid, '--out', out, '--yes').ended)
  const stopped = await seller.stop()
  doneOf(stopped)
  assert.ok(stopped.events.some(({ event }) => event === 'claim-delayed'))
  losing.delete('/fg/v1/claim')
  const earned = String(BigInt(PIECES) * 50_000n)
  const claimed = doneOf(await floodgate(market.home('seller'), 'claim'))
  assert.deepEqual([claimed.credited, claimed.pieces], [earned, PIECES])
  const wallet = doneOf(await floodgate(market.home('seller'), 'wallet'))
  assert.deepEqual([wallet.earned, wallet.unclaimed, wallet.agrees], [earned, 0, true])
  await market.verify()
})

test('a refund', async () => {
  const ann = market.home('ann')
  // Bought and paid in full: nothing is left to refund, and nothing is given up by asking.
  const none = await floodgate(ann, 'refund', market.cid, '--yes')
  assert.equal(none.events.at(-1)?.code, 'not-refundable')
  const bob = market.home('bob')
  doneOf(await floodgate(bob, 'register', '--tracker', url, '--name', 'bob'))
  doneOf(await tracker(market.home('tracker'), 'topup', 'bob', '3'))
  doneOf(await floodgate(bob, 'buy', market.cid, '--yes'))
  losing.set('/fg/v1/refund', 1)
  const lost = await floodgate(bob, 'refund', market.cid, '--yes')
  assert.equal(lost.events.at(-1)?.code, 'unreachable')
  const cases = async () => {
    const { cases: found } = doneOf(await floodgate(bob, 'refund', market.cid))
    return (found as readonly Record<string, unknown>[]).map(({ number, state }) => [number, state])
  }
  assert.deepEqual(await cases(), [[1, 'open']], 'the case that was opened, asked for again')
  assert.deepEqual(await cases(), [[1, 'open']])
  const decide = ['cases', 'decide', '1', '--reject', '--reason', 'there is a seller']
  doneOf(await tracker(market.home('tracker'), ...decide))
  doneOf(await floodgate(bob, 'buy', market.cid, '--yes'))
  assert.deepEqual(await cases(), [[1, 'rejected']])
  await market.verify()
})

test('a purchase of pieces that were lost with their seller', async () => {
  const carol = await market.seller('carol', '--data', market.folder)
  const out = market.home('out')
  const path = join(out, 'content.bin')
  const file = readFileSync(path)
  file.writeUInt8(file.readUInt8(0) ^ 255, 0)
  writeFileSync(path, file)
  losing.set('/fg/v1/purchase', 1)
  const args = ['--out', out, '--yes', '--request-timeout', '1s']
  const mended = await market.start('ann', 'get', market.cid, ...args).ended
  doneOf(mended)
  assert.ok((losing.get('/fg/v1/purchase') ?? 1) < 1, 'the answer was lost')
  assert.ok(mended.events.filter(({ event }) => event === 'offer').length > 1, 'asked again')
  const wallet = doneOf(await floodgate(market.home('ann'), 'wallet'))
  assert.deepEqual([wallet.spent, wallet.agrees], ['1050000', true])
  doneOf(await carol.stop())
  await market.verify()
})

test('a registration', async () => {
  losing.set('/fg/v1/register', 1)
  const args = ['register', '--tracker', url, '--name', 'Bob']
  const lost = await floodgate(market.home('bob'), ...args)
  assert.equal(lost.events.at(-1)?.code, 'unreachable')
  const { uid } = doneOf(await floodgate(market.home('bob'), ...args))
  assert.equal(doneOf(await floodgate(market.home('bob'), ...args)).uid, uid)
})

test('a voucher', async () => {
  const made = await tracker(market.home('tracker'), 'voucher', 'create', '1.50')
  const [first] = made.events
  losing.set('/fg/v1/redeem', 1)
  const dora = market.home('dora')
  const lost = await floodgate(dora, 'redeem', String(first?.code))
  assert.deepEqual([lost.status, lost.events.at(-1)?.code], [1, 'unreachable'])
  const again = doneOf(await floodgate(dora, 'redeem', String(first?.code).toLowerCase()))
  assert.deepEqual([again.again, again.amount, again.spendable], [true, '1500000', '1500000'])
  await market.verify()
})

test('a payout, by the same command, by a look, and by the next one', async () => {
  const dora = market.home('dora')
  const ask = ['payout', '0.40', '--to', 'dora at the bank', '--yes']
  losing.set('/fg/v1/payout', 1)
  const lost = await floodgate(dora, ...ask)
  assert.deepEqual([lost.status, lost.events.at(-1)?.code], [1, 'unreachable'])
  assert.match(lost.stderr, /the same command asks again, and the money leaves once/)
  const again = doneOf(await floodgate(dora, ...ask))
  assert.deepEqual([again.number, again.amount, again.state], [1, '400000', 'asked'])
  losing.set('/fg/v1/payout', 1)
  const other = ['payout', '0.10', '--to', 'somewhere else', '--yes']
  assert.equal((await floodgate(dora, ...other)).status, 1)
  const look = doneOf(await floodgate(dora, 'payout'))
  assert.deepEqual([look.payouts, look.waiting], [2, '500000'])
  losing.set('/fg/v1/payout', 1)
  assert.equal((await floodgate(dora, ...other)).status, 1)
  const next = await floodgate(dora, 'payout', '0.20', '--to', 'a third place', '--yes')
  assert.deepEqual([doneOf(next).number, doneOf(next).amount], [4, '200000'])
  const { paying, spendable, spent } = doneOf(await floodgate(dora, 'wallet'))
  assert.deepEqual([paying, spendable, spent], ['800000', '700000', '0'])
  await market.verify()
})

test('a payout of a program that was killed before it heard', async () => {
  const dora = market.home('dora')
  const before = doneOf(await floodgate(dora, 'wallet')).paying
  const ask = ['payout', '0.05', '--to', 'the kept one', '--yes']
  const taken = new Promise<void>((resolve) => hanging.set('/fg/v1/payout', resolve))
  const killed = market.start('dora', ...ask)
  await taken
  await killed.stop('SIGKILL')
  hanging.clear()
  const look = doneOf(await floodgate(dora, 'payout'))
  assert.deepEqual([look.payouts, look.waiting], [5, String(BigInt(String(before)) + 50_000n)])
  assert.equal(doneOf(await floodgate(dora, 'payout')).waiting, look.waiting)
  await market.verify()
})

test('the member hears what became of its payouts', async () => {
  const home = market.home('tracker')
  doneOf(await tracker(home, 'payouts', 'paid', '1', '--reference', 'transfer 17'))
  doneOf(await tracker(home, 'payouts', 'return', '2', '--reason', 'no such account'))
  const { events } = await floodgate(market.home('dora'), 'payout')
  const told = events.filter(({ event }) => event === 'payout')
  const ended = told.filter(({ state }) => state !== 'asked')
  assert.deepEqual(
    ended.map(({ number, state, note }) => [number, state, note]),
    [
      [2, 'returned', 'no such account'],
      [1, 'paid', 'transfer 17'],
    ],
  )
  const { paidOut } = doneOf(await floodgate(market.home('dora'), 'wallet'))
  assert.equal(paidOut, '400000')
})
