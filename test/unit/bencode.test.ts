/** The strict bencode check, and the package's traps as regressions. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import bencode from 'bencode'
import fc from 'fast-check'
import { concat, toHex } from '../../shared/bytes.js'
import { Refusal } from '../../shared/errors.js'
import { BENCODE_MAX_DEPTH, BENCODE_MAX_VALUES_COUNT } from '../../shared/limits.js'
import {
  decodeValue,
  type Encodable,
  encodeValue,
  Scan,
  scan,
  type Value,
} from '../../shared/wire/bencode.js'

const LIMITS = { maxBytes: 10_000_000 }
const raw = (latin1: string) => new Uint8Array(Buffer.from(latin1, 'latin1'))
const check = (latin1: string) => scan(raw(latin1), LIMITS)

function isRefused(value: unknown, code: string, detail: RegExp): void {
  assert.ok(value instanceof Refusal, `accepted: ${value}`)
  assert.equal(value.code, code)
  assert.match(value.detail, detail)
}

test('canonical bencode is accepted', () => {
  for (const good of [
    'i0e',
    'i-1e',
    'i9007199254740991e',
    'i-9007199254740991e',
    '0:',
    '3:abc',
    'le',
    'de',
    'lli1eei2ee',
    'd1:ai1e2:aai2e1:bdee',
    'd0:i1ee',
    'd1:\x7fi1e1:\x80i1ee',
  ]) {
    assert.ok(check(good) instanceof Scan, good)
  }
})

test('what the package accepts though it is not bencode is refused, with the offset', () => {
  for (const [bad, detail] of [
    ['', /ends in the middle of a value, at byte 0/],
    ['l-3:e', /digit expected, at byte 1/],
    ['-3:', /digit expected, at byte 0/],
    ['99999999999:', /string of 99999999999 bytes runs past the end, at byte 12/],
    ['5:abc', /runs past the end, at byte 2/],
    ['3', /ends in the middle/],
    ['i03e', /leading zero, at byte 2/],
    ['i00e', /leading zero/],
    ['i-0e', /minus zero/],
    ['i+1e', /digit expected, at byte 1/],
    ['i1.5e', /digit expected, at byte 2/],
    ['ie', /digit expected/],
    ['i-e', /digit expected/],
    ['i--1e', /digit expected/],
    ['i12', /ends in the middle/],
    ['03:abc', /leading zero/],
    ['+3:abc', /digit expected/],
    [':abc', /digit expected/],
    ['i1ei2e', /bytes after the end of the value, at byte 3/],
    ['3:abcd', /bytes after the end of the value, at byte 5/],
    ['d1:bi1e1:ai2ee', /key out of order or repeated, at byte 7/],
    ['d1:ai1e1:ai2ee', /key out of order or repeated/],
    ['d2:aai1e1:ai2ee', /key out of order or repeated/],
    ['d1:\x80i1e1:\x7fi1ee', /key out of order or repeated/],
    ['di1ei2ee', /digit expected, at byte 1/],
    ['d1:ae', /digit expected, at byte 4/],
    ['d1:a', /ends in the middle/],
    ['l', /ends in the middle/],
    ['e', /digit expected, at byte 0/],
    ['x', /digit expected, at byte 0/],
    ['i9007199254740992e', /number beyond 2\^53 - 1/],
    ['i-9007199254740992e', /number beyond/],
    ['9007199254740992:', /number beyond/],
    [`i${'9'.repeat(500)}e`, /number beyond/],
    ['d9:__proto__i1ee', /key __proto__, at byte 1/],
    ['ld9:__proto__i1eee', /key __proto__/],
  ] as const) {
    isRefused(check(bad), 'malformed', detail)
  }
})

test('the traps of the package that make the check necessary are still there', () => {
  const decoded = (latin1: string) => bencode.decode(raw(latin1))
  assert.equal(decoded('i03e'), 3)
  assert.deepEqual(decoded('i1e junk'), 1)
  assert.deepEqual(decoded('5:abc'), raw('abc'))
  assert.deepEqual(decoded('d1:bi1e1:ai2ee'), { b: 1, a: 2 })
  assert.equal(Object.getPrototypeOf(decoded('d9:__proto__lee')) === Object.prototype, false)
  assert.deepEqual(bencode.encode({ a: 2n ** 60n }), raw('d1:ae'))
  assert.deepEqual(bencode.encode({ a: null }), raw('de'))
  assert.deepEqual(Object.keys(decoded('d1:\xffi1ee') as object), ['ff'])
})

test('size, depth and count are bounded', () => {
  const nested = (depth: number) => 'l'.repeat(depth) + 'e'.repeat(depth)
  assert.ok(check(nested(BENCODE_MAX_DEPTH)) instanceof Scan)
  isRefused(check(nested(BENCODE_MAX_DEPTH + 1)), 'malformed', /nested too deep, at byte 100/)
  isRefused(check('l'.repeat(5_000_000)), 'malformed', /nested too deep/)
  assert.ok(scan(raw('lee'), { maxBytes: 3, maxDepth: 1 }) instanceof Refusal)
  assert.ok(scan(raw('le'), { maxBytes: 2, maxDepth: 1 }) instanceof Scan)
  isRefused(scan(raw('lle'), { maxBytes: 9, maxDepth: 1 }), 'malformed', /nested too deep/)
  isRefused(scan(raw('3:abc'), { maxBytes: 4 }), 'too-large', /5 bytes where 4 are allowed/)
  const many = 'le'.repeat(BENCODE_MAX_VALUES_COUNT / 2)
  isRefused(check(`l${many}e`), 'too-large', /more than 2000000/)
})

test('span gives the raw bytes of a top-level value, never of a nested one', () => {
  const input = raw('d1:ad4:infoi1ee4:infod1:xi7eee')
  const scanned = scan(input, LIMITS)
  assert.ok(scanned instanceof Scan)
  assert.deepEqual(scanned.span('info'), raw('d1:xi7ee'))
  assert.equal(scanned.span('info')?.buffer, input.buffer)
  assert.deepEqual(scanned.span('a'), raw('d4:infoi1ee'))
  assert.equal(scanned.span('x'), undefined)
  const listed = check('l4:info1:xe')
  assert.ok(listed instanceof Scan)
  assert.equal(listed.span('info'), undefined)
})

const encodable: fc.Arbitrary<Encodable> = fc.letrec<{ value: Encodable }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.maxSafeInteger().map((n) => n + 0),
    fc.uint8Array({ maxLength: 20 }),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(
      fc.string({ maxLength: 5, unit: 'binary' }).filter((key) => key !== '__proto__'),
      tie('value'),
      { maxKeys: 4 },
    ),
  ),
})).value

test('whatever is encoded passes the check and encodes to the same bytes again', () => {
  fc.assert(
    fc.property(encodable, (value) => {
      const encoded = encodeValue(value)
      const decoded = decodeValue(encoded, LIMITS)
      assert.ok(!(decoded instanceof Refusal), `${JSON.stringify(decoded)}`)
      assert.ok(scan(concat(encoded, raw('e')), LIMITS) instanceof Refusal)
      if (!hasNonText(decoded)) assert.equal(toHex(encodeValue(decoded)), toHex(encoded))
    }),
  )
})

/** The package names keys with U+FFFD by their hex digits, which no re-encoding can undo. */
function hasNonText(value: Value): boolean {
  return /"[0-9a-f]*efbfbd/.test(JSON.stringify(value))
}

test('keys sort by raw bytes, binary and astral ones too', () => {
  assert.deepEqual(
    encodeValue({ '\u{10000}': 1, '\uffee': 2 }),
    raw('d3:\xef\xbf\xaei2e4:\xf0\x90\x80\x80i1ee'),
  )
  const keys = new Map<Uint8Array, number>([
    [Uint8Array.of(100), 1],
    [Uint8Array.of(99), 2],
    [Uint8Array.of(9, 255), 3],
  ])
  assert.deepEqual(encodeValue(keys), raw('d2:\x09\xffi3e1:ci2e1:di1ee'))
})

test('the encoder throws on what it cannot carry', () => {
  for (const bad of [
    2n ** 60n,
    2 ** 53,
    1.5,
    Number.NaN,
    null,
    undefined,
    true,
    '\ud800',
    { a: null },
    { a: undefined },
    [undefined],
    { ['__proto__']: 1 },
    new Map([
      [raw('a'), 1],
      [raw('a'), 2],
    ]),
  ]) {
    assert.throws(() => encodeValue(bad as Encodable), /bug: /, String(bad))
  }
  assert.deepEqual(encodeValue(-0), raw('i0e'))
})

test('every length of rubbish and every mutation is refused or decodes; nothing throws', () => {
  const alphabet = fc.constantFrom(...'ilde:-0123459a').map((letter) => letter.charCodeAt(0))
  const rubbish = fc.array(fc.oneof(alphabet, fc.nat(255)), { maxLength: 300 })
  fc.assert(
    fc.property(rubbish, (numbers) => {
      const input = Uint8Array.from(numbers)
      const decoded = decodeValue(input, LIMITS)
      assert.equal(decoded instanceof Refusal, scan(input, LIMITS) instanceof Refusal)
    }),
    { numRuns: 2000 },
  )
  fc.assert(
    fc.property(encodable, fc.nat(), fc.nat(255), (value, place, byte) => {
      const input = encodeValue(value)
      for (let length = 0; length < input.length; length++) {
        assert.ok(scan(input.subarray(0, length), LIMITS) instanceof Refusal)
      }
      input[place % input.length] = byte
      const decoded = decodeValue(input, LIMITS)
      assert.equal(decoded instanceof Refusal, scan(input, LIMITS) instanceof Refusal)
    }),
  )
})
