/** What a person may write for addresses, rates and durations; progress as people read it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseAddress, parseRate, parseTrackerUrl, readTradeSettings } from '../../client/config.js'
import { retryDelayMs } from '../../client/trade/retry.js'
import { formatBytes, formatDuration } from '../../client/ui/format.js'
import { progressEvent, progressLine } from '../../client/ui/progress.js'
import { formatTable } from '../../client/ui/table.js'
import { Refusal } from '../../shared/errors.js'

/** The value, or the code of the refusal. */
const codeOr = (value: unknown): unknown => (value instanceof Refusal ? value.code : value)

test('rates', () => {
  const cases = [
    ['8MB', 8_000_000],
    ['8MiB', 8 * 1024 * 1024],
    ['500k', 500_000],
    ['1.5 MB', 'usage'],
    ['1.5mb/s', 1_500_000],
    ['1000000', 1_000_000],
    ['0', 'usage'],
    ['-1', 'usage'],
    ['fast', 'usage'],
    ['1i', 'usage'],
  ] as const
  for (const [text, expected] of cases) assert.equal(codeOr(parseRate(text)), expected, text)
})

test('addresses of peers', () => {
  assert.deepEqual(parseAddress('127.0.0.1:6881'), { host: '127.0.0.1', port: 6881 })
  assert.deepEqual(parseAddress('[::1]:1'), { host: '::1', port: 1 })
  assert.deepEqual(parseAddress('peer.example:65535'), { host: 'peer.example', port: 65535 })
  for (const text of ['127.0.0.1', '::1:80', 'a:0', 'a:65536', 'a b:1', 'http://a:1']) {
    assert.equal(codeOr(parseAddress(text)), 'usage', text)
  }
})

test('addresses of trackers: plain http to this machine alone', () => {
  const cases = [
    ['http://127.0.0.1:6969', 'http://127.0.0.1:6969'],
    ['http://localhost:6969/', 'http://localhost:6969'],
    ['http://[::1]:6969', 'http://[::1]:6969'],
    ['https://tracker.example', 'https://tracker.example'],
    ['http://tracker.example', 'insecure-transport'],
    ['http://127.0.0.1.example', 'insecure-transport'],
    ['http://10.0.0.1:6969', 'insecure-transport'],
    ['https://user@tracker.example', 'usage'],
    ['https://tracker.example/path', 'usage'],
    ['ftp://tracker.example', 'usage'],
    ['tracker', 'usage'],
  ] as const
  for (const [text, expected] of cases) assert.equal(codeOr(parseTrackerUrl(text)), expected, text)
})

test('settings of a trade', () => {
  const defaults = { port: 0, host: '0.0.0.0', upLimit: undefined, peers: [], checkAll: false }
  const rest = { downLimit: undefined, requestTimeoutMs: 30_000, hashLists: 'buyer' }
  assert.deepEqual(readTradeSettings({}), { ...defaults, ...rest })
  const given = {
    port: '7000',
    peer: ['a:1', 'b:2'],
    'up-limit': '8MB',
    'down-limit': '500k',
    'request-timeout': '2s',
    'hash-lists': 'tracker',
    check: true,
  }
  assert.deepEqual(readTradeSettings(given), {
    port: 7000,
    host: '0.0.0.0',
    upLimit: 8_000_000,
    downLimit: 500_000,
    peers: [
      { host: 'a', port: 1 },
      { host: 'b', port: 2 },
    ],
    requestTimeoutMs: 2000,
    checkAll: true,
    hashLists: 'tracker',
  })
  const wrong = [
    ...[{ port: 'x' }, { host: 'here' }, { peer: ['a'] }, { 'request-timeout': '2' }],
    { 'hash-lists': 'both' },
  ]
  for (const values of wrong) assert.equal(codeOr(readTradeSettings(values)), 'usage')
})

test('quantities for people', () => {
  assert.deepEqual([0, 999, 1000, 8_388_608, 104_857_600, 5e12].map(formatBytes), [
    ...['0 B', '999 B', '1.00 kB', '8.39 MB', '105 MB', '5.00 TB'],
  ])
  assert.deepEqual([0.4, 59, 60, 3661, 90_000].map(formatDuration), [
    ...['0s', '59s', '1m00s', '1h01m', '1d1h'],
  ])
  assert.deepEqual(
    formatTable(
      [
        ['A', 'B'],
        ['aaa', '1'],
      ],
      { right: [1] },
    ),
    ['A    B', 'aaa  1'],
  )
})

const ACCOUNT = { provider: '11', currency: 'credit', spent: 2_000_000n, earned: 10_000n }

test('progress in one line, and as an event', () => {
  const progress = {
    ...{ bytes: 1000, left: 250, downRate: 50.4, upRate: 0, uploaded: 0, peers: 1 },
    ...{ money: [ACCOUNT], pieces: {} },
  }
  assert.equal(progressLine(progress), '75.0 %  50 B/s  ETA 5s  1 peer  spent 2.00  earned 0.01')
  assert.equal(
    progressLine({ ...progress, peers: 0 }),
    '75.0 %  0 peers: waiting for somebody who has it  spent 2.00  earned 0.01',
  )
  assert.equal(
    progressLine({ ...progress, peers: 0, checked: 0.4251 }),
    'checking what is on the disk: 42.5 %  spent 2.00  earned 0.01',
  )
  assert.equal(
    progressLine({ ...progress, bytes: 0, left: 0, waiting: 1 }),
    'waiting for room on the disk  spent 2.00  earned 0.01',
  )
  assert.match(progressLine({ ...progress, waiting: 2 }), /2 waiting for room on the disk$/)
  assert.deepEqual(progressEvent(progress), {
    ...{ event: 'progress', bytes: 1000, left: 250, downRate: 50, upRate: 0, uploaded: 0 },
    ...{ peers: 1, spent: 2_000_000n, earned: 10_000n, pieces: {}, eta: 5 },
  })
  const complete = { ...progress, left: 0, downRate: 0, uploaded: 5000, upRate: 2000, peers: 2 }
  assert.equal(
    progressLine(complete),
    'complete  sent 5.00 kB  2 peers  up 2.00 kB/s  spent 2.00  earned 0.01',
  )
  assert.equal('eta' in progressEvent({ ...progress, downRate: 0 }), false)
  const both = { ...progress, money: [ACCOUNT, { ...ACCOUNT, provider: '22', currency: 'mark' }] }
  assert.match(
    progressLine(both),
    /spent 2\.00 credit \+ 2\.00 mark {2}earned 0\.01 credit \+ 0\.01/,
  )
  const { accounts, spent } = progressEvent(both) as { accounts: unknown[]; spent?: bigint }
  assert.deepEqual([accounts.length, spent], [2, undefined])
})

test('pauses between calls that did not get through double up to a minute', () => {
  const longest = [1, 2, 5, 6, 60].map((failures) => retryDelayMs(failures, 1))
  assert.deepEqual(longest, [2000, 4000, 32_000, 60_000, 60_000])
  assert.deepEqual([retryDelayMs(1, 0), retryDelayMs(6, 0.5)], [1000, 45_000])
})
