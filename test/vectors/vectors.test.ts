/**
 * Every vector through our own code, and the same bytes when all of them are made anew.
 */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { CODES } from '../../shared/errors.js'
import { buildVectors, buildWorld } from './build.js'
import { VECTORS, written } from './paths.js'
import { run } from './run.js'
import type { Vector } from './vector.js'

const files = readdirSync(VECTORS)
  .filter((name) => name.endsWith('.json') && name !== 'world.json')
  .map((name) => [name, JSON.parse(readFileSync(join(VECTORS, name), 'utf8'))] as const)

for (const [name, vectors] of files as [string, Vector[]][]) {
  test(`${name}: each vector has the outcome that it states`, async () => {
    for (const vector of vectors) {
      assert.deepEqual(await run(vector), vector.expect, `${vector.kind}: ${vector.name}`)
    }
  })
}

test('made anew, the vectors are the same bytes', async () => {
  const built = await buildVectors()
  const names = Object.keys(built).map((name) => `${name}.json`)
  assert.deepEqual(names.sort(), files.map(([name]) => name).sort())
  for (const [name, vectors] of Object.entries(built)) {
    const stored = readFileSync(join(VECTORS, `${name}.json`), 'utf8')
    assert.ok(written(vectors) === stored, `${name}.json differs from what the code makes`)
  }
  const world = readFileSync(join(VECTORS, 'world.json'), 'utf8')
  assert.ok(written(buildWorld()) === world, 'world.json differs')
})

test('vectors are many, and refused ones name codes of the table', () => {
  const all = files.flatMap(([, vectors]) => vectors as Vector[])
  assert.ok(all.length > 400, `${all.length} vectors`)
  const codes: readonly string[] = CODES
  for (const { name, expect } of all) {
    if ('refuse' in expect) assert.ok(codes.includes(expect.refuse), name)
  }
})
