/** A content on disk: pieces over several files, nothing outside the folder, errors as refusals. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdir, readdir, readFile, stat, symlink, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { checkPieces } from '../../client/engine/check.js'
import { Storage } from '../../client/engine/storage.js'
import { concat, equal } from '../../shared/bytes.js'
import { must, refused } from '../../shared/errors.js'
import type { PieceIndex } from '../../shared/identifier.js'
import { pieceSize } from '../../shared/metainfo.js'
import {
  type Content,
  folder,
  hasher,
  makeContent,
  writeContent,
  wrongFiles,
} from '../engine-content.js'

const KIB = 1024
const SIZES = { a: 10 * KIB, 'd/empty': 0, 'd/b': 1, 'd/e/c': 40 * KIB, 'd/f': 3 * KIB }

function stream(content: Content): Uint8Array {
  return concat(...content.files.values())
}

function pieceOf(content: Content, piece: number): Uint8Array {
  const start = piece * content.metainfo.pieceLength
  return stream(content).subarray(start, start + content.metainfo.pieceLength)
}

async function opened(t: TestContext, content: Content, inside: string): Promise<Storage> {
  const storage = must(await Storage.open(content.metainfo, inside))
  t.after(() => storage.close())
  return storage
}

test('pieces written in any order make the files, and read back at any offset', async (t) => {
  const content = makeContent(SIZES, 16 * KIB)
  const inside = join(await folder(t), 'made', 'below')
  const storage = await opened(t, content, inside)
  for (const piece of [2, 0, 3, 1]) {
    assert.equal(await storage.write(piece as PieceIndex, pieceOf(content, piece)), undefined)
  }
  assert.equal(await storage.createEmptyFiles(undefined), undefined)
  assert.equal(await storage.flush(), undefined)
  assert.deepEqual(await wrongFiles(content, inside), [])
  const whole = stream(content)
  for (let offset = 0; offset < 16 * KIB; offset += 1111) {
    const length = Math.min(5000, 16 * KIB - offset)
    const found = must(await storage.read(0 as PieceIndex, offset, length))
    assert.ok(equal(found, whole.subarray(offset, offset + length)))
  }
})

test('a file comes into being with its first piece, at its full length', async (t) => {
  const content = makeContent(SIZES, 16 * KIB)
  const inside = await folder(t)
  const storage = await opened(t, content, inside)
  assert.deepEqual(await readdir(inside), [])
  await storage.write(2 as PieceIndex, pieceOf(content, 2))
  assert.equal((await stat(join(inside, 'content/d/e/c'))).size, 40 * KIB)
  assert.deepEqual(await readdir(join(inside, 'content')), ['d'])
})

test('more files than may be open at a time', async (t) => {
  const sizes = Object.fromEntries(Array.from({ length: 150 }, (_, at) => [`f/${at}`, 1000 + at]))
  const content = makeContent(sizes, 16 * KIB)
  const inside = await folder(t)
  const storage = await opened(t, content, inside)
  const writes = Array.from({ length: content.metainfo.pieceCount }, (_, piece) =>
    storage.write(piece as PieceIndex, pieceOf(content, piece)),
  )
  assert.ok((await Promise.all(writes)).every((problem) => problem === undefined))
  assert.equal(await storage.flush(), undefined)
  assert.equal(await storage.close(), undefined)
  assert.deepEqual(await wrongFiles(content, inside), [])
})

test('padding is zeros that are never stored', async (t) => {
  const content = makeContent({ 'c/a': 16 * KIB, 'c/pad': 16 * KIB, 'c/b': 5 }, 32 * KIB)
  const files = content.metainfo.files.map((file, at) => ({ ...file, padding: at === 1 }))
  const inside = await folder(t)
  const storage = must(await Storage.open({ ...content.metainfo, files }, inside))
  t.after(() => storage.close())
  await storage.write(0 as PieceIndex, pieceOf(content, 0))
  const found = must(await storage.read(0 as PieceIndex, 16 * KIB - 1, 3))
  assert.deepEqual([...found], [pieceOf(content, 0)[16 * KIB - 1], 0, 0])
  assert.deepEqual(await readdir(join(inside, 'content/c')), ['a'])
})

test('the check finds what is whole, and only that', async (t) => {
  const content = makeContent(SIZES, 4 * KIB)
  const inside = await folder(t)
  await writeContent(content, inside)
  const never = () => false
  const check = async () => {
    const storage = await opened(t, content, inside)
    const files = must(await storage.survey())
    const { metainfo } = content
    const have = must(await checkPieces({ metainfo, storage, hasher, files, stopped: never }))
    return Array.from({ length: content.metainfo.pieceCount }, (_, at) => have.has(at))
  }
  assert.ok((await check()).every((whole) => whole))
  await truncate(join(inside, 'content/d/e/c'), 20 * KIB)
  await writeFile(join(inside, 'content/a'), new Uint8Array(10 * KIB))
  // Pieces 0 to 2 touch `a`; from byte 30 KiB + 1 on, `c` is gone; piece 13 holds only `f`.
  const expected = content.metainfo.pieceCount
  const whole = (await check()).flatMap((good, at) => (good ? [at] : []))
  assert.deepEqual(whole, [3, 4, 5, 6, expected - 1])
})

test('links below the folder are not followed', async (t) => {
  const content = makeContent(SIZES, 16 * KIB)
  const outside = await folder(t)
  for (const link of ['content', 'content/d', 'content/a']) {
    const inside = await folder(t)
    const storage = await opened(t, content, inside)
    if (link !== 'content') await mkdir(join(inside, 'content'))
    await symlink(link === 'content/a' ? join(outside, 'a') : outside, join(inside, link))
    const first = await storage.write(0 as PieceIndex, pieceOf(content, 0))
    assert.ok(first !== undefined && first.code === 'not-writable', link)
  }
  assert.deepEqual(await readdir(outside), [])
})

test('the chosen folder itself may be a link', async (t) => {
  const content = makeContent(SIZES, 16 * KIB)
  const [real, other] = [await folder(t), await folder(t)]
  await symlink(real, join(other, 'link'))
  const storage = await opened(t, content, join(other, 'link'))
  assert.equal(await storage.write(0 as PieceIndex, pieceOf(content, 0)), undefined)
  assert.equal((await readFile(join(real, 'content/a'))).length, 10 * KIB)
})

test('a file that shrinks under a seed is a refusal, not junk', async (t) => {
  const content = makeContent({ file: 32 * KIB }, 16 * KIB)
  const inside = await folder(t)
  await writeContent(content, inside)
  const storage = await opened(t, content, inside)
  must(await storage.read(1 as PieceIndex, 0, pieceSize(content.metainfo, 1 as PieceIndex)))
  await truncate(join(inside, 'file'), 20 * KIB)
  const result = await storage.read(1 as PieceIndex, 0, 16 * KIB)
  assert.ok(refused(result) && result.code === 'data-lost')
})

test('a folder that cannot be made is a refusal', async () => {
  const content = makeContent({ file: 32 * KIB }, 16 * KIB)
  const result = await Storage.open(content.metainfo, '/dev/null/below')
  assert.ok(refused(result) && result.code === 'not-writable')
})

test('a full disk is a refusal of its own', async (t) => {
  const content = makeContent({ file: 256 * KIB }, 64 * KIB)
  const inside = await folder(t)
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=100k', 'none', inside])
  if (mounted.status !== 0) {
    t.skip('needs the right to mount a small file system')
    return
  }
  const problems: (string | undefined)[] = []
  try {
    const storage = must(await Storage.open(content.metainfo, inside))
    for (const piece of [0, 1, 2]) {
      problems.push((await storage.write(piece as PieceIndex, pieceOf(content, piece)))?.code)
    }
    await storage.close()
  } finally {
    spawnSync('umount', [inside])
  }
  assert.deepEqual(problems, [undefined, 'disk-full', 'disk-full'])
})
