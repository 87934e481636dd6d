/** The tables of docs/SECURITY.md and the attacks of test/adversary are the same. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { ROOT } from './source.js'

const FOLDER = join(ROOT, 'test/adversary')
const SUFFIX = '.test.ts'
const document = readFileSync(join(ROOT, 'docs/SECURITY.md'), 'utf8')
const subjects = readdirSync(FOLDER)
  .filter((name) => name.endsWith(SUFFIX))
  .map((name) => name.slice(0, -SUFFIX.length))

/** Names of the attacks that a test file plays. */
function attacksIn(source: string): string[] {
  return [...source.matchAll(/^ +attack: '([^']+)',$/gm)].map((match) => match[1] as string)
}

/** The places that a test file edits: the built file, and what must stand in it once. */
function editsIn(source: string): { file: string; from: string }[] {
  const edit = /\bfile: '([^']+)',\s+from:\s+(['"])(.+)\2,\n/g
  return [...source.matchAll(edit)].map((match) => {
    const from = (match[3] as string).replaceAll("\\'", "'")
    return { file: match[1] as string, from }
  })
}

/** Names and figures that the table of a subject has. */
function rowsIn(text: string, subject: string): string[][] {
  const [, table = ''] = new RegExp(
    `<!-- attacks ${subject}:[^>]*-->\n([^]*?)<!-- /attacks ${subject} -->`,
  ).exec(text) ?? ['', '']
  const lines = table.split('\n').filter((line) => line.startsWith('|'))
  return lines
    .slice(2)
    .map((line) => line.split(' | ').map((cell) => cell.replace(/^\| | \|$/g, '')))
}

for (const subject of subjects) {
  test(`every attack of ${subject} has its row, and every row its attack`, () => {
    const source = readFileSync(join(FOLDER, `${subject}${SUFFIX}`), 'utf8')
    assert.ok(source.includes(`attacksOn('${subject}'`), 'the file says its subject')
    const rows = rowsIn(document, subject)
    assert.deepEqual(
      rows.map(([attack]) => attack),
      attacksIn(source),
      `npm run build && node dist/test/adversary/write-table.js ${subject}`,
    )
    for (const [attack, ...rest] of rows) {
      assert.equal(rest.length, 5, attack)
      for (const lost of rest.slice(2)) assert.match(lost, /^[\d.]+ \/ [\d.]+$/, attack)
    }
  })
}

for (const subject of subjects) {
  test(`the defences that ${subject} switches off stand where it says`, () => {
    const source = readFileSync(join(FOLDER, `${subject}${SUFFIX}`), 'utf8')
    const edits = editsIn(source)
    const named = source.match(/^ *file: '/gm)?.length ?? 0
    assert.ok(edits.length > 0 && edits.length === named, `${edits.length} of ${named} were found`)
    for (const { file, from } of edits) {
      const built = readFileSync(join(ROOT, 'dist', file), 'utf8')
      assert.equal(built.split(from).length - 1, 1, `dist/${file}: ${from}`)
    }
  })
}

test('every table has a file of tests, and no attack stands twice', () => {
  const tables = [...document.matchAll(/<!-- attacks ([\w-]+):/g)].map((match) => match[1])
  assert.deepEqual(tables.toSorted(), subjects.toSorted())
  const attacks = subjects.flatMap((subject) => rowsIn(document, subject).map(([name]) => name))
  assert.equal(new Set(attacks).size, attacks.length)
})

test('rows and attacks are found', () => {
  const table = '<!-- attacks x: y -->\n| a | b |\n| --- |\n| c | d | 1 / 2 |\n<!-- /attacks x -->'
  assert.deepEqual(rowsIn(table, 'x'), [['c', 'd', '1 / 2']])
  assert.deepEqual(attacksIn("row({\n  attack: 'c',\n"), ['c'])
  const edit = "file: 'a/b.js',\n  from: 'if (c)',\n"
  assert.deepEqual(editsIn(edit), [{ file: 'a/b.js', from: 'if (c)' }])
})
