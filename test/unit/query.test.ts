/** Queries as bytes: every byte survives, and what is no exact encoding has no value. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { equal, fromText, toHex } from '../../shared/bytes.js'
import { Query } from '../../tracker/http/query.js'
import { addressBytes, addressText } from '../../tracker/network.js'

/** Writes bytes as clients do: some escape everything, some only what they must. */
function escaped(bytes: Uint8Array, everything: boolean): string {
  return [...bytes]
    .map((byte) => {
      const character = String.fromCharCode(byte)
      const plain = !everything && /[A-Za-z0-9._~-]/.test(character)
      return plain ? character : `%${byte.toString(16).padStart(2, '0')}`
    })
    .join('')
}

test('any bytes come back as they were, whichever of them were escaped', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), fc.boolean(), (bytes, everything) => {
      const query = new Query(`/announce?a=1&info_hash=${escaped(bytes, everything)}&b=2`)
      const read = query.bytes('info_hash')
      assert.ok(read !== undefined && equal(read, bytes))
    }),
  )
})

test('no query is ever misread: a value is its exact decoding or nothing', () => {
  const text = fc.string({ unit: fc.constantFrom(...'%+aF0g&=#?é\u0000 \u007f'), maxLength: 12 })
  fc.assert(
    fc.property(text, (value) => {
      const read = new Query(`/x?v=${value}`).bytes('v')
      const first = value.split('&')[0] as string
      const valid = /^(?:%[0-9a-fA-F]{2}|[!-$&-~])*$/.test(first)
      assert.equal(read !== undefined, valid)
    }),
  )
})

test('the first of several counts, and all of them can be had', () => {
  const query = new Query('/scrape?h=a&h=%62&other&h=c')
  assert.equal(query.raw('h'), 'a')
  assert.deepEqual(query.all('h')?.map(toHex), ['61', '62', '63'])
  assert.equal(query.raw('other'), '')
  assert.equal(query.raw('none'), undefined)
  assert.deepEqual(query.all('none'), [])
  assert.equal(new Query('/scrape?h=a&h=%6').all('h'), undefined)
  assert.ok(equal(new Query('/x?v=a+b').bytes('v') ?? fromText(''), fromText('a b')))
})

test('addresses become bytes and text again', () => {
  const pairs = [
    ['192.0.2.7', 'c0000207', '192.0.2.7'],
    ['::1', '00000000000000000000000000000001', '0:0:0:0:0:0:0:1'],
    ['2001:db8::ff00:42:8329', '20010db8000000000000ff0000428329', '2001:db8:0:0:0:ff00:42:8329'],
    ['1:2:3:4:5:6:7:8', '00010002000300040005000600070008', '1:2:3:4:5:6:7:8'],
    ['fe80::', 'fe800000000000000000000000000000', 'fe80:0:0:0:0:0:0:0'],
    ['64:ff9b::192.0.2.33', '0064ff9b0000000000000000c0000221', '64:ff9b:0:0:0:0:c000:221'],
  ] as const
  for (const [text, hex, back] of pairs) {
    assert.equal(toHex(addressBytes(text)), hex)
    assert.equal(addressText(addressBytes(text)), back)
  }
})
