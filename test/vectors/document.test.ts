/**
 * docs/PROTOCOL.md against the code: its tables of codes and limits, and the map of the paper.
 */
import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { CODES, faultOf } from '../../shared/errors.js'
import { withTables } from './document.js'
import { RECORDS } from './labels.js'
import { DOCUMENT, ROOT, VECTORS } from './paths.js'
import type { Vector } from './vector.js'

const document = readFileSync(DOCUMENT, 'utf8')
const vectors: Vector[] = readdirSync(VECTORS)
  .filter((name) => name.endsWith('.json') && name !== 'world.json')
  .flatMap((name) => JSON.parse(readFileSync(join(VECTORS, name), 'utf8')))

test('the tables of codes and limits are those of the code', () => {
  assert.ok(
    withTables(document) === document,
    'run test/vectors/generate.ts and look at the tables',
  )
  for (const code of CODES) {
    assert.ok(document.includes(`| \`${code}\` | ${faultOf(code)} |`), `${code} is not listed`)
  }
})

test('every record of the code is defined in the document', () => {
  for (const name of Object.keys(RECORDS)) {
    assert.ok(document.includes(`\n${name}\n  `), `${name} is not defined`)
  }
})

test('every message of the paper names a file and a vector that exist', () => {
  const table = /<!-- paper[^>]*-->([\s\S]*)<!-- \/paper -->/.exec(document)?.[1] ?? ''
  const rows = table.split('\n').filter((line) => line.startsWith('| §'))
  assert.ok(rows.length >= 15, `${rows.length} rows`)
  const names = new Set(vectors.map(({ name }) => name))
  for (const row of rows) {
    const cells = row.split('|').map((cell) => cell.trim())
    const [file, vector] = [cells.at(-3), cells.at(-2)].map((cell) => cell?.replaceAll('`', ''))
    assert.ok(existsSync(join(ROOT, file ?? '')), `${row} names no file`)
    assert.ok(names.has(vector ?? ''), `${row} names no vector`)
  }
})

test('every section that a vector names exists', () => {
  for (const { name, section } of vectors) {
    const [chapter] = section.split('.')
    const found = section.includes('.') ? `**${section} ` : `## ${chapter}. `
    assert.ok(document.includes(found), `${name} names section ${section}`)
  }
})
