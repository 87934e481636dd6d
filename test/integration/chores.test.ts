/** A watched folder, and the command that is run when a content is complete. */
import assert from 'node:assert/strict'
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { encodeInfo, encodeTorrent } from '../../shared/metainfo.js'
import { hashPieces } from '../engine-content.js'
import { contentOf, Market, sha256Of } from './market.js'
import { doneOf, floodgate, Program } from './programs.js'

const OFFER = { bytes: 32 * 16_384, pieceLength: 16_384, price: '2', reward: '0.01' }
/** A name that a shell must never read. */
const NAME = "$(touch pwned); `touch pwned` 'x' & {-rf,~}.bin"
/** What a command writes of its environment, a line each. */
const TELLING =
  'printf "%s\\n" "$FLOODGATE_NAME" "$FLOODGATE_PATH" "$FLOODGATE_CID" "$FLOODGATE_PAID" ' +
  '"$FLOODGATE_ORIGIN" >> told'

let market: Market
let free: { readonly torrent: string; readonly bytes: Buffer; readonly peer: string }
let seller: Program

before(async () => {
  market = await Market.open(OFFER)
  await market.member('house')
  await market.member('ann', '50')
  seller = await market.seller('house')
  const bytes = contentOf(100_000)
  const data = market.home('data')
  mkdirSync(data)
  writeFileSync(join(data, NAME), bytes)
  const { infoBytes } = encodeInfo({
    name: NAME,
    files: [{ path: [NAME], length: bytes.length }],
    ...{ singleFile: true, pieceLength: 32_768, private: false, source: undefined },
    hashes: hashPieces(bytes, 32_768),
  })
  const torrent = join(market.folder, 'free.torrent')
  writeFileSync(torrent, encodeTorrent({ infoBytes, announce: [] }))
  const seeder = market.start('free', 'seed', torrent, '--data', data, '--host', '127.0.0.1')
  const { port } = await seeder.until('listening')
  await seeder.until('seeding')
  free = { torrent, bytes, peer: `127.0.0.1:${port}` }
})
after(() => market.close())

/** Whether a line of the log says this. */
const says = (words: RegExp) => (event: Readonly<Record<string, unknown>>) =>
  words.test(String(event.text))

function daemonOf(name: string, watched: string, out: string, ...more: string[]): Program {
  const where = ['--watch', watched, '--out', out, '--host', '127.0.0.1', '--peer', free.peer]
  return market.start(name, 'daemon', ...where, ...more)
}

test('a free torrent in a watched folder is fetched, and a command is told of it', async () => {
  const [watched, out] = [market.home('watched'), market.home('out')]
  mkdirSync(watched)
  const daemon = daemonOf('bob', watched, out, '--on-done', TELLING)
  await daemon.until('ready')
  writeFileSync(join(watched, 'broken.torrent'), 'd4:infoe')
  writeFileSync(join(watched, 'note.txt'), 'no torrent')
  writeFileSync(join(watched, 'free.torrent'), readFileSync(free.torrent))
  await daemon.until('log', says(/broken\.torrent is not taken up/))
  await daemon.until('log', says(/^on-done ran for /))
  assert.equal(sha256Of(readFileSync(join(out, NAME))), sha256Of(free.bytes))
  const [name, path, cid, paid, origin] = readFileSync(join(out, 'told'), 'utf8').split('\n')
  assert.deepEqual([name, path, paid, origin], [NAME, join(out, NAME), '0', 'watch'])
  assert.match(cid ?? '', /^[0-9a-f]{40}$/)
  assert.ok(!existsSync(join(out, 'pwned')))
  assert.deepEqual(readdirSync(watched).sort(), [
    'broken.torrent',
    'free.torrent.added',
    'note.txt',
  ])
  const ended = await daemon.stop()
  doneOf(ended)
  const told = ended.events.filter(says(/broken\.torrent/))
  assert.equal(told.length, 1)
})

test('a paid one is bought only when that is set, and within the cap', async () => {
  const [watched, out, home] = [market.home('paid'), market.home('paid-out'), market.home('ann')]
  mkdirSync(watched)
  writeFileSync(join(watched, 'content.torrent'), readFileSync(market.torrent))
  const spent = async (): Promise<unknown> => doneOf(await floodgate(home, 'wallet')).spent
  const refusals: readonly (readonly [readonly string[], RegExp])[] = [
    [[], /it costs 2\.00 credit; floodgate buy [0-9a-f]{40} buys it/],
    [['--watch-buy'], /watch-buy buys only when cap-download is set/],
    [['--watch-buy', '--cap-download', '1.99'], /cap-download allows 1\.99 credit/],
  ]
  for (const [options, words] of refusals) {
    const daemon = daemonOf('ann', watched, out, ...options)
    await daemon.until('log', says(words))
    doneOf(await daemon.stop())
    assert.equal(await spent(), '0')
  }
  const hook = `${TELLING}; exit 3`
  const buying = ['--watch-buy', '--cap-download', '2', '--on-done', hook]
  const daemon = daemonOf('ann', watched, out, ...buying)
  await daemon.until('log', says(/^on-done ended with exit status 3 for content\.bin/))
  assert.equal(sha256Of(readFileSync(join(out, 'content.bin'))), market.sha256)
  const told = readFileSync(join(out, 'told'), 'utf8').split('\n')
  assert.deepEqual(told.slice(2), [market.cid, '2000000', 'watch', ''])
  assert.deepEqual(readdirSync(watched), ['content.torrent.added'])
  doneOf(await daemon.stop())
  writeFileSync(join(watched, 'content.torrent'), readFileSync(market.torrent))
  const elsewhere = market.home('elsewhere')
  const again = daemonOf('ann', watched, elsewhere, ...buying)
  await again.until('log', says(/content\.torrent is in the home already/))
  assert.deepEqual(readdirSync(watched), ['content.torrent.added', 'content.torrent.added-2'])
  doneOf(await again.stop())
  assert.ok(!existsSync(elsewhere))
  assert.equal(await spent(), '2000000')
})

test('get runs a command, and waits for it', async () => {
  const out = market.home('get-out')
  const command = 'sleep 0.5; echo "got $FLOODGATE_NAME"'
  const args = ['get', free.torrent, '--out', out, '--host', '127.0.0.1', '--peer', free.peer]
  const ended = await market.start('carol', ...args, '--on-done', command).ended
  doneOf(ended)
  const told = ended.events.filter(({ event }) => event === 'on-done')
  assert.deepEqual(
    told.map(({ status }) => status),
    [0],
  )
  assert.ok(String(told[0]?.message).endsWith(`: got ${NAME}`))
})

test('seed runs a command for what it had to fetch, and for nothing else', async () => {
  const data = market.home('seed-out')
  mkdirSync(data)
  const half = Buffer.from(free.bytes)
  half.fill(0, 0, 40_000)
  writeFileSync(join(data, NAME), half)
  const args = ['seed', free.torrent, '--data', data, '--host', '127.0.0.1', '--on-done', TELLING]
  const mending = market.start('erin', ...args, '--peer', free.peer)
  await mending.until('on-done', ({ status }) => status === 0)
  doneOf(await mending.stop())
  assert.equal(readFileSync(join(data, 'told'), 'utf8').split('\n')[0], NAME)
  const whole = market.start('erin', ...args)
  await whole.until('seeding', ({ have, pieces }) => have === pieces)
  const { events } = await whole.stop()
  assert.ok(events.every(({ event }) => event !== 'on-done'))
})

test('what is asked for by half is wrong usage', async () => {
  for (const args of [
    ['--watch', 'x'],
    ['--watch-buy'],
    ['--watch=', '--out', 'x'],
    ['--on-done='],
  ]) {
    const { events, status } = await floodgate(market.home('dan'), 'daemon', ...args)
    assert.deepEqual([status, events.at(-1)?.code], [2, 'usage'], args.join(' '))
  }
  doneOf(await seller.stop())
  await market.verify()
})

test('a watched folder that is closed to us is told, and watched once it is open', async () => {
  const root = process.getuid?.() === 0
  const [watched, out] = [market.home('closed'), market.home('closed-out')]
  mkdirSync(watched)
  writeFileSync(join(watched, 'free.torrent'), readFileSync(free.torrent))
  // Root opens every folder: as nobody, in a home of its own.
  const under = root ? ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'] : []
  for (const each of [market.folder, market.home('closed-home'), out]) {
    mkdirSync(each, { recursive: true, mode: 0o700 })
    if (root) chownSync(each, each === market.folder ? 0 : 65_534, 65_534)
  }
  if (root) chmodSync(market.folder, 0o711)
  chmodSync(watched, 0o444)
  const words = ['daemon', '--watch', watched, '--out', out, '--host', '127.0.0.1']
  const daemon = new Program('floodgate', market.home('closed-home'), words, { under })
  await daemon.until('log', says(/the watched folder .* cannot be read: no permission/))
  chmodSync(watched, 0o777)
  await daemon.until('log', says(/free\.torrent is taken up/))
  doneOf(await daemon.stop())
})
