/**
 * A home with 1,000 contents: taken up, shown, paused and resumed as one, taken up again by the
 * next daemon. How long each took is told, never judged.
 */
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { homeAt } from '../../client/home.js'
import { attach } from '../../client/local/attach.js'
import type { Update } from '../../client/local/calls.js'
import type { LocalApi } from '../../client/local/local-api.js'
import { placeOf } from '../../client/local/place.js'
import { must } from '../../shared/errors.js'
import { encodeInfo, encodeTorrent } from '../../shared/metainfo.js'
import { hashPieces } from '../engine-content.js'
import { contentOf } from './market.js'
import { doneOf, floodgate, Program } from './programs.js'
import { updateOf } from './updates.js'

const CONTENTS_COUNT = 1000
const BYTES = 16_384
/** As long as updates are counted while nothing happens. */
const QUIET_MS = 3000

/** So many free torrents and their files, each of one piece. */
function makeContents(folder: string): void {
  const bytes = contentOf(BYTES + CONTENTS_COUNT)
  for (let at = 0; at < CONTENTS_COUNT; at++) {
    const name = `content-${String(at).padStart(4, '0')}.bin`
    const content = bytes.subarray(at, at + BYTES)
    const { infoBytes } = encodeInfo({
      ...{ name, files: [{ path: [name], length: BYTES }], singleFile: true },
      ...{ pieceLength: BYTES, private: false, source: undefined },
      hashes: hashPieces(content, BYTES),
    })
    writeFileSync(join(folder, name), content)
    const torrent = Buffer.from(encodeTorrent({ infoBytes, announce: [] }))
    writeFileSync(join(folder, `${name}.torrent`), torrent)
  }
}

async function startDaemon(t: TestContext, home: string): Promise<[Program, LocalApi]> {
  const daemon = new Program('floodgate', home, ['daemon', '--host', '127.0.0.1'])
  t.after(() => daemon.stop('SIGKILL'))
  await daemon.until('ready')
  return [daemon, must(attach(placeOf(homeAt(home), process.env)))]
}

/** What updates came until all contents are in this state. */
function until(api: LocalApi, state: string): Promise<Update[]> {
  const [seen, there] = [[] as Update[], new Set<string>()]
  return updateOf(`${CONTENTS_COUNT} contents that are ${state}`, api, (update) => {
    seen.push(update)
    if (update.transfer?.state === state) there.add(update.transfer.cid)
    else if (update.transfer !== undefined) there.delete(update.transfer.cid)
    return there.size === CONTENTS_COUNT && seen
  })
}

/** CPU time of a process so far, in clock ticks of 10 ms (Linux). */
async function cpuMs(pid: number): Promise<number> {
  const { readFile } = await import('node:fs/promises')
  const [user = 0, system = 0] = (await readFile(`/proc/${pid}/stat`, 'utf8'))
    .replace(/^.*\) /, '')
    .split(' ')
    .slice(11, 13)
    .map(Number)
  return (user + system) * 10
}

test('a thousand contents', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'floodgate-many-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const [data, home] = [join(folder, 'data'), join(folder, 'home')]
  mkdirSync(data)
  makeContents(data)
  const clock = (what: string, began: number): void =>
    t.diagnostic(`${what}: ${Math.round(performance.now() - began)} ms`)

  const [first, api] = await startDaemon(t, home)
  let began = performance.now()
  const seeding = new Program('floodgate', home, ['seed', data])
  await until(api, 'seeding')
  clock('taken up by a seed that the daemon runs', began)
  await seeding.stop()

  const before = await cpuMs(first.pid as number)
  const quiet: Update[] = []
  const end = api.updates(
    100,
    (update) => quiet.push(update),
    () => undefined,
  )
  await new Promise((resolve) => setTimeout(resolve, QUIET_MS))
  end()
  const used = (await cpuMs(first.pid as number)) - before
  t.diagnostic(
    `10 looks a second at all of them: ${Math.round((used / QUIET_MS) * 100)} % of a core`,
  )
  const again = quiet.filter(({ transfer }) => transfer !== undefined).slice(CONTENTS_COUNT)
  assert.deepEqual(again, [], 'a row that did not change is not told again')

  began = performance.now()
  const state = must(await api.call('state', {}))
  clock('state', began)
  assert.equal(state.transfers.length, CONTENTS_COUNT)
  const cids = state.transfers.map(({ cid }) => cid)
  began = performance.now()
  const pausing = until(api, 'paused')
  assert.deepEqual(must(await api.call('pause', { cids })).refused, [])
  await pausing
  clock('paused', began)
  began = performance.now()
  assert.deepEqual(must(await api.call('resume', { cids })).refused, [])
  clock('resumed', began)
  began = performance.now()
  assert.equal((await first.stop()).status, 0)
  clock('stopped', began)

  began = performance.now()
  const [second, next] = await startDaemon(t, home)
  await until(next, 'seeding')
  clock('taken up by the next daemon', began)
  doneOf(await floodgate(home, 'daemon', '--stop'))
  assert.equal((await second.ended).status, 0)
})
