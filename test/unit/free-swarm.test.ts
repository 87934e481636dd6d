/** The parts around a free torrent: announces, addresses, the upload limit. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { type TestContext, test } from 'node:test'
import { type Asker, Limiter } from '../../client/engine/limiter.js'
import { Rate } from '../../client/engine/rate.js'
import { AddressBook, addressText } from '../../client/net/address-book.js'
import { announce, announceUrl, parseAnswer } from '../../client/net/announce.js'
import { Announcer } from '../../client/net/announcer.js'
import { Listener } from '../../client/net/listener.js'
import { fromText, toHex } from '../../shared/bytes.js'
import { must, type Refusal, refused } from '../../shared/errors.js'
import type { Cid } from '../../shared/identifier.js'
import { REDIAL_MAX_MS, REDIAL_MIN_MS, REDIALS_MAX_COUNT } from '../../shared/limits.js'
import { UPLOAD_TURNS_MAX_COUNT } from '../../shared/swarm-limits.js'
import { encodeValue } from '../../shared/wire/bencode.js'
import { startPlainTracker, startServer } from '../plain-tracker.js'
import { until } from '../until.js'

const QUERY = {
  cid: '0102030405060708090a0b0c0d0e0f10fffefdfc' as Cid,
  peerId: new Uint8Array(Buffer.from('-FG0001-abcdefghijk\xff', 'latin1')),
  port: 6881,
  uploaded: 1,
  downloaded: 2,
  left: 3,
  event: 'started',
} as const

test('an announce carries raw bytes, each of them escaped', () => {
  const url = must(announceUrl('http://host:1/announce?pass=%41#x', QUERY))
  const [address, query] = url.split('?') as [string, string]
  assert.equal(address, 'http://host:1/announce')
  assert.ok(query.startsWith('pass=%41&info_hash=%01%02%03'))
  const hash = /info_hash=([^&]*)/.exec(query)?.[1] as string
  assert.equal(hash.replaceAll('%', ''), QUERY.cid)
  assert.match(query, /&port=6881&uploaded=1&downloaded=2&left=3&compact=1&event=started$/)
  for (const bad of ['udp://host:1', 'file:///etc/passwd', 'nothing']) {
    assert.ok(refused(announceUrl(bad, QUERY)))
  }
})

test('peers are read in all three forms', () => {
  const peers = new Uint8Array([1, 2, 3, 4, 0x1a, 0xe1, 5, 6, 7, 8, 0, 0, 9])
  const peers6 = new Uint8Array([0xfd, ...new Array(14).fill(0), 2, 0, 80])
  const compact = must(parseAnswer(encodeValue({ interval: 60, peers, peers6 })))
  assert.deepEqual(compact, {
    intervalMs: 60_000,
    peers: [
      { host: '1.2.3.4', port: 6881 },
      { host: 'fd00:0:0:0:0:0:0:2', port: 80 },
    ],
  })
  const list = [
    { ip: '127.0.0.1', port: 5 },
    { ip: 'a.name', port: 5 },
    { ip: '127.0.0.1', port: 70_000 },
    'junk',
    { ip: '::1', port: 6, 'peer id': 'x' },
  ]
  assert.deepEqual(must(parseAnswer(encodeValue({ interval: 1, peers: list }))).peers, [
    { host: '127.0.0.1', port: 5 },
    { host: '::1', port: 6 },
  ])
})

test('a refusal says why, and rubbish is refused', () => {
  const refusal = parseAnswer(encodeValue({ 'failure reason': 'buy it first' }))
  assert.ok(refused(refusal) && refusal.message.includes('buy it first'))
  for (const rubbish of ['', 'l-3:', 'de', 'd8:intervali1e', 'le', 'd8:interval1:xe']) {
    const result = parseAnswer(fromText(rubbish))
    assert.ok(refused(result) && result.code === 'malformed', rubbish)
  }
})

async function serving(t: TestContext, body: Uint8Array, status = 200): Promise<string> {
  return startServer(t, (_, response) => response.writeHead(status).end(body))
}

test('an answer that is too long, broken or missing is a refusal', async (t) => {
  const code = async (url: string) => {
    const answer = await announce(url, QUERY)
    return refused(answer) ? answer.code : 'fine'
  }
  assert.equal(await code(await serving(t, new Uint8Array(2 ** 21))), 'too-large')
  assert.equal(await code(await serving(t, fromText('l-3:'))), 'malformed')
  assert.equal(await code(await serving(t, fromText('<html>'), 404)), 'unreachable')
  assert.equal(await code('http://127.0.0.1:1/announce'), 'unreachable')
  assert.equal(await code(await serving(t, encodeValue({ interval: 1, peers: '' }))), 'fine')
})

test('an announcer tells why no tracker answers', async () => {
  let report: (problem: Refusal | undefined) => void = () => {}
  const told = new Promise<Refusal | undefined>((resolve) => {
    report = resolve
  })
  const announcer = new Announcer({
    trackers: ['udp://127.0.0.1:1'],
    describe: () => QUERY,
    found: () => assert.fail('there is no tracker to name peers'),
    told: report,
  })
  const problem = await told
  assert.equal(problem?.code, 'unreachable')
  assert.match(problem?.message ?? '', /udp:\/\/127\.0\.0\.1:1/)
  await announcer.stop()
})

test('an announcer goes to the first tracker that answers, and takes its leave', async (t) => {
  const tracker = await startPlainTracker(t)
  const other = { ...QUERY, port: 7000 }
  must(await announce(tracker.url, other))
  let report: (text: string) => void = () => {}
  const found = new Promise<string>((resolve) => {
    report = resolve
  })
  const announcer = new Announcer({
    trackers: ['udp://127.0.0.1:1', 'http://127.0.0.1:1/announce', tracker.url],
    describe: () => QUERY,
    found: (peers) => report(peers.map(addressText).join()),
    told: (problem) => assert.equal(problem, undefined),
  })
  assert.equal(await found, '127.0.0.1:7000')
  await announcer.stop()
  const events = tracker.queries.map((query) => /event=(\w+)/.exec(query)?.[1])
  assert.deepEqual(events, ['started', 'started', 'stopped'])
})

test('an address is dialled again after longer and longer waits, then given up', () => {
  const book = new AddressBook()
  const address = { host: '10.0.0.1', port: 1 }
  const nobody = new Set<string>()
  let now = 0
  book.add(address, now)
  for (let failures = 0; failures < REDIALS_MAX_COUNT; failures++) {
    assert.deepEqual(book.due(now, 5, nobody), [address])
    assert.deepEqual(book.due(now, 5, nobody), [], 'busy')
    book.lost(address, now, false)
    const wait = Math.min(REDIAL_MAX_MS, REDIAL_MIN_MS * 2 ** failures)
    assert.deepEqual(book.due(now + wait - 1, 5, nobody), [], 'too early')
    now += wait
  }
  assert.deepEqual(book.due(now, 5, nobody), [], 'given up')
  book.add(address, now)
  assert.deepEqual(book.due(now, 5, nobody), [address], 'named again')
  book.lost(address, now, true)
  assert.deepEqual(book.due(now + REDIAL_MIN_MS, 5, nobody), [address], 'it had held')
})

test('an address is left alone while its peer is connected, when it rests, when it is us', () => {
  const book = new AddressBook()
  const [one, two, three] = [1, 2, 3].map((port) => ({ host: '10.0.0.1', port }))
  assert.ok(one !== undefined && two !== undefined && three !== undefined)
  const nobody = new Set<string>()
  for (const address of [one, two, three, one]) book.add(address, 0)
  assert.deepEqual(book.due(0, 2, nobody), [one, two])
  assert.deepEqual(book.due(0, 2, nobody), [three])
  book.opened(one, 'aa')
  for (const address of [one, two, three]) book.lost(address, 0, true)
  book.rest(two, 0)
  book.ban(three)
  book.add(three, REDIAL_MIN_MS)
  assert.deepEqual(book.due(REDIAL_MIN_MS, 5, new Set(['aa'])), [])
  book.add(two, REDIAL_MIN_MS)
  assert.deepEqual(book.due(REDIAL_MIN_MS, 5, nobody), [one])
  assert.deepEqual(book.due(REDIAL_MAX_MS, 5, nobody), [two])
  assert.equal(addressText({ host: '::1', port: 2 }), '[::1]:2')
})

/** A clock that moves on by so much whenever it is looked at. */
function clock(stepMs: number): () => number {
  let now = 0
  return () => {
    now += stepMs
    return now
  }
}

/** Asks for turns, again as soon as one is over, and notes when they are granted. */
async function takeTurns(limiter: Limiter, asker: Asker, turns: number, granted: () => void) {
  for (let turn = 0; turn < turns; turn++) {
    await limiter.enter(asker, 16_384)
    granted()
    await Promise.resolve()
    limiter.leave()
  }
}

test('turns under the upload limit go round, in each round the least debt first', async () => {
  const limiter = new Limiter(1_000_000, clock(5))
  const order: string[] = []
  const debts = { c: 3, a: 1, d: 7, b: 2 }
  const askers = Object.entries(debts).map(([name, debt]) =>
    takeTurns(limiter, { debt }, 4, () => order.push(name)),
  )
  await Promise.all(askers)
  assert.equal(order.length, 16)
  // The first to ask are granted before the others are there; from then on the order holds.
  assert.deepEqual(order.slice(0, 4).sort(), ['a', 'b', 'c', 'd'])
  for (let round = 1; round < 4; round++) {
    assert.equal(order.slice(round * 4, round * 4 + 4).join(''), 'abcd')
  }
})

test('a newcomer joins the round that goes, and gets no turns in arrears', async () => {
  const limiter = new Limiter(1_000_000, clock(5))
  const order: string[] = []
  const old = takeTurns(limiter, { debt: 0 }, 12, () => order.push('o'))
  await until('half of the turns', () => order.length >= 6, { everyMs: 1 })
  const young = takeTurns(limiter, { debt: 0 }, 5, () => order.push('n'))
  await Promise.all([old, young])
  assert.doesNotMatch(order.join(''), /nn/)
})

test('without a limit so many turns are taken at a time, and all come through', async () => {
  const limiter = new Limiter(undefined, () => 0)
  let [now, most] = [0, 0]
  const turns = Array.from({ length: 50 }, async (_, at) => {
    await limiter.enter({ debt: at % 3 }, 16_384)
    now++
    most = Math.max(most, now)
    await new Promise((resolve) => setImmediate(resolve))
    now--
    limiter.leave()
  })
  await Promise.all(turns)
  assert.equal(most, UPLOAD_TURNS_MAX_COUNT)
})

test('an upload limit grants its rate, whatever the size of the grants', async () => {
  for (const bytes of [1000, 10_000, 131_072]) {
    const now = clock(1)
    const limiter = new Limiter(100_000_000, now)
    const start = now()
    const grants = Math.ceil(50_000_000 / bytes)
    const asker = { debt: 0 }
    for (let grant = 0; grant < grants; grant++) {
      await limiter.enter(asker, bytes)
      limiter.leave()
    }
    // The last grant may be in debt, and the bucket may save up a tenth of a second.
    const elapsed = now() - start
    const owed = ((grants - 1) * bytes) / 100_000
    assert.ok(elapsed >= owed - 100, `${bytes}: ${elapsed} ms for ${owed}`)
  }
})

test('rates average over five seconds and fall to nothing', () => {
  const rate = new Rate()
  assert.equal(rate.at(0), 0)
  for (let now = 0; now < 5000; now += 250) {
    rate.at(now)
    rate.add(250)
  }
  assert.ok(Math.abs(rate.at(5000) - 1000) <= 50)
  assert.equal(rate.total, 5000)
  assert.equal(rate.at(20_000), 0)
})

test('a port that is taken is a refusal; one socket serves many torrents', async (t) => {
  const listener = must(await Listener.open('127.0.0.1', 0))
  t.after(() => listener.close())
  const second = await Listener.open('127.0.0.1', listener.port)
  assert.ok(refused(second) && second.code === 'port-in-use')
  assert.match(second.message, new RegExp(`${listener.port}`))

  const cids = ['11'.repeat(20), '22'.repeat(20)] as Cid[]
  const arrived: string[] = []
  for (const cid of cids) {
    listener.serve(cid, (socket, received) => {
      arrived.push(`${cid.slice(0, 2)} ${received.length} ${toHex(received.subarray(28, 29))}`)
      socket.destroy()
    })
  }
  const forget = listener.serve('33'.repeat(20) as Cid, () => arrived.push('forgotten'))
  forget()
  for (const first of [0x22, 0x11, 0x33, 0x44]) {
    const hello = new Uint8Array(70)
    hello.set(fromText('\x13BitTorrent protocol'))
    hello.fill(first, 28, 48)
    const socket = connect(listener.port, '127.0.0.1')
    socket.on('error', () => {})
    socket.write(hello.subarray(0, 30))
    await new Promise((resolve) => setTimeout(resolve, 20))
    socket.write(hello.subarray(30))
    socket.resume()
    await once(socket, 'close')
  }
  assert.deepEqual(arrived, ['22 70 22', '11 70 11'])
})
