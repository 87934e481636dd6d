/** A home carried to another machine in mid-download, and only one of the two goes on. */
import assert from 'node:assert/strict'
import { cpSync, existsSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { Market, sha256Of } from './market.js'
import { doneOf, type Ended, floodgate } from './programs.js'

const KIB = 1024
let market: Market
let passphrase: string[]
let file: string
const home = (name: string) => market.home(name)
const codeOf = ({ events, status }: Ended) => [status, events.at(-1)?.code]

before(async () => {
  market = await Market.open({
    ...{ bytes: 96 * 16 * KIB, pieceLength: 16 * KIB },
    ...{ price: '2', reward: '0.01' },
  })
  const path = join(market.folder, 'passphrase')
  writeFileSync(path, 'correct horse battery\n', { mode: 0o600 })
  passphrase = ['--new-passphrase-file', path]
  file = join(market.folder, 'home.fg')
})
after(() => market.close())

test('a download goes on from an imported home, and pays each piece once', async () => {
  await market.member('house')
  await market.member('alice', '5')
  const seller = await market.seller('house')
  await market.limit('house', '50kB')
  const args = ['get', market.torrent, '--yes', '--out', join(market.folder, 'out')]
  const begun = market.start('alice', ...args)
  await begun.until('progress', ({ pieces }) => Object.keys(pieces ?? {}).length > 0)
  assert.equal((await begun.stop()).events.at(-1)?.code, 'interrupted')
  await market.limit('house', '')
  const exported = doneOf(await floodgate(home('alice'), 'key', 'export', file, ...passphrase))
  assert.equal(exported.digest, sha256Of(readFileSync(file)))
  assert.equal(statSync(file).mode & 0o777, 0o600)
  const refused = await market.start('alice', ...args).ended
  assert.deepEqual(codeOf(refused), [1, 'home-moved'])
  const now = ['--passphrase-file', passphrase[1] as string]
  const imported = doneOf(await floodgate(home('bob'), 'key', 'import', file, ...now))
  assert.equal(imported.digest, exported.digest)
  const rest = doneOf(await market.start('bob', ...args, ...now).ended)
  assert.equal((rest.files as { sha256: string }[])[0]?.sha256, market.sha256)
  assert.deepEqual(
    Object.values(rest.pieces as Record<string, number>).reduce((sum, count) => sum + count),
    96,
  )
  const account = doneOf(await floodgate(home('bob'), 'wallet', ...now))
  assert.equal(account.agrees, true)
  await seller.stop()
  await market.verify()
})

test('an import never overwrites, and takes nothing but a whole export', async () => {
  const now = ['--passphrase-file', passphrase[1] as string]
  const again = await floodgate(home('bob'), 'key', 'import', file, ...now)
  assert.deepEqual(codeOf(again), [1, 'home-exists'])
  const cut = join(market.folder, 'cut.fg')
  const whole = readFileSync(file)
  writeFileSync(cut, whole.subarray(0, whole.length - 1))
  const broken = await floodgate(home('carol'), 'key', 'import', cut, ...now)
  assert.deepEqual(codeOf(broken), [1, 'passphrase-wrong'])
  writeFileSync(cut, 'floodgate/2 home\n')
  const other = await floodgate(home('carol'), 'key', 'import', cut, ...now)
  assert.deepEqual(codeOf(other), [1, 'unsupported-version'])
  assert.ok(!existsSync(join(home('carol'), 'identity.key')))
  const over = await floodgate(home('bob'), 'key', 'export', file, ...now)
  assert.deepEqual(codeOf(over), [1, 'not-writable'])
  doneOf(await floodgate(home('bob'), 'wallet', ...now))
})

test('an import that broke off has to be repeated, and nothing else works before', async () => {
  const now = ['--passphrase-file', passphrase[1] as string]
  const dora = home('dora')
  doneOf(await floodgate(dora, 'key', 'import', file, ...now))
  // As after a crash between wallet and identity.
  renameSync(join(dora, 'identity.key'), join(market.folder, 'lost'))
  writeFileSync(join(dora, 'importing'), '')
  assert.deepEqual(codeOf(await floodgate(dora, 'wallet', ...now)), [1, 'home-missing'])
  doneOf(await floodgate(dora, 'key', 'import', file, ...now))
  doneOf(await floodgate(dora, 'key', 'show', ...now))
  assert.ok(!existsSync(join(dora, 'importing')))
})

test('an export that was never imported is taken back when the person says so', async () => {
  const now = ['--passphrase-file', passphrase[1] as string]
  const away = join(market.folder, 'away.fg')
  doneOf(await floodgate(home('dora'), 'key', 'export', away, ...now))
  assert.deepEqual(codeOf(await floodgate(home('dora'), 'wallet', ...now)), [1, 'home-moved'])
  assert.deepEqual(codeOf(await floodgate(home('dora'), 'key', 'reopen')), [1, 'not-confirmed'])
  doneOf(await floodgate(home('dora'), 'key', 'reopen', '--yes'))
  doneOf(await floodgate(home('dora'), 'key', 'show', ...now))
})

test('a copy of a home that was used since pays nobody', async () => {
  const now = ['--passphrase-file', passphrase[1] as string]
  cpSync(home('bob'), home('eve'), { recursive: true })
  for (let call = 0; call < 3; call++) doneOf(await floodgate(home('bob'), 'wallet', ...now))
  const out = join(market.folder, 'copied')
  const stale = await market.start('eve', 'get', market.torrent, '--yes', '--out', out, ...now)
    .ended
  assert.deepEqual(codeOf(stale), [1, 'home-copied'])
  doneOf(await floodgate(home('bob'), 'wallet', ...now))
})
