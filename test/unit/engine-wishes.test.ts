/** What a person changes while a content is fetched: files, their order, limits. */
import assert from 'node:assert/strict'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { Limiter } from '../../client/engine/limiter.js'
import type { Selection, Want } from '../../client/engine/selection.js'
import { must, refused } from '../../shared/errors.js'
import {
  at,
  folder,
  makeContent,
  resources,
  startNode,
  writeContent,
  wrongFiles,
} from '../engine-content.js'
import { until } from '../until.js'

const KIB = 1024
const SIZES = { 'a.bin': 200 * KIB, 'b.bin': 200 * KIB, 'c.bin': 200 * KIB }
const content = makeContent(SIZES, 16 * KIB)
const { metainfo } = content

const only = (...files: number[]): Selection => new Map(files.map((file) => [file, 'normal']))

test('files that are chosen later are fetched too, with what lay aside of them', async (t) => {
  const [from, to] = [await folder(t), await folder(t)]
  await writeContent(content, from)
  const seed = await startNode(t, content, from)
  const leech = await startNode(t, content, to, { chosen: only(1) })
  leech.swarm.addPeers([at(seed)])
  await leech.done
  assert.deepEqual(await readdir(join(to, 'content')), ['b.bin'])
  const { have } = leech.swarm.stats()

  assert.equal(must((await leech.swarm.choose(undefined)) ?? true), true)
  assert.deepEqual([leech.swarm.done, leech.swarm.missing], [false, metainfo.pieceCount - have])
  await until('what is wanted now', () => leech.swarm.done)
  await leech.stop()
  assert.deepEqual(await wrongFiles(content, to), [])
  assert.deepEqual(await readdir(to), ['content'])
  assert.equal(leech.swarm.stats().downloadedBytes, metainfo.length)
})

test('what is not wanted any more is not fetched, and can be wanted again', async (t) => {
  const [from, to] = [await folder(t), await folder(t)]
  await writeContent(content, from)
  const leech = await startNode(t, content, to)
  assert.equal(await leech.swarm.choose(only(0)), undefined)
  const seed = await startNode(t, content, from)
  leech.swarm.addPeers([at(seed)])
  await leech.done
  assert.deepEqual(await readdir(join(to, 'content')), ['a.bin'])
  assert.equal(await leech.swarm.choose(only(0, 2)), undefined)
  await until('what is wanted now', () => leech.swarm.done)
  assert.equal(await leech.swarm.choose(only(2)), undefined)
  assert.ok(leech.swarm.done)
  await leech.stop()
  assert.deepEqual(await wrongFiles(content, to), ['content/b.bin'])
  const closed = await leech.swarm.choose(undefined)
  assert.ok(refused(closed) && closed.code === 'interrupted')
})

test('giving up what is under way ends the download, and nothing of it comes back', async (t) => {
  const [from, to] = [await folder(t), await folder(t)]
  await writeContent(content, from)
  const seed = await startNode(t, content, from, { resources: resources(400_000) })
  let first = () => {}
  const begun = new Promise<void>((resolve) => {
    first = resolve
  })
  const leech = await startNode(t, content, to, { events: { verified: () => first() } })
  leech.swarm.addPeers([at(seed)])
  await begun
  assert.equal(await leech.swarm.choose(new Map()), undefined)
  await leech.done
  assert.equal(leech.swarm.missing, 0)
  assert.ok(leech.swarm.stats().have < metainfo.pieceCount)
})

test('the more wanted file comes first, whatever its place', async (t) => {
  const [from, to] = [await folder(t), await folder(t)]
  await writeContent(content, from)
  const seed = await startNode(t, content, from, { resources: resources(4_000_000) })
  const order: number[] = []
  const wants = new Map<number, Want>([
    [0, 'low'],
    [1, 'normal'],
    [2, 'high'],
  ])
  const leech = await startNode(t, content, to, {
    chosen: wants,
    events: { verified: (piece) => order.push(piece) },
  })
  leech.swarm.addPeers([at(seed)])
  await leech.done
  const meanOf = (file: number) => {
    const places = order.flatMap((piece, place) =>
      Math.floor((piece * 16) / 200) === file ? [place] : [],
    )
    return places.reduce((sum, place) => sum + place, 0) / places.length
  }
  assert.ok(meanOf(2) < meanOf(1) && meanOf(1) < meanOf(0), order.join())
})

/** How far on average a piece came from its place among these. */
function disorder(order: readonly number[]): number {
  const places = new Map([...order].sort((a, b) => a - b).map((piece, place) => [piece, place]))
  const off = order.map((piece, place) => Math.abs((places.get(piece) ?? 0) - place))
  return off.reduce((sum, each) => sum + each, 0) / off.length
}

test('a download can be set to come in order while it runs', async (t) => {
  const long = makeContent({ 'file.bin': 800 * 16 * KIB }, 16 * KIB)
  const [from, to] = [await folder(t), await folder(t)]
  await writeContent(long, from)
  const seed = await startNode(t, long, from, { resources: resources(8_000_000) })
  const order: number[] = []
  const leech = await startNode(t, long, to, {
    events: {
      verified: (piece) => {
        order.push(piece)
        if (order.length === 100) leech.swarm.inOrder(true)
      },
    },
  })
  leech.swarm.addPeers([at(seed)])
  await leech.done
  // What was asked for before comes as it was asked for.
  const later = order.slice(500)
  assert.ok(disorder(order.slice(0, 100)) > 10, order.join())
  assert.ok(disorder(later) < 5, order.join())
})

test('under a download limit all comes in, and the limit can be lifted', async (t) => {
  const [from, to] = [await folder(t), await folder(t)]
  await writeContent(content, from)
  const seed = await startNode(t, content, from)
  const shared = resources(undefined, 300_000)
  const asked: number[] = []
  const leech = await startNode(t, content, to, {
    resources: shared,
    events: {
      verified: (piece) => {
        asked.push(piece)
        if (asked.length === 10) shared.intake.limit = undefined
      },
    },
  })
  leech.swarm.addPeers([at(seed)])
  await leech.done
  assert.deepEqual([shared.intake.limit, asked.length], [undefined, metainfo.pieceCount])
  await leech.stop()
  assert.deepEqual(await wrongFiles(content, to), [])
})

test('a limit that changes holds at once, for those who wait as well', async () => {
  let now = 0
  const limiter = new Limiter(1000, () => now)
  const first = limiter.enter({ debt: 0 }, 16_384)
  now += 1000
  await first
  limiter.leave()
  // In debt by 16 s of its rate: only another limit lets the next one through now.
  const next = limiter.enter({ debt: 0 }, 16_384)
  assert.ok(limiter.waitMs > 30_000, `${limiter.waitMs}`)
  limiter.limit = undefined
  await next
  limiter.leave()
  assert.equal(limiter.limit, undefined)
  limiter.limit = 5000
  assert.equal(limiter.limit, 5000)
})
