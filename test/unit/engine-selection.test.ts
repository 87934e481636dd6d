/** Some files of a torrent: what is chosen and fetched, and where the rest of a piece lies. */
import assert from 'node:assert/strict'
import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import {
  chooseFiles,
  pieceLevels,
  reselect,
  type Selection,
  sharedPieces,
  UNWANTED,
  type Want,
} from '../../client/engine/selection.js'
import type { Stock, StockBook } from '../../client/engine/stock.js'
import { must, refused } from '../../shared/errors.js'
import { at, folder, makeContent, startNode, writeContent, wrongFiles } from '../engine-content.js'
import { until } from '../until.js'

const KIB = 1024
// In pieces of 16 KiB: a 0 to 1, b 1 to 3, c 4 (whole), empty nowhere, d 5 to 6.
const SIZES = {
  'a.bin': 20 * KIB,
  'cd/b.bin': 44 * KIB,
  'cd/c.bin': 16 * KIB,
  'empty.txt': 0,
  'd.bin': 20 * KIB,
}
const content = makeContent(SIZES, 16 * KIB)
const { metainfo } = content
const PARTS = `.floodgate-${metainfo.cid}.parts`

/** A selection of these files, one as much as the other. */
function only(...files: number[]): Map<number, Want> {
  return new Map(files.map((file) => [file, 'normal']))
}

function chosen(...texts: string[]): number[] | undefined {
  const selection: Selection = must(chooseFiles(metainfo, texts))
  return selection === undefined ? undefined : [...selection.keys()]
}

test('files are chosen by number, range, pattern and folder', () => {
  assert.deepEqual(chosen('2'), [1])
  assert.deepEqual(chosen('1,5'), [0, 4])
  assert.deepEqual(chosen('2-4'), [1, 2, 3])
  assert.deepEqual(chosen('*.bin'), [0, 1, 2, 4])
  assert.deepEqual(chosen('cd', 'a.bin'), [1, 2, 0])
  assert.deepEqual(chosen('cd/'), [1, 2])
  assert.deepEqual(chosen('?.bin'), [0, 4])
  assert.equal(chosen('*'), undefined)
  assert.equal(chosen('1-5'), undefined)
  for (const text of ['6', '0', 'a', '*.txt,b.bin', '']) {
    const problem = chooseFiles(metainfo, [text])
    assert.ok(refused(problem) && problem.code === 'usage', text)
  }
})

test('pieces that are wanted, and pieces that files share', () => {
  const wanted = (...files: number[]) => {
    const levels = pieceLevels(metainfo, only(...files))
    return [...levels.keys()].filter((piece) => levels[piece] !== UNWANTED)
  }
  assert.deepEqual(wanted(0), [0, 1])
  assert.deepEqual(wanted(1, 4), [1, 2, 3, 5, 6])
  assert.deepEqual(wanted(3), [])
  assert.deepEqual(sharedPieces(metainfo), [1])
  const levels = pieceLevels(
    metainfo,
    new Map<number, Want>([
      [0, 'low'],
      [1, 'high'],
      [4, 'normal'],
    ]),
  )
  assert.deepEqual([...levels], [1, 3, 3, 3, 0, 2, 2])
})

test('files are wanted more, less, or not; the whole is no selection', () => {
  const some = reselect(
    metainfo,
    undefined,
    new Map([
      [0, undefined],
      [2, 'high'],
    ]),
  )
  assert.deepEqual(
    [...(some ?? [])],
    [
      [1, 'normal'],
      [2, 'high'],
      [3, 'normal'],
      [4, 'normal'],
    ],
  )
  const back = new Map<number, Want>([
    [0, 'normal'],
    [2, 'normal'],
  ])
  assert.equal(reselect(metainfo, some, back), undefined)
})

/** A book in memory. */
function book(): StockBook {
  let stock: Stock | undefined
  return {
    recall: () => stock,
    keep: (kept) => {
      stock = kept
    },
  }
}

test('only chosen files are made; what comes along is kept aside, and used later', async (t) => {
  const [from, to] = [await folder(t), await folder(t)]
  await writeContent(content, from)
  const seed = await startNode(t, content, from)
  const stock = book()
  const fetch = async (selection: Selection) => {
    const leech = await startNode(t, content, to, { chosen: selection, stock })
    leech.swarm.addPeers([at(seed)])
    await leech.done
    assert.equal(leech.swarm.stats().missing, 0)
    await leech.stop()
    return leech.swarm.stats()
  }
  const first = await fetch(only(1))
  assert.deepEqual([first.have, first.downloadedBytes], [3, 3 * 16 * KIB])
  assert.deepEqual(await readdir(join(to, 'content')), ['cd'])
  assert.deepEqual(await readdir(to), [PARTS, 'content'].sort())
  assert.deepEqual((await wrongFiles(content, to)).includes('content/cd/b.bin'), false)
  // Nothing is fetched again, and the shared piece is served from both places.
  assert.equal((await fetch(only(1))).downloadedBytes, 0)
  const other = await folder(t)
  const partial = await startNode(t, content, to, { chosen: only(1) })
  const reader = await startNode(t, content, other, { chosen: only(0) })
  reader.swarm.addPeers([at(partial)])
  await until('the shared piece', () => reader.swarm.stats().have > 0)
  assert.equal(partial.swarm.stats().have, 3)
  await reader.stop()
  await partial.stop()

  // With `a` chosen as well only its first piece is missing: the second lies aside.
  const second = await fetch(only(0, 1, 3))
  assert.deepEqual([second.have, second.downloadedBytes], [4, 16 * KIB])
  assert.deepEqual((await wrongFiles(content, to)).sort(), ['content/cd/c.bin', 'content/d.bin'])
  assert.equal((await stat(join(to, 'content/empty.txt'))).size, 0)

  const last = await fetch(undefined)
  assert.deepEqual([last.have, last.downloadedBytes], [7, 3 * 16 * KIB - 12 * KIB])
  assert.deepEqual(await wrongFiles(content, to), [])
  assert.deepEqual(await readdir(to), ['content'])
})

test('a file that was there before is filled although it is not chosen', async (t) => {
  const [from, to] = [await folder(t), await folder(t)]
  await writeContent(content, from)
  await writeContent(content, to)
  await rm(join(to, 'content/cd/b.bin'))
  const seed = await startNode(t, content, from)
  const leech = await startNode(t, content, to, { chosen: only(1) })
  leech.swarm.addPeers([at(seed)])
  await leech.done
  await leech.stop()
  assert.deepEqual(await wrongFiles(content, to), [])
  assert.deepEqual(await readdir(to), ['content'])
})

test('without need of any piece a selection is done at once', async (t) => {
  const to = await folder(t)
  const leech = await startNode(t, content, to, { chosen: only(3) })
  assert.ok(leech.swarm.done)
  assert.deepEqual(await readdir(join(to, 'content')), ['empty.txt'])
})
