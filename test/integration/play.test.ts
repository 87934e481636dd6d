/** `play`: a player on the PATH is given the address, and gets the bytes while they come in. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { makeContent, writeContent } from '../engine-content.js'
import { contentOf, Market } from './market.js'
import { doneOf, LAUNCHERS, Program, type Start } from './programs.js'

const OFFER = { bytes: 256 * 16_384, pieceLength: 16_384, price: '2', reward: '0.005' }

/** A player that looks at the beginning, seeks to the end and the middle, and plays it all. */
const PLAYER = `#!/bin/sh
cd "$PLAYED" || exit 1
get() { curl -s -o "$1" -w '%{http_code} %{time_total}\\n' -r "$2" "$3" >> times; }
get head 0-65535 "$1"
get tail -65536 "$1"
get middle 2000000-2065535 "$1"
curl -s -o all "$1"
`

let market: Market
let base: string
let start: Start
before(async () => {
  market = await Market.open(OFFER)
  await market.member('house')
  await market.member('ann', '50')
  await market.seller('house', '--up-limit', '4MB')
  base = mkdtempSync(join(tmpdir(), 'floodgate-play-'))
  mkdirSync(join(base, 'bin'))
  mkdirSync(join(base, 'played'))
  writeFileSync(join(base, 'bin', 'mpv'), PLAYER)
  chmodSync(join(base, 'bin', 'mpv'), 0o755)
  const path = `${join(base, 'bin')}:${process.env.PATH}`
  start = { environment: { PATH: path, PLAYED: join(base, 'played') } }
})
after(async () => {
  await market.close()
  rmSync(base, { recursive: true })
})

/** What the player got, against the content. */
function assertPlayed(body: Uint8Array): void {
  const got = (name: string) => readFileSync(join(base, 'played', name))
  assert.ok(got('head').equals(body.subarray(0, 65_536)))
  assert.ok(got('tail').equals(body.subarray(-65_536)))
  assert.ok(got('middle').equals(body.subarray(2_000_000, 2_065_536)))
  assert.ok(got('all').equals(body))
}

/** The HTTP status of the first requests, and a line of how long each 64 KiB took. */
function timesOf(): { readonly statuses: string[]; readonly line: string } {
  const lines = readFileSync(join(base, 'played', 'times'), 'utf8')
    .trim()
    .split('\n')
  rmSync(join(base, 'played', 'times'))
  const [first, ...seeks] = lines.map((line) => Number(line.split(' ')[1]) * 1000)
  const after = seeks.map((ms) => ms.toFixed(0))
  const line = `first 64 KiB ${first?.toFixed(0)} ms, after a seek ${after} ms`
  return { statuses: lines.map((one) => one.split(' ')[0] as string), line }
}

test('a paid content is bought, played while it comes in, and each piece is paid', async (t) => {
  const out = join(base, 'out')
  const args = ['play', market.cid, '--out', out, '--host', '127.0.0.1']
  const refused = await new Program('floodgate', market.home('ann'), args, start).ended
  assert.deepEqual([refused.status, refused.events.at(-1)?.code], [1, 'not-confirmed'])
  const buying = [...args, '--yes', '--on-done', 'echo "$FLOODGATE_PAID"']
  const ended = await new Program('floodgate', market.home('ann'), buying, start).ended
  const done = doneOf(ended)
  const hook = ended.events.find(({ event }) => event === 'on-done')
  assert.match(String(hook?.message), /on-done ran for content\.bin: 2000000$/)
  assert.equal(done.player, 'mpv')
  assertPlayed(contentOf(OFFER.bytes))
  const { line, statuses } = timesOf()
  assert.deepEqual(statuses, ['206', '206', '206'])
  t.diagnostic(`paid, at 4 MB/s: ${line}`)
  assert.equal(done.paid, '2000000')
  const pieces = Object.values(done.pieces as Record<string, number>)
  assert.deepEqual(pieces, [256])
  assert.ok(readFileSync(join(out, 'content.bin')).equals(contentOf(OFFER.bytes)))
})

test('beside a daemon it plays where the caller is, and the content stays', async () => {
  const daemon = market.start('ann', 'daemon', '--host', '127.0.0.1')
  await daemon.until('ready')
  const args = ['play', market.cid, '--file', '1']
  const done = doneOf(await new Program('floodgate', market.home('ann'), args, start).ended)
  assert.deepEqual([done.player, done.paid], ['mpv', '2000000'])
  assertPlayed(contentOf(OFFER.bytes))
  timesOf()
  assert.equal((await daemon.stop()).status, 0)
  const words = ['play', market.cid, '--home', market.home('ann')]
  const environment = { ...process.env, ...start.environment }
  const { stdout } = await promisify(execFile)(LAUNCHERS.floodgate, words, { env: environment })
  timesOf()
  assert.match(stdout, /played 4\.39 MB, all of it is here; in all, paid 2\.00, earned 0\.00\n$/)
})

test('of a free torrent only the played file is fetched; none opens no player', async (t) => {
  const content = makeContent({ 'film.mkv': 4_194_304, 'notes.txt': 900_000 }, 65_536)
  const data = join(base, 'data')
  mkdirSync(data)
  await writeContent(content, data)
  const torrent = join(base, 'film.torrent')
  writeFileSync(torrent, content.torrent)
  const seed = new Program('floodgate', join(base, 'seeder'), [
    ...['seed', torrent, '--data', data, '--host', '127.0.0.1', '--up-limit', '4MB'],
  ])
  const { port } = await seed.until('listening')
  await seed.until('seeding')
  const net = ['--out', join(base, 'free'), '--host', '127.0.0.1', '--peer', `127.0.0.1:${port}`]
  const home = join(base, 'viewer')
  const silent = new Program('floodgate', home, ['play', torrent, '--player', 'none', ...net])
  const { url } = await silent.until('stream')
  const answer = await fetch(String(url), { headers: { range: 'bytes=4000000-4000099' } })
  const film = content.files.get('content/film.mkv') as Uint8Array
  assert.ok(Buffer.from(await answer.arrayBuffer()).equals(film.subarray(4_000_000, 4_000_100)))
  const stopped = doneOf(await silent.stop())
  assert.equal(stopped.served, 100, 'Ctrl-C sums up too')
  assert.equal(typeof stopped.left, 'number')

  const player = `sh ${join(base, 'bin', 'mpv')}`
  const args = ['play', torrent, '--file', 'film.mkv', '--player', player, ...net]
  const done = doneOf(await new Program('floodgate', home, args, start).ended)
  assert.deepEqual([done.player, done.file], ['sh', 1])
  assertPlayed(film)
  const { line, statuses } = timesOf()
  assert.deepEqual(statuses, ['206', '206', '206'])
  t.diagnostic(`free, at 4 MB/s: ${line}`)
  const missing = new Program('floodgate', home, ['play', torrent, '--file', '9', ...net])
  const ended = await missing.ended
  assert.deepEqual([ended.status, ended.events.at(-1)?.code], [2, 'usage'])
  doneOf(await seed.stop())
})
