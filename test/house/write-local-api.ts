/**
 * Writes the tables of docs/LOCAL-API.md, which a test compares with the forms:
 * `npx tsc -p . && node dist/test/house/write-local-api.js`.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { localApiDocument } from './local-api-tables.js'
import { ROOT } from './source.js'

const path = join(ROOT, 'docs/LOCAL-API.md')
writeFileSync(path, localApiDocument(readFileSync(path, 'utf8')))
