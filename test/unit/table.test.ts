/** Tables of verbs: aligned by cells of the terminal, and within 80 of them. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { cellsOf } from '../../client/ui/cells.js'
import { formatRecords, formatTable } from '../../client/ui/table.js'

test('columns are aligned by cells, whatever the letters', () => {
  const rows = [
    ['NAME', 'SIZE'],
    ['映画', '5'],
    ['né', '1234'],
  ]
  assert.deepEqual(formatTable(rows, { right: [1] }), ['NAME  SIZE', '映画     5', 'né    1234'])
})

test('the column that gives way is cut, the others stay whole, and ids stand below', () => {
  const cid = '0123456789abcdef0123456789abcdef01234567'
  const records = [{ row: ['映画'.repeat(60), '1.50 GB', '2.00'], below: cid }]
  const form = { right: [1, 2], gives: 0 }
  const lines = formatRecords(['NAME', 'SIZE', 'PRICE'], records, form)
  assert.equal(lines.length, 3)
  assert.ok(lines.every((line) => cellsOf(line) <= 80))
  assert.match(lines[1] ?? '', /^映画.*… {2,3}1\.50 GB {3}2\.00$/)
  assert.equal(lines[2], `  ${cid}`)
  assert.deepEqual(formatRecords(['NAME'], [], {}), [])
})

test('no text makes a line wider than the terminal', () => {
  const cell = fc.string({ unit: 'grapheme', maxLength: 200 })
  fc.assert(
    fc.property(fc.array(fc.tuple(cell, fc.nat().map(String)), { minLength: 1 }), (rows) => {
      const lines = formatTable(rows, { right: [1], gives: 0 })
      for (const line of lines) assert.ok(cellsOf(line) <= 80, line)
    }),
  )
})
