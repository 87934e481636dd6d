/** What the disk does to a torrent: files change, go and come back, between runs and under us. */
import assert from 'node:assert/strict'
import { mkdir, open, rm, truncate, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { inspect } from '../../client/engine/inspect.js'
import type { Stock, StockBook } from '../../client/engine/stock.js'
import { must } from '../../shared/errors.js'
import { WRITES_MAX_BYTES } from '../../shared/limits.js'
import {
  at,
  type Content,
  folder,
  hasher,
  makeContent,
  startNode,
  writeContent,
  wrongFiles,
} from '../engine-content.js'
import { until } from '../until.js'

const KIB = 1024
const FILES = { 'a.bin': 300 * KIB, 'b.bin': 200 * KIB + 1, 'c/d.bin': 100 * KIB }

/** A book in memory. */
function book(): StockBook & { stock: Stock | undefined } {
  return {
    stock: undefined,
    recall() {
      return this.stock
    },
    keep(stock) {
      this.stock = stock
    },
  }
}

async function overwrite(path: string, position: number, text: string): Promise<void> {
  const handle = await open(path, 'r+')
  await handle.write(Buffer.from(text), 0, text.length, position)
  await handle.close()
}

/** What a start finds, by the book: pieces, and which of them it had to hash. */
async function started(t: TestContext, content: Content, inside: string, stock: StockBook) {
  const node = await startNode(t, content, inside, { stock })
  const { have } = node.swarm.stats()
  await node.stop()
  return have
}

test('what did not change is not hashed again, what changed in any way is', async (t) => {
  const content = makeContent(FILES, 16 * KIB)
  const inside = await folder(t)
  await writeContent(content, inside)
  const stock = book()
  const { pieceCount } = content.metainfo
  assert.equal(await started(t, content, inside, stock), pieceCount)

  // A book that says less is believed: nothing was read.
  const kept = stock.stock as Stock
  stock.stock = { ...kept, pieces: new Uint8Array(kept.pieces.length).fill(0xf0, 0, 2) }
  assert.equal(await started(t, content, inside, stock), 8)
  stock.stock = kept

  // Same size, and the time of the content put back.
  const path = join(inside, 'content/a.bin')
  const { mtime, atime } = await (await import('node:fs/promises')).stat(path)
  await overwrite(path, 20 * KIB, 'damage')
  await utimes(path, atime, mtime)
  assert.equal(await started(t, content, inside, stock), pieceCount - 1)

  await truncate(join(inside, 'content/b.bin'), 100)
  await rm(join(inside, 'content/c'), { recursive: true })
  const have = await started(t, content, inside, stock)
  // `a` fills pieces 0 to 18, of which 1 is damaged and 18 shared with `b`.
  assert.equal(have, 17)
})

test('what was changed while it was seeded, or after it came, is hashed again', async (t) => {
  const content = makeContent(FILES, 16 * KIB)
  const [from, to] = [await folder(t), await folder(t)]
  await writeContent(content, from)
  const stocks = [book(), book()] as const
  const seed = await startNode(t, content, from, { stock: stocks[0] })
  const leech = await startNode(t, content, to, { stock: stocks[1], sync: true })
  leech.swarm.addPeers([at(seed)])
  await leech.done
  for (const inside of [from, to]) {
    await overwrite(join(inside, 'content/a.bin'), 20 * KIB, 'damage')
  }
  await leech.stop()
  await seed.stop()
  const { pieceCount } = content.metainfo
  assert.equal(await started(t, content, from, stocks[0]), pieceCount - 1)
  assert.equal(await started(t, content, to, stocks[1]), pieceCount - 1)

  // What nobody else touched is believed: nothing of it is read.
  const untouched = stocks[1].stock as Stock
  stocks[1].stock = { ...untouched, pieces: new Uint8Array(untouched.pieces.length) }
  assert.equal(await started(t, content, to, stocks[1]), 0)
})

test('a file that went while it was seeded, and was not missed, is not had', async (t) => {
  const content = makeContent(FILES, 16 * KIB)
  const inside = await folder(t)
  await writeContent(content, inside)
  const stock = book()
  const seed = await startNode(t, content, inside, { stock })
  await rm(join(inside, 'content/a.bin'))
  await seed.stop()
  // `a` fills pieces 0 to 18, the last one shared with `b`.
  assert.equal(await started(t, content, inside, stock), content.metainfo.pieceCount - 19)
})

test('a book of another content is not believed', async (t) => {
  const content = makeContent(FILES, 16 * KIB)
  const inside = await folder(t)
  await writeContent(content, inside)
  const stock = book()
  stock.stock = { pieces: new Uint8Array(1), stamps: new Uint8Array(8) }
  assert.equal(await started(t, content, inside, stock), content.metainfo.pieceCount)
})

test('a file that is too long is cut for a download and left alone for a seed', async (t) => {
  const content = makeContent(FILES, 16 * KIB)
  const inside = await folder(t)
  await writeContent(content, inside)
  const path = join(inside, 'content/b.bin')
  await truncate(path, 300 * KIB)
  assert.equal(await started(t, content, inside, book()), content.metainfo.pieceCount)
  assert.deepEqual(await wrongFiles(content, inside), ['content/b.bin'])
  const node = await startNode(t, content, inside, { cut: true })
  assert.ok(node.swarm.done)
  assert.deepEqual(await wrongFiles(content, inside), [])
})

test('a seed whose file is emptied serves no junk, and fetches it again', async (t) => {
  const content = makeContent(FILES, 16 * KIB)
  const [one, two, to] = [await folder(t), await folder(t), await folder(t)]
  await writeContent(content, one)
  await writeContent(content, two)
  const losses: number[] = []
  const events = { lost: (pieces: readonly number[]) => losses.push(pieces.length) }
  const shaky = await startNode(t, content, one, { events })
  await truncate(join(one, 'content/a.bin'), 0)
  const leech = await startNode(t, content, to)
  leech.swarm.addPeers([at(shaky)])
  await until('the loss', () => losses.length > 0)
  // All of `a` and the piece that it shares with `b`, in one go.
  assert.deepEqual(losses, [19])
  assert.equal(shaky.swarm.done, false)
  const left = content.metainfo.pieceCount - 19
  await until('all that is left', () => leech.swarm.stats().have >= left)
  assert.equal(leech.swarm.stats().have, left)

  const steady = await startNode(t, content, two)
  shaky.swarm.addPeers([at(steady)])
  leech.swarm.addPeers([at(steady)])
  await leech.done
  await until('the lost pieces', () => shaky.swarm.done)
  await leech.stop()
  await shaky.stop()
  assert.deepEqual(await wrongFiles(content, to), [])
  assert.deepEqual(await wrongFiles(content, one), [])
  assert.equal(leech.swarm.stats().downloadedBytes, content.metainfo.length)
})

test('an inspection says file by file what is wrong', async (t) => {
  const content = makeContent({ ...FILES, 'e.bin': 1, 'f.bin': 0 }, 16 * KIB)
  const inside = await folder(t)
  await writeContent(content, inside)
  const { metainfo } = content
  const look = async (only = '') => {
    const among = ({ path }: { path: readonly string[] }) => path.join('/').includes(only)
    const job = {
      metainfo,
      folder: inside,
      hasher,
      stopped: () => false,
      looked: () => {},
      among,
      chosen: undefined,
    }
    const { good, pieces, wrong } = must(await inspect(job))
    return {
      good,
      pieces,
      wrong: wrong.map(({ bad, file, size }) => [file.path.at(-1), size, bad]),
    }
  }
  assert.deepEqual(await look(), { good: 38, pieces: 38, wrong: [] })
  await overwrite(join(inside, 'content/a.bin'), 20 * KIB, 'damage')
  await truncate(join(inside, 'content/c/d.bin'), 120 * KIB)
  await rm(join(inside, 'content/f.bin'))
  assert.deepEqual(await look(), {
    ...{ good: 37, pieces: 38 },
    wrong: [
      ['a.bin', 300 * KIB, 1],
      ['d.bin', 120 * KIB, 0],
      ['f.bin', undefined, 0],
    ],
  })
  assert.deepEqual(await look('b.bin'), { good: 14, pieces: 14, wrong: [] })
})

test('more than may wait for the disk at a time comes through', async (t) => {
  const content = makeContent({ 'file.bin': WRITES_MAX_BYTES + 4096 * KIB }, 1024 * KIB)
  const [from, to] = [await folder(t), await folder(t)]
  await writeContent(content, from)
  const seed = await startNode(t, content, from, { trusted: true })
  const leech = await startNode(t, content, to)
  leech.swarm.addPeers([at(seed)])
  await leech.done
  await leech.stop()
  assert.deepEqual(await wrongFiles(content, to), [])
})

test('a folder in the place of a file, or nothing at all, is no piece', async (t) => {
  const content = makeContent(FILES, 16 * KIB)
  const inside = await folder(t)
  await mkdir(join(inside, 'content/a.bin'), { recursive: true })
  await writeFile(join(inside, 'content/c'), 'a file where a folder should be')
  assert.equal(await started(t, content, inside, book()), 0)
})
