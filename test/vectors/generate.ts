/**
 * Writes test/vectors/*.json and the tables of docs/PROTOCOL.md from the code as it is.
 *
 * Run by hand, never by the tests, when the protocol changes on purpose:
 * `npx tsc -p . && node dist/test/vectors/generate.js`. What changes must be looked at.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { buildVectors, buildWorld } from './build.js'
import { withTables } from './document.js'
import { DOCUMENT, VECTORS, written } from './paths.js'

const files = await buildVectors()
for (const [name, vectors] of Object.entries(files)) {
  writeFileSync(join(VECTORS, `${name}.json`), written(vectors))
  const refused = vectors.filter(({ expect }) => 'refuse' in expect).length
  process.stdout.write(`${name}: ${vectors.length} vectors, ${refused} of them tampered\n`)
}
writeFileSync(join(VECTORS, 'world.json'), written(buildWorld()))
writeFileSync(DOCUMENT, withTables(readFileSync(DOCUMENT, 'utf8')))
