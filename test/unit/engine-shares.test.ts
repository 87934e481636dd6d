/** What the contents of one process share: connections, open files, memory for pieces. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Budget } from '../../client/engine/budget.js'
import { Handles } from '../../client/engine/handles.js'
import { Storage } from '../../client/engine/storage.js'
import { concat, equal } from '../../shared/bytes.js'
import { must } from '../../shared/errors.js'
import type { PieceIndex } from '../../shared/identifier.js'
import { pieceSize } from '../../shared/metainfo.js'
import { CONNECTIONS_PROCESS_MAX_COUNT } from '../../shared/swarm-limits.js'
import {
  at,
  folder,
  makeContent,
  resources,
  startNode,
  writeContent,
  wrongFiles,
} from '../engine-content.js'

const KIB = 1024

/** Takes places until there is none for the user; how many it got. */
function takeAll(budget: Budget, user: object): number {
  let count = 0
  while (budget.take(user)) count++
  return count
}

test('one alone has all places; with others a quarter stays for who has less', () => {
  const budget = new Budget(100)
  const [a, b, c] = [{}, {}, {}]
  assert.equal(budget.take(a), false)
  budget.join(a)
  assert.equal(takeAll(budget, a), 100)
  for (let count = 0; count < 100; count++) budget.give(a)
  budget.join(b)
  assert.equal(takeAll(budget, a), 75)
  assert.equal(takeAll(budget, b), 25)
  budget.join(c)
  assert.equal(takeAll(budget, c), 0)
  for (let count = 0; count < 10; count++) budget.give(a)
  assert.equal(takeAll(budget, a), 0)
  assert.equal(takeAll(budget, c), 10)
  assert.equal(Math.round(budget.part), 33)
  budget.leave(a)
  // Up to its half whatever is left, then up to three quarters of all.
  assert.equal(takeAll(budget, b), 40)
  budget.give(a)
  assert.equal(takeAll(budget, c), 25)
})

test('files of all contents share the handles; the one used longest ago is closed', async (t) => {
  const handles = new Handles(16)
  const sizes = Object.fromEntries(Array.from({ length: 30 }, (_, file) => [`f/${file}`, 16 * KIB]))
  const contents = [makeContent(sizes, 16 * KIB), makeContent(sizes, 16 * KIB)]
  const storages: Storage[] = []
  for (const content of contents) {
    const inside = await folder(t)
    await writeContent(content, inside)
    const storage = must(await Storage.open(content.metainfo, inside, undefined, handles))
    t.after(() => storage.close())
    storages.push(storage)
  }
  let most = 0
  for (let piece = 0 as PieceIndex; piece < 30; piece++) {
    for (const [at, storage] of storages.entries()) {
      const { files, metainfo } = contents[at] as (typeof contents)[number]
      const found = must(await storage.read(piece, 0, pieceSize(metainfo, piece)))
      assert.ok(
        equal(
          found,
          concat(...files.values())
            .subarray(piece * 16 * KIB)
            .subarray(0, 16 * KIB),
        ),
      )
      most = Math.max(most, handles.size)
    }
  }
  assert.equal(most, 16)
  for (const storage of storages) await storage.close()
  assert.equal(handles.size, 0)
})

test('several torrents of one process download side by side', async (t) => {
  const shared = resources()
  const contents = [1, 2, 3].map((size) =>
    makeContent({ [`${size}.bin`]: size * 700 * KIB }, 64 * KIB),
  )
  const [from, to] = [await folder(t), await folder(t)]
  const leeches = []
  for (const content of contents) {
    await writeContent(content, from)
    const seed = await startNode(t, content, from)
    const leech = await startNode(t, content, to, { resources: shared })
    leech.swarm.addPeers([at(seed)])
    leeches.push(leech)
  }
  await Promise.all(leeches.map((leech) => leech.done))
  await Promise.all(leeches.map((leech) => leech.stop()))
  for (const content of contents) assert.deepEqual(await wrongFiles(content, to), [])
  assert.equal(shared.handles.size, 0)
  const user = {}
  shared.connections.join(user)
  assert.equal(takeAll(shared.connections, user), CONNECTIONS_PROCESS_MAX_COUNT)
})
