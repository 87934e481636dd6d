/** Caps: what counts against them, what is said when one is reached, and where they come from. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { type Caps, capProblem, capsOf, readCaps } from '../../client/caps.js'
import type { BoughtRow, Ordered } from '../../client/pay/wallet/grants.js'
import { midnightOf, nextMidnightOf } from '../../client/pay/wallet/spending.js'
import { openWallet } from '../../client/pay/wallet/wallet.js'
import { SETTINGS, settle } from '../../client/settings.js'
import { amount } from '../../shared/amount.js'
import { must, type Refusal, refuse, refused } from '../../shared/errors.js'
import type { Cid, Fingerprint, PieceIndex, Rid } from '../../shared/identifier.js'
import { readSettings } from '../../shared/settings.js'
import { folder } from '../engine-content.js'

const [ONE, OTHER] = ['11', '22'].map((digits) => digits.repeat(32)) as [Fingerprint, Fingerprint]
const [SONG, FILM] = ['aa', 'bb'].map((digits) => digits.repeat(20)) as [Cid, Cid]
const NOON = Date.parse('2026-11-21T12:00:00Z')
const NONE: Caps = { download: undefined, day: undefined, low: undefined }
const UNITS = 1_000_000n

const codeOf = (value: unknown) => (refused(value) ? value.code : value)

test('caps as a person writes them', () => {
  assert.deepEqual(readCaps({}), NONE)
  const both = { 'cap-download': '2.5', 'cap-day': '0' }
  assert.deepEqual(readCaps(both), { ...NONE, download: amount(2_500_000n), day: amount(0n) })
  for (const wrong of ['-1', '1e3', 'much', '', '0.0000001']) {
    const problem = readCaps({ 'cap-day': wrong })
    assert.equal(codeOf(problem), 'usage', wrong)
    assert.match((problem as Refusal).message, /^--cap-day: ".*" (is not an amount|has more than)/)
  }
})

test('the command line comes before the file, which is read when it is needed', async (t) => {
  const file = must(readSettings('cap-day = "3"\ncap-download = "2"', 'config.toml', SETTINGS))
  assert.deepEqual(capsOf({ 'cap-day': '9' }, file), {
    ...NONE,
    download: amount(2n * UNITS),
    day: amount(9n * UNITS),
  })
  assert.equal(codeOf(capsOf({}, refuse('not-readable'))), 'not-readable')
  assert.equal(codeOf(readSettings('cap-day = "lots"', 'config.toml', SETTINGS)), 'usage')
  const home = await folder(t)
  const { writeFile } = await import('node:fs/promises')
  await writeFile(join(home, 'config.toml'), 'cap-day = "3"\nport = 7000\n', { mode: 0o600 })
  const verb = { options: { port: {}, 'cap-day': {} } } as never
  assert.deepEqual(settle({ home }, verb, {}), { home, port: '7000' })
})

test('what is refused says what was spent, what is allowed and how to go on', () => {
  const caps = { ...NONE, download: amount(4n * UNITS), day: amount(5n * UNITS) }
  const payment = { price: 2n * UNITS, currency: 'EUR', time: NOON }
  const problemOf = (content: bigint, day: bigint) => {
    const spent = { content: content * UNITS, day: day * UNITS }
    return capProblem(caps, spent, payment)?.message
  }
  assert.equal(problemOf(2n, 3n), undefined, 'both caps are reached and not passed')
  assert.equal(
    problemOf(3n, 3n),
    'not bought: it costs 2.00 EUR, with 3.00 EUR paid before, and cap-download allows 4.00 EUR ' +
      'for one content; raise it to 5.00 to buy',
  )
  assert.equal(
    problemOf(0n, 4n),
    'not bought: 4.00 EUR of 5.00 EUR that cap-day allows are spent today, and it costs ' +
      '2.00 EUR; raise the cap to 6.00, or buy it after 2026-11-22 00:00 UTC',
  )
  assert.equal(capProblem(NONE, { content: 9n, day: 9n }, payment), undefined)
  const evil = { ...payment, currency: '\u001b[2J' }
  const over = capProblem({ ...NONE, day: amount(0n) }, { content: 0n, day: 0n }, evil)
  assert.ok(over !== undefined && !over.message.includes('\u001b'))
})

test('a day begins at midnight UTC', () => {
  assert.equal(new Date(midnightOf(NOON)).toISOString(), '2026-11-21T00:00:00.000Z')
  assert.equal(midnightOf(midnightOf(NOON)), midnightOf(NOON))
  assert.equal(new Date(nextMidnightOf(NOON)).toISOString(), '2026-11-22T00:00:00.000Z')
})

test('an order counts until it is refused or its grant is here', async (t) => {
  const path = join(await folder(t), 'wallet.db')
  const wallet = openWallet(path, new Uint8Array(32))
  const { grants, summary } = wallet
  const song: Ordered = { fingerprint: ONE, cid: SONG }
  const pieces: Ordered = { ...song, only: [3 as PieceIndex] }
  const film: Ordered = { fingerprint: ONE, cid: FILM }
  const id = (byte: number) => new Uint8Array([byte])
  const note = (byte: number, price: bigint, time = NOON) => ({ fresh: id(byte), price, time })
  const yes = () => undefined
  assert.deepEqual(grants.order(song, note(1, 5n), yes), Buffer.from(id(1)))
  assert.deepEqual(grants.order(song, note(2, 4n), yes), Buffer.from(id(1)), 'one id until the end')
  assert.deepEqual(grants.spent(song, NOON), { content: 0n, day: 0n }, 'not against itself')
  assert.deepEqual(
    grants.spent(pieces, NOON),
    { content: 5n, day: 5n },
    'the most it may have cost',
  )
  assert.deepEqual(grants.spent(film, NOON), { content: 0n, day: 5n })
  assert.deepEqual(grants.spent({ ...song, fingerprint: OTHER }, NOON), { content: 0n, day: 0n })
  assert.equal(codeOf(grants.order(film, note(3, 1n), () => refuse('over-cap'))), 'over-cap')
  assert.equal(summary.spentSince(ONE, midnightOf(NOON)), 5n, 'what was not allowed is not noted')
  grants.order(film, note(3, 7n), yes)
  assert.equal(summary.spentSince(ONE, midnightOf(NOON)), 12n)
  grants.refusedOrder(film)
  assert.equal(summary.spentSince(ONE, midnightOf(NOON)), 5n)
  const row: BoughtRow = {
    ...{ rid: 'cc'.repeat(16) as Rid, fingerprint: ONE, cid: SONG, scheme: 'floodgate' },
    ...{ open: id(1), secret: id(2), peers: id(3), price: 4n, time: NOON },
  }
  grants.put(row)
  assert.deepEqual(grants.spent(film, NOON), { content: 0n, day: 4n }, 'what it did cost')
  assert.deepEqual(grants.of(ONE, SONG)[0]?.time, NOON)
  grants.put({ ...row, time: NOON + 1, peers: id(4) })
  assert.equal(grants.of(ONE, SONG)[0]?.time, NOON, 'a grant keeps its first time')
  await wallet.close()
  const reopened = openWallet(path, new Uint8Array(32))
  t.after(() => reopened.close())
  assert.deepEqual(reopened.grants.spent(pieces, NOON), { content: 4n, day: 4n })
  assert.deepEqual(reopened.grants.spent(pieces, nextMidnightOf(NOON)), { content: 4n, day: 0n })
})
