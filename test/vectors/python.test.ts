/**
 * The checker in Python, written from docs/PROTOCOL.md alone, agrees on every vector.
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'
import { DOCUMENT, ROOT, VECTORS } from './paths.js'

const PYTHON = '/usr/bin/python3'

test('an independent implementation accepts and refuses every vector alike', () => {
  const found = spawnSync(PYTHON, ['-c', 'import cryptography'])
  assert.equal(found.status, 0, 'the checker needs: apt-get install python3-cryptography')
  const checker = join(ROOT, 'test/python/check_vectors.py')
  const { status, stdout, stderr } = spawnSync(PYTHON, [checker, DOCUMENT, VECTORS], {
    encoding: 'utf8',
  })
  assert.equal(status, 0, `${stdout}\n${stderr}`)
  assert.match(stdout, /^\d{3,} vectors, all as stated/m)
})
