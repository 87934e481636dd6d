/** docs/LOCAL-API.md tells of the local API as it is. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { LOCAL_CALLS } from '../../client/local/calls.js'
import { localApiDocument, localApiTables } from './local-api-tables.js'
import { ROOT } from './source.js'

test('docs/LOCAL-API.md has the tables of the calls and their records', () => {
  const document = readFileSync(join(ROOT, 'docs/LOCAL-API.md'), 'utf8')
  assert.equal(localApiDocument(document), document, 'node dist/test/house/write-local-api.js')
})

test('every call has its row with a word on what it does, and every record its table', () => {
  const tables = localApiTables()
  for (const name of Object.keys(LOCAL_CALLS)) {
    assert.match(tables, new RegExp(`^\\| \`${name}\` \\| .* \\| \\S[^|]*\\|$`, 'm'), name)
  }
  assert.match(tables, /^### Transfer\n\nOne content of this home/m)
  assert.match(tables, /^\| `accounts`|transfers: \[Transfer, \.\.\.\]/m)
})
