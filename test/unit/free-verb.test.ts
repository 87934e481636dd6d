/** `floodgate-tracker free` as a process, while another process serves the same home. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { METAINFO_MAX_BYTES } from '../../shared/limits.js'
import { encodeInfo, encodeTorrent } from '../../shared/metainfo.js'
import { until } from '../until.js'
import { run, type Serving, serve } from './tracker-process.js'

const { cid: CID, infoBytes } = encodeInfo({
  name: 'song.ogg',
  files: [{ path: ['song.ogg'], length: 5 }],
  singleFile: true,
  pieceLength: 16_384,
  hashes: new Uint8Array(20),
  private: false,
  source: undefined,
})
const HASH = '5a'.repeat(20)

let folder: string
let home: string
let torrent: string
let sold: string
let serving: Serving
before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'floodgate-free-'))
  home = join(folder, 'home')
  torrent = join(folder, 'free.torrent')
  sold = join(folder, 'sold.torrent')
  writeFileSync(torrent, encodeTorrent({ infoBytes, announce: [] }))
  writeFileSync(join(folder, 'content'), Buffer.alloc(40_000, 'floodgate'))
  assert.equal(run(home, 'init', '--name', 'Prov').status, 0)
  const offer = ['--price', '1', '--reward', '0.01', '--out', sold]
  assert.equal(run(home, 'publish', join(folder, 'content'), ...offer).status, 0)
  serving = await serve(home)
})
after(async () => {
  await serving.stop('SIGINT')
  rmSync(folder, { recursive: true })
})

/** What an ordinary client is answered, asked until it is as expected: the list is followed. */
async function announced(cid: string, expected: RegExp): Promise<void> {
  const hash = cid.replace(/../g, '%$&')
  const fields = `info_hash=${hash}&peer_id=${'x'.repeat(20)}&port=1&left=1`
  let text = ''
  const look = async (): Promise<boolean> => {
    const answer = await fetch(`http://127.0.0.1:${serving.port}/announce?${fields}`)
    text = await answer.text()
    return expected.test(text)
  }
  await until(`an answer like ${expected}`, look, { everyMs: 100, seen: () => text })
}

test('a listed torrent is tracked, a removed one is not, without a restart', async () => {
  await announced(CID, /does not list/)
  const allowed = run(home, 'free', 'allow', torrent, HASH.toUpperCase(), '--json')
  assert.deepEqual(
    [allowed.status, allowed.lines.at(-1)?.torrents],
    [
      0,
      [
        { cid: CID, name: 'song.ogg', first: true },
        { cid: HASH, first: true },
      ],
    ],
  )
  await announced(CID, /^d8:complete/)
  await announced(HASH, /^d8:complete/)
  assert.match(String(run(home, 'free', 'allow', HASH).lines[0]?.text), /was listed already/)
  const listed = run(home, 'free', 'list').lines.map(({ text }) => text)
  assert.deepEqual(new Set(listed), new Set([`${CID}  song.ogg`, HASH]))
  assert.equal(run(home, 'free', 'remove', CID, HASH).status, 0)
  await announced(CID, /does not list/)
  assert.match(String(run(home, 'free', 'list').lines[0]?.text), /no free torrent/)
})

test('wrong arguments are told apart, and change nothing', () => {
  const huge = join(folder, 'huge.torrent')
  writeFileSync(huge, Buffer.alloc(METAINFO_MAX_BYTES + 1))
  const soldCid = run(
    home,
    'publish',
    join(folder, 'content'),
    '--price',
    '1',
    '--reward',
    '0.01',
    '--json',
  )
  const { cid } = soldCid.lines.at(-1) as { cid?: string }
  const cases: [string[], string, number][] = [
    [['free', 'dance'], 'usage', 2],
    [['free', 'toString'], 'usage', 2],
    [['free', 'list', 'x'], 'usage', 2],
    [['free', 'allow'], 'usage', 2],
    [['free', 'allow', HASH, sold], 'content-sold', 1],
    [['free', 'allow', HASH, String(cid)], 'content-sold', 1],
    [['free', 'allow', HASH, join(folder, 'content')], 'torrent-invalid', 1],
    [['free', 'allow', HASH, folder], 'not-readable', 1],
    [['free', 'allow', HASH, huge], 'too-large', 1],
    [['free', 'allow', HASH, join(folder, 'none')], 'not-readable', 1],
    [['free', 'remove', 'ab'], 'malformed', 1],
    [['free', 'remove', HASH], 'unknown-cid', 1],
  ]
  for (const [args, code, status] of cases) {
    const ended = run(home, ...args, '--json')
    assert.deepEqual([ended.lines.at(-1)?.code, ended.status], [code, status], args.join(' '))
  }
  assert.deepEqual(run(home, 'free', 'list', '--json').lines.at(-1)?.torrents, [])
})
