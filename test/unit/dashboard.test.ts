/** The dashboard: what it shows, and that it fits every terminal. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Dashboard, dashboardLines, type TransferRow } from '../../client/ui/dashboard.js'
import { paint } from '../../client/ui/paint.js'
import { paletteOf } from '../../client/ui/theme.js'

const peer = { address: '192.0.2.7:6881', downRate: 1_500_000, upRate: 0, share: 0.5 }
const film: TransferRow = {
  ...{ name: 'film', paid: true, bytes: 1000, left: 580, downRate: 100, upRate: 0, sold: 3 },
  peers: [peer],
}
const account = {
  ...{ provider: 'Label', currency: 'credit', spendable: 8_000_000n, pending: 300_000n },
  ...{ spent: 2_000_000n, earned: 120_000n, unclaimed: 10_000n, exposed: 20_000n },
}
const dashboard: Dashboard = {
  address: 'port 6881',
  transfers: [film, { ...film, name: 'song', left: 0, upRate: 2000, peers: [] }],
  chosen: 0,
  accounts: [account, { ...account, provider: 'Other', spendable: undefined, pending: undefined }],
  log: ['one', 'two', 'three'],
  help: false,
}

/** The picture as plain text. */
function picture(what: Dashboard, columns = 80, rows = 24): string[] {
  return dashboardLines(what, { columns, rows }).map((line) => paint(line, columns - 1))
}

test('contents, peers of the chosen one, money by provider, log, keys', () => {
  const text = picture(dashboard).join('\n')
  for (const expected of [
    /Floodgate +down 200 B\/s {2}up 2\.00 kB\/s {2}port 6881/,
    /contents \(2\)/,
    /▸ film +█{7}░{9} +42 % {2}100 B\/s +ETA 6s +1 peer/,
    /^ {2}song +█{16} +100 % {2}2\.00 kB\/s +sold 3 +0 peers/m,
    /192\.0\.2\.7:6881 +down 1\.50 MB\/s +up 0 B\/s +has 50 %/,
    /can use +pending +spent +earned +unclaimed +owed us/,
    /Label \(credit\) +8\.00 +0\.30 +2\.00 +0\.12 +0\.01 +0\.02/,
    /Other \(credit\) +- +- +2\.00/,
    /one\n {2}two\n {2}three/,
    /q quit +up\/down choose +\? help$/,
  ]) {
    assert.match(text, expected)
  }
})

test('a long name of a provider is cut, its currency is not', () => {
  const named = { ...dashboard, accounts: [{ ...account, provider: 'A label of many words' }] }
  assert.match(picture(named).join('\n'), /^ {2}A label +\(credit\) +8\.00/m)
  assert.match(picture(named, 120).join('\n'), /A label of many words \(credit\) +8\.00/)
})

test('it has exactly the rows of the terminal, in any size, and keeps the keys', () => {
  const many = Array.from({ length: 40 }, (_, index) => ({ ...film, name: `film ${index}` }))
  const log = Array.from({ length: 100 }, (_, index) => `line ${index}`)
  const crowded = { ...dashboard, transfers: many, chosen: 33, log }
  for (const [columns, rows] of [
    [80, 24],
    [120, 50],
    [60, 12],
    [40, 8],
    [200, 5],
  ] as const) {
    for (const each of [dashboard, crowded, { ...dashboard, help: true }]) {
      const lines = picture(each, columns, rows)
      assert.equal(lines.length, rows, `${columns} x ${rows}`)
      assert.ok(lines.every((line) => [...line].length < columns))
      assert.match(lines.at(-1) ?? '', /q quit/)
    }
  }
  const text = picture(crowded).join('\n')
  assert.match(text, /▸ film 33 /)
  assert.match(text, /line 99\n/)
})

test('an empty home says how to begin; the help names the keys', () => {
  const empty = { ...dashboard, transfers: [], accounts: [], log: [] }
  const text = picture(empty).join('\n')
  assert.match(text, /none yet: floodgate get CID --out DIR adds one/)
  assert.match(text, /no provider yet: floodgate register --tracker URL --name NAME/)
  assert.match(picture({ ...dashboard, help: true }).join('\n'), /q, Ctrl-C +stop in good order/)
})

test('names of others cannot move the cursor, and colour is only added', () => {
  const evil = { ...film, name: '\u001b[2Jevil\n' }
  const hostile = {
    ...dashboard,
    transfers: [evil],
    accounts: [{ ...account, currency: '\u0007' }],
  }
  const lines = picture(hostile)
  assert.doesNotMatch(lines.join(''), /\p{Cc}/u)
  const coloured = dashboardLines(hostile, { columns: 80, rows: 24 })
    .map((line) => paint(line, 79, paletteOf('dark', 16)))
    .join('\n')
  const SGR = new RegExp(`${String.fromCharCode(27)}\\[[\\d;]+m`, 'g')
  assert.equal(coloured.replace(SGR, ''), lines.join('\n'))
})
