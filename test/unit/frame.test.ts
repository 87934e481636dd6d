/** The framer: the same messages come out however the bytes are cut, and bad ones never do. */
import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { concat, equal, fromHex, fromText, readU32, u32 } from '../../shared/bytes.js'
import { must, refused } from '../../shared/errors.js'
import { BLOCK_MAX_BYTES, EXTENSION_MAX_BYTES } from '../../shared/limits.js'
import { Framer, HANDSHAKE_BYTES } from '../../shared/wire/frame.js'

const HANDSHAKE = concat(fromText('\x13BitTorrent protocol'), new Uint8Array(48).fill(9))

function message(id: number, ...parts: Uint8Array[]): Uint8Array {
  const body = concat(new Uint8Array([id]), ...parts)
  return concat(u32(body.length), body)
}

const EXTENDED = fromText('d1:md4:testi3ee1:v1:xe')
const MESSAGES = [
  message(20, new Uint8Array([0]), EXTENDED),
  message(5, new Uint8Array([0xf0, 0x80])),
  new Uint8Array(4),
  message(1),
  message(4, u32(9)),
  message(6, u32(0), u32(16_384), u32(16_384)),
  message(7, u32(3), u32(0), new Uint8Array(BLOCK_MAX_BYTES).fill(5)),
  message(20, new Uint8Array([3]), new Uint8Array(EXTENSION_MAX_BYTES)),
  message(21, new Uint8Array(1000)),
  message(2),
]
const STREAM = concat(HANDSHAKE, ...MESSAGES)

/** Feeds a stream in pieces of these sizes, over and over. */
function feed(stream: Uint8Array, size: () => number): { framer: Framer; passed: Uint8Array[] } {
  const framer = new Framer(10)
  const passed: Uint8Array[] = []
  for (let at = 0; at < stream.length; ) {
    const next = at + size()
    passed.push(...must(framer.feed(stream.subarray(at, next))))
    at = next
  }
  return { framer, passed }
}

for (const [name, size] of [
  ['at once', () => STREAM.length],
  ['byte by byte', () => 1],
  ['in chunks of 7', () => 7],
  ['in chunks of 16 KiB', () => 16_384],
  ['in chunks of random sizes', () => randomInt(1, 40_000)],
] as const) {
  test(`whole messages come out of a stream fed ${name}`, () => {
    const { framer, passed } = feed(STREAM, size)
    assert.ok(equal(concat(...passed), STREAM))
    assert.equal(passed[0]?.length, HANDSHAKE_BYTES)
    // Each byte string can be cut into whole messages.
    for (const part of passed.slice(1)) {
      let at = 0
      while (at < part.length) at += 4 + new DataView(part.buffer, part.byteOffset).getUint32(at)
      assert.equal(at, part.length)
    }
    assert.ok(framer.handshake !== undefined && equal(framer.handshake, HANDSHAKE))
    assert.ok(framer.extended !== undefined && equal(framer.extended, EXTENDED))
  })
}

test('what lies whole in a chunk is not copied', () => {
  const framer = new Framer(10)
  must(framer.feed(HANDSHAKE))
  const chunk = concat(...MESSAGES)
  const passed = must(framer.feed(chunk))
  assert.deepEqual([passed.length, passed[0]?.buffer === chunk.buffer], [1, true])
})

test('other protocols are refused at the first byte that differs', () => {
  const framer = new Framer(10)
  const result = framer.feed(fromText('GET /'))
  assert.ok(refused(result) && result.code === 'malformed')
})

const REFUSED: Record<string, [hex: string, code: string]> = {
  'a length of 2^31': ['80000000', 'too-large'],
  'a length of 2^32 - 1': ['ffffffff', 'too-large'],
  'a length just beyond the limit': ['00080001', 'too-large'],
  'a have that claims 400 KB': ['0006400004', 'too-large'],
  'a have without an index': ['0000000104', 'malformed'],
  'a have beyond the last piece': ['00000005040000000a', 'piece-unknown'],
  'a request for a piece from 2^31': ['0000000d0680000000', 'piece-unknown'],
  'a request with too little': ['0000000506', 'malformed'],
  'a block beyond the limit': ['0002000a07', 'too-large'],
  'a block of nothing': ['0000000907', 'malformed'],
  'a bitfield too short': ['0000000205', 'malformed'],
  'a bitfield too long': ['0000000405', 'too-large'],
  'a bitfield with spare bits': ['0000000305ffe0', 'malformed'],
  'an extension message without id': ['0000000114', 'malformed'],
  'an extension message beyond the limit': ['0001000314', 'too-large'],
  'an extension handshake that never ends': ['0000000614006c2d333a', 'malformed'],
  'an extension handshake that is a number': ['00000005140069316500', 'malformed'],
  'a choke with a body': ['0000000200', 'too-large'],
}

for (const [name, [hex, code]] of Object.entries(REFUSED)) {
  test(`${name} is refused`, () => {
    const framer = new Framer(10)
    must(framer.feed(HANDSHAKE))
    const bytes = fromHex(hex)
    assert.ok(bytes !== undefined)
    const result = framer.feed(bytes)
    assert.ok(refused(result))
    assert.equal(result.code, code)
    // Cut in two it is refused all the same, at the latest with its last byte.
    for (let cut = 1; cut < bytes.length; cut++) {
      const other = new Framer(10)
      must(other.feed(HANDSHAKE))
      const first = other.feed(bytes.subarray(0, cut))
      assert.ok(refused(first) || refused(other.feed(bytes.subarray(cut))))
    }
  })
}

test('a second extension handshake is refused', () => {
  const framer = new Framer(10)
  must(framer.feed(HANDSHAKE))
  const handshake = message(20, new Uint8Array([0]), EXTENDED)
  must(framer.feed(handshake))
  const result = framer.feed(handshake)
  assert.ok(refused(result) && result.code === 'second-handshake')
})

test('bitfields have an end', () => {
  const framer = new Framer(10)
  must(framer.feed(HANDSHAKE))
  for (let count = 0; count < 16; count++) must(framer.feed(message(14)))
  const result = framer.feed(message(14))
  assert.ok(refused(result) && result.code === 'out-of-state')
})

/** What came of a stream, however it was cut: all that passed, or the code it was refused with. */
function outcome(stream: Uint8Array, cuts: readonly number[]): string {
  const framer = new Framer(10)
  const passed: Uint8Array[] = []
  let at = 0
  for (const size of [...cuts, stream.length]) {
    const result = framer.feed(stream.subarray(at, at + size))
    if (refused(result)) return result.code
    passed.push(...result)
    at = Math.min(stream.length, at + size)
  }
  return Buffer.from(concat(...passed)).toString('hex')
}

const body = fc.uint8Array({ maxLength: 24 })
const index = fc.nat(11).map(u32)
/** Messages of every kind, most of them well-formed, and bytes that are none. */
const anyMessage = fc.oneof(
  fc.constantFrom(...MESSAGES.filter(({ length }) => length < 3000)),
  fc.tuple(fc.constantFrom(4, 13, 17), index).map(([id, piece]) => message(id, piece)),
  fc.tuple(fc.nat(255), body).map(([id, bytes]) => message(id, bytes)),
  fc.tuple(fc.nat(5), body).map(([id, bytes]) => message(20, new Uint8Array([id]), bytes)),
  fc.tuple(index, body).map(([piece, bytes]) => message(7, piece, u32(0), bytes)),
  body,
)

test('how a stream is cut never changes what becomes of it', () => {
  const anyStream = fc.tuple(fc.array(anyMessage, { maxLength: 30 }), fc.boolean())
  fc.assert(
    fc.property(anyStream, fc.array(fc.nat(60), { maxLength: 80 }), ([messages, greets], cuts) => {
      const stream = concat(...(greets ? [HANDSHAKE] : []), ...messages)
      const whole = outcome(stream, [])
      assert.equal(outcome(stream, cuts), whole)
      assert.equal(outcome(stream, new Array<number>(stream.length).fill(1)), whole)
    }),
    { numRuns: 1000 },
  )
})

test('whatever passes is whole messages within their bounds', () => {
  fc.assert(
    fc.property(fc.array(anyMessage, { maxLength: 30 }), (messages) => {
      const framer = new Framer(10)
      must(framer.feed(HANDSHAKE))
      for (const each of messages) {
        const result = framer.feed(each)
        if (refused(result)) return
        for (const part of result) {
          let at = 0
          for (; at < part.length; at += 4 + readU32(part, at)) {
            assert.ok(readU32(part, at) <= 9 + BLOCK_MAX_BYTES)
          }
          assert.equal(at, part.length)
        }
      }
    }),
    { numRuns: 1000 },
  )
})
