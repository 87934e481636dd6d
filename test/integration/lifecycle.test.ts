/**
 * What a household does when it is started, stopped and told things at the worst moment: while
 * contents are checked, from several sides at once, in homes that are not there yet.
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { homeAt } from '../../client/home.js'
import { attach } from '../../client/local/attach.js'
import type { LocalApi } from '../../client/local/local-api.js'
import { placeOf } from '../../client/local/place.js'
import type { Transfer } from '../../client/local/transfer-rows.js'
import { must, refused } from '../../shared/errors.js'
import { DAEMON_LOG_MAX_BYTES } from '../../shared/local-limits.js'
import { encodeInfo, encodeTorrent } from '../../shared/metainfo.js'
import { DIST, doneOf, floodgate, Program } from './programs.js'
import { updateOf } from './updates.js'

const VANISH = fileURLToPath(new URL('../../../test/python/vanish.py', import.meta.url))
const PIECE_BYTES = 2 ** 22
/** So long that a check of it is going on whenever somebody looks at it, or ends it. */
const ENDLESS_BYTES = 2 ** 37
/** Pieces so small that a check of them takes seconds on every machine, however fast it hashes. */
const SMALL = { bytes: 2 ** 11, count: 2 ** 17 }

function folderOf(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'floodgate lifecycle ü-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** A torrent of zeros, and a file of holes that is exactly that. */
function makeZeros(
  folder: string,
  name: string,
  length: number,
  pieceLength = PIECE_BYTES,
): string {
  const count = length / pieceLength
  const hash = createHash('sha1').update(new Uint8Array(pieceLength)).digest()
  const { infoBytes } = encodeInfo({
    ...{ name, files: [{ path: [name], length }], singleFile: true, pieceLength },
    ...{ hashes: Buffer.concat(Array.from({ length: count }, () => hash)) },
    ...{ private: false, source: undefined },
  })
  writeFileSync(join(folder, name), '')
  truncateSync(join(folder, name), length)
  writeFileSync(join(folder, `${name}.torrent`), encodeTorrent({ infoBytes, announce: [] }))
  return join(folder, `${name}.torrent`)
}

const apiOf = (home: string): LocalApi => must(attach(placeOf(homeAt(home), process.env)))

async function startDaemon(t: TestContext, home: string, ...args: string[]): Promise<Program> {
  const daemon = new Program('floodgate', home, ['daemon', '--host', '127.0.0.1', ...args])
  t.after(() => daemon.stop('SIGKILL'))
  await daemon.until('ready')
  return daemon
}

/** The row of the only content, as soon as it fits. */
const rowOf = (api: LocalApi, fits: (row: Transfer) => boolean): Promise<Transfer> =>
  updateOf('a row that fits', api, ({ transfer }) => transfer && fits(transfer) && transfer)

test('a daemon that is stopped does not wait for a check, and begins it again', async (t) => {
  const folder = folderOf(t)
  const home = join(folder, 'home')
  const torrent = makeZeros(folder, 'endless.bin', ENDLESS_BYTES)
  const first = await startDaemon(t, home)
  doneOf(await floodgate(home, 'get', torrent, '--out', folder, '--detach'))
  doneOf(await first.stop())
  for (let run = 0; run < 2; run++) {
    const daemon = await startDaemon(t, home)
    // Had it waited for the end of its check, the whole content would be known to be here.
    const { checked, state } = await rowOf(apiOf(home), ({ checked = 0 }) => checked > 0)
    assert.ok(state === 'checking' && Number(checked) < 1, 'how far it is shows in its row')
    doneOf(await daemon.stop())
  }
})

test('what is got without a folder beside a daemon lies where the daemon puts it', async (t) => {
  const folder = folderOf(t)
  const home = join(folder, 'home')
  const torrent = makeZeros(folder, 'short.bin', PIECE_BYTES)
  const first = await startDaemon(t, home, '--out', folder)
  doneOf(await floodgate(home, 'get', torrent))
  assert.equal((await rowOf(apiOf(home), ({ state }) => state === 'seeding')).folder, folder)
  doneOf(await first.stop())
  // What is at work stays where it is, whatever the next daemon says.
  await startDaemon(t, home, '--out', join(folder, 'elsewhere'))
  doneOf(await floodgate(home, 'get', torrent))
  assert.equal((await rowOf(apiOf(home), ({ state }) => state === 'seeding')).folder, folder)
})

test('files that are left out while a content is checked stay left out', async (t) => {
  const folder = folderOf(t)
  const home = join(folder, 'home')
  const torrent = makeZeros(folder, 'long.bin', SMALL.bytes * SMALL.count, SMALL.bytes)
  await startDaemon(t, home)
  const api = apiOf(home)
  const getting = floodgate(home, 'get', torrent, '--out', folder, '--detach')
  const { cid } = await rowOf(api, ({ state }) => state === 'checking')
  must(await api.call('priorities', { cid, files: [{ number: 1, priority: 'skip' }] }))
  must(await api.call('sequential', { cid, on: true }))
  doneOf(await getting)
  const { wanted } = await rowOf(api, ({ state }) => state === 'seeding')
  assert.equal(wanted, 0)
  must(await api.call('check', { cids: [cid] }))
  const { state } = await rowOf(api, ({ checked = 0 }) => checked > 0)
  assert.equal(state, 'checking')
  await rowOf(api, ({ checked }) => checked === undefined)
})

test('screens whose terminal is closed end in good order, and leave the home free', async (t) => {
  const home = join(folderOf(t), 'home')
  const daemon = await startDaemon(t, home)
  doneOf(await daemon.stop())
  const command = ['node', join(DIST, 'client/main.js'), 'tui', '--home', home]
  const { status, stderr } = spawnSync('python3', [VANISH, 'Transfers', ...command], {
    encoding: 'utf8',
    env: { ...process.env, TERM: 'xterm-256color' },
  })
  assert.equal(status, 0, stderr)
  doneOf(await (await startDaemon(t, home)).stop())
})

test('of two that start at once one has the home, and the other says so', async (t) => {
  const home = join(folderOf(t), 'not there yet')
  const words = ['daemon', '--background', '--host', '127.0.0.1']
  const ends = await Promise.all([1, 2, 3].map(() => floodgate(home, ...words)))
  const { pid } = must(await apiOf(home).call('ping', {}))
  doneOf(await floodgate(home, 'daemon', '--stop'))
  const won = ends.filter(({ status }) => status === 0)
  assert.deepEqual(
    won.map((end) => doneOf(end).pid),
    [pid],
  )
  for (const { events, status } of ends) {
    if (status === 0) continue
    const { code, message } = events.at(-1) ?? {}
    assert.equal(code, 'home-in-use')
    assert.match(String(message), new RegExp(`process ${pid}`))
  }
  const log = readFileSync(join(home, 'daemon.log'), 'utf8')
  assert.match(log, /^\{"event":"ready",.*\}$/m)
})

test('the log of a daemon goes on over starts, and is put aside when it is long', async (t) => {
  const home = join(folderOf(t), 'home')
  const path = join(home, 'daemon.log')
  const run = async (): Promise<void> => {
    doneOf(await floodgate(home, 'daemon', '--background', '--host', '127.0.0.1'))
    await rowsOfLog(home)
    doneOf(await floodgate(home, 'daemon', '--stop'))
  }
  await run()
  await run()
  const both = readFileSync(path, 'utf8')
  assert.equal(both.match(/"event":"ready"/g)?.length, 2)
  assert.equal(both.match(/"event":"log","at":\d+,/g)?.length, 2)
  assert.equal(existsSync(`${path}.1`), false)
  const old = `${'an older line\n'.repeat(DAEMON_LOG_MAX_BYTES / 14)}the last old one\n`
  writeFileSync(path, old)
  await run()
  assert.ok(readFileSync(`${path}.1`, 'utf8').startsWith(old))
  const now = readFileSync(path, 'utf8')
  assert.match(now, /^\{.*"event":"done"/)
  assert.ok(now.length < DAEMON_LOG_MAX_BYTES / 1000)
})

test('a home whose name is too long for a socket works, also before it is there', async (t) => {
  const home = join(folderOf(t), 'ü'.repeat(100))
  const status = await floodgate(home, 'daemon', '--status')
  assert.equal(status.events.at(-1)?.code, 'no-daemon')
  const daemon = await startDaemon(t, home)
  assert.equal(doneOf(await floodgate(home, 'daemon', '--status')).pid, daemon.pid)
  doneOf(await daemon.stop())
})

test('a verb that another process runs says which of its options mean that process', async (t) => {
  const folder = folderOf(t)
  const home = join(folder, 'home')
  const torrent = makeZeros(folder, 'short.bin', PIECE_BYTES)
  await startDaemon(t, home)
  const words = ['get', torrent, '--out', folder]
  const { events } = await floodgate(home, ...words, '--up-limit=5kB', '--peer', '127.0.0.1:1')
  assert.deepEqual(events.find(({ event }) => event === 'unused')?.options, [
    ...['--peer', '--up-limit'],
  ])
  const plain = await floodgate(home, ...words)
  assert.equal(doneOf(plain) && plain.events.some(({ event }) => event === 'unused'), false)
})

/** Waits until the home at work has said how many contents it took up, also to its file. */
async function rowsOfLog(home: string): Promise<void> {
  const api = apiOf(home)
  await new Promise<void>((resolve, reject) => {
    const stop = api.updates(
      100,
      ({ log }) => {
        if (log?.text.startsWith('at work with') !== true) return
        stop()
        resolve()
      },
      (problem) => reject(new Error(`no more updates: ${problem?.message}`)),
    )
  })
}

/** What people may do to a content, in any order and at once. */
const DEEDS = ['pause', 'resume', 'remove', 'get', 'check', 'skip'] as const

test('whatever is done to contents at once, the last word holds, also after kill -9', async (t) => {
  const folder = folderOf(t)
  const home = join(folder, 'home')
  const torrents = [1, 2, 3].map((each) => makeZeros(folder, `${each}.bin`, each * PIECE_BYTES * 8))
  const first = await startDaemon(t, home)
  doneOf(await floodgate(home, 'get', ...torrents, '--out', folder))
  const api = apiOf(home)
  const cids = must(await api.call('state', {})).transfers.map(({ cid }) => cid)
  assert.equal(cids.length, torrents.length)
  const seed = Math.floor(Math.random() * 2 ** 31)
  t.diagnostic(`seed ${seed}`)
  let random = seed
  const dice = (sides: number): number => {
    random = (Math.imul(random, 1_103_515_245) + 12_345) & 0x7fffffff
    return (random >> 8) % sides
  }
  const get = (at: number) =>
    api.run(
      {
        words: ['get', torrents[at] as string, '--out', folder, '--detach', '--json'],
        ...{ folder, live: false, interactive: false, columns: 80 },
      },
      () => undefined,
    ).exit
  for (let round = 0; round < 12; round++) {
    const deeds = Array.from({ length: 12 }, () => {
      const [at, deed] = [dice(cids.length), DEEDS[dice(DEEDS.length)]]
      const cid = cids[at] as (typeof cids)[number]
      if (deed === 'get') return get(at)
      if (deed === 'remove') return api.call('remove', { cids: [cid], files: false })
      if (deed === 'skip') {
        return api.call('priorities', { cid, files: [{ number: 1, priority: 'normal' }] })
      }
      return api.call(deed ?? 'pause', { cids: [cid] })
    })
    for (const done of await Promise.all(deeds)) {
      if (typeof done === 'object' && refused(done)) assert.equal(done.code, 'unknown-cid')
    }
  }
  // The last word: one works, one rests, one is gone.
  for (const at of [0, 1, 2]) assert.equal((await get(at)).code, 0)
  const [works, rests, gone] = cids
  must(await api.call('resume', { cids: [works as never] }))
  must(await api.call('pause', { cids: [rests as never] }))
  must(await api.call('remove', { cids: [gone as never], files: false }))
  const states = async (): Promise<Record<string, string>> => {
    await rowOf(apiOf(home), ({ cid, state }) => cid === works && state === 'seeding')
    const { transfers } = must(await apiOf(home).call('state', {}))
    return Object.fromEntries(transfers.map(({ cid, state }) => [cid, state]))
  }
  const expected = { [works as string]: 'seeding', [rests as string]: 'paused' }
  assert.deepEqual(await states(), expected)
  await first.stop('SIGKILL')
  const second = await startDaemon(t, home)
  await rowOf(apiOf(home), ({ cid }) => cid === rests)
  assert.deepEqual(await states(), expected)
  doneOf(await second.stop())
})
