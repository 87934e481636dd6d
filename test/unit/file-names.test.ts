/** Names on disk: fit for every system, one per file, the same wherever they are made. */
import assert from 'node:assert/strict'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { Storage } from '../../client/engine/storage.js'
import { createReport } from '../../shared/command.js'
import { must } from '../../shared/errors.js'
import { FileNames, safeName } from '../../shared/file-names.js'
import type { PieceIndex } from '../../shared/identifier.js'
import { NAME_MAX_BYTES } from '../../shared/limits.js'
import { renamedFiles, reportRenamed } from '../../shared/renamed.js'
import { folder, makeContent } from '../engine-content.js'

const SAFE: readonly (readonly [name: string, safe: string])[] = [
  ['plain name.txt', 'plain name.txt'],
  ['Ünïcödé 名前.ogg', 'Ünïcödé 名前.ogg'],
  ['.hidden', '.hidden'],
  ['a:b', 'a_b'],
  ['<>:"|?*', '_______'],
  ['what?.mkv', 'what_.mkv'],
  ['photo\u202egpj.exe', 'photo_gpj.exe'],
  ['CON', '_CON'],
  ['nul.txt', '_nul.txt'],
  ['Com1.tar.gz', '_Com1.tar.gz'],
  ['LPT²', '_LPT²'],
  ['CONIN$', '_CONIN$'],
  ['con .txt', '_con .txt'],
  ['COM10', 'COM10'],
  ['console', 'console'],
  ['aux:', 'aux_'],
  ['dots...', 'dots___'],
  ['space ', 'space_'],
  ['nul ', '_nul_'],
  ['...', '___'],
  [' ', '_'],
  [`${'n'.repeat(255)}`, 'n'.repeat(255)],
  [`CON.${'n'.repeat(251)}`, `_CON.${'n'.repeat(250)}`],
  [`PRN${' '.repeat(240)}.${'é'.repeat(5)}`, `_PRN${' '.repeat(240)}.${'é'.repeat(5)}`],
]

for (const [name, safe] of SAFE) {
  test(`${JSON.stringify(name.slice(0, 40))} becomes ${JSON.stringify(safe.slice(0, 40))}`, () => {
    assert.equal(safeName(name), safe)
  })
}

/** Names as torrents have them: nothing that the check refuses, much that systems do not hold. */
const anyName = fc
  .string({
    unit: fc.constantFrom(...'aAbBäÄß.~ :?*2con', 'e\u0301', '\u00e9', 'ſ', 'K', '\u200d', '名'),
    minLength: 1,
    maxLength: 12,
  })
  .chain((name) => fc.constantFrom(name, name, name + name.repeat(20).slice(0, 230)))
  .filter((name) => Buffer.byteLength(name) <= NAME_MAX_BYTES && !/^\.{1,2}$/.test(name))

test('a safe name is short enough, stays as it is, and holds nothing forbidden', () => {
  fc.assert(
    fc.property(anyName, (name) => {
      const safe = safeName(name)
      assert.ok(safe !== '' && Buffer.byteLength(safe) <= NAME_MAX_BYTES)
      assert.equal(safeName(safe), safe)
      assert.ok(!/[<>:"|?*/\\]|[. ]$/.test(safe))
    }),
    { numRuns: 1000 },
  )
})

/** What Windows and macOS may compare by. */
const alike = (path: readonly string[]): string =>
  path.map((name) => name.normalize('NFD').toLowerCase()).join('/')

test('no two files of a torrent come to lie in one place, on any system', () => {
  const paths = fc.uniqueArray(fc.array(anyName, { minLength: 1, maxLength: 3 }), {
    maxLength: 60,
    selector: (path) => path.join('/'),
  })
  fc.assert(
    fc.property(paths, (list) => {
      const [names, again] = [new FileNames(), new FileNames()]
      const settled = list.map((path) => names.settle(path))
      assert.deepEqual(
        list.map((path) => again.settle(path)),
        settled,
      )
      const stored = settled.filter((each) => typeof each !== 'string')
      const seen = new Set(stored.map(alike))
      assert.equal(seen.size, stored.length)
      for (const path of stored) {
        assert.ok(path.every((name) => Buffer.byteLength(name) <= NAME_MAX_BYTES))
        // No file lies where another has a folder.
        for (let end = 1; end < path.length; end++) assert.ok(!seen.has(alike(path.slice(0, end))))
      }
    }),
    { numRuns: 1000 },
  )
})

test('names that fall together get numbers, before the extension', () => {
  const names = new FileNames()
  const settle = (name: string) => (names.settle(['c', name]) as string[])[1]
  const given = ['a?.txt', 'a_.txt', 'A_.TXT', 'a*.txt', 'a_~3.txt', 'caf\u00e9', 'cafe\u0301', 'x']
  assert.deepEqual(given.map(settle), [
    'a_.txt',
    'a_~2.txt',
    'A_~3.TXT',
    'a_~4.txt',
    'a_~3~2.txt',
    'caf\u00e9',
    'cafe\u0301~2',
    'x',
  ])
})

test('100,000 names that all fall together are settled like any others', () => {
  const names = new FileNames()
  const stored = new Set<string>()
  for (let index = 0; index < 100_000; index++) {
    // 17 letters in either case, and the rest the same to the last byte.
    const bits = Array.from({ length: 17 }, (_, bit) => ((index >> bit) & 1 ? 'N' : 'n'))
    const path = names.settle([bits.join('').padEnd(255, 'x')])
    stored.add((path as string[])[0] as string)
  }
  assert.equal(stored.size, 100_000)
})

test('a file gets its safe name, and is found under its own where it has it', async (t) => {
  const content = makeContent({ 'what?/a:b': 16_384, 'what?/CON': 16_384 }, 16_384)
  const [a, con] = [...content.files.values()] as [Uint8Array, Uint8Array]
  assert.deepEqual(renamedFiles(content.metainfo.files), [
    { path: 'content/what?/a:b', stored: 'content/what_/a_b' },
    { path: 'content/what?/CON', stored: 'content/what_/_CON' },
  ])
  const fetched = await folder(t)
  const storage = must(await Storage.open(content.metainfo, fetched))
  t.after(() => storage.close())
  assert.equal(await storage.write(0 as PieceIndex, a), undefined)
  assert.deepEqual(await readFile(join(fetched, 'content/what_/a_b')), Buffer.from(a))
  assert.deepEqual(await readdir(fetched, { recursive: true }), [
    'content',
    'content/what_',
    'content/what_/a_b',
  ])
  const published = await folder(t)
  await mkdir(join(published, 'content/what?'), { recursive: true })
  await writeFile(join(published, 'content/what?/CON'), con)
  const seed = must(await Storage.open(content.metainfo, published))
  t.after(() => seed.close())
  assert.deepEqual(Buffer.from(must(await seed.read(1 as PieceIndex, 0, 16_384))), Buffer.from(con))
})

test('a person is told of some renamed files, and how many more there are', () => {
  const sizes = Object.fromEntries(Array.from({ length: 25 }, (_, at) => [`${at}/\u202ea?`, 1]))
  const { metainfo } = makeContent(sizes, 16_384)
  const told = (json: boolean): string[] => {
    const lines: string[] = []
    reportRenamed(
      createReport(json, (line) => lines.push(line)),
      metainfo.files,
    )
    return lines
  }
  assert.equal(told(false).length, 21)
  assert.match(told(false)[0] ?? '', /the name content\/0\/\ufffda\?: stored as content\/0\/_a_$/)
  assert.match(told(false)[20] ?? '', /and 5 more/)
  const events = told(true).map((line) => JSON.parse(line))
  assert.deepEqual(events[0], {
    event: 'renamed',
    path: 'content/0/\u202ea?',
    stored: 'content/0/_a_',
  })
  assert.deepEqual(events[20], { event: 'renamed', more: 5 })
})
