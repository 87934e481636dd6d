/** The typed records over bencode: one form each way, every mistyped key refused by its name. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { AMOUNT_MAX, type Amount, amount } from '../../shared/amount.js'
import { concat, fromText, toHex } from '../../shared/bytes.js'
import { Refusal } from '../../shared/errors.js'
import type { PieceIndex, Rid } from '../../shared/identifier.js'
import { type Encodable, encodeValue } from '../../shared/wire/bencode.js'
import {
  amountField,
  blob,
  bytes,
  decode,
  encode,
  hexId,
  indexes,
  int,
  list,
  optional,
  record,
  type TypeOf,
  text,
} from '../../shared/wire/record.js'

const raw = (latin1: string) => new Uint8Array(Buffer.from(latin1, 'latin1'))

function isRefused(value: unknown, code: string, detail: RegExp): void {
  assert.ok(value instanceof Refusal, `accepted: ${value}`)
  assert.equal(value.code, code)
  assert.match(value.detail, detail)
}

const Line = record({ piece: int(0, 9), name: text(8) })
const Example = record({
  rid: hexId<Rid>(16),
  counter: int(),
  pieces: indexes(3),
  key: bytes(4),
  order: blob(5),
  paid: amountField,
  lines: list(Line, 2),
  note: optional(text(4)),
})
type Example = TypeOf<typeof Example>

const RID = '00112233445566778899aabbccddeeff' as Rid
const example: Example = {
  rid: RID,
  counter: 7,
  pieces: [1, 0xffffffff] as PieceIndex[],
  key: raw('abcd'),
  order: raw(''),
  paid: amount(1_250_000n),
  lines: [{ piece: 9, name: 'äö' }],
}

test('a record has one canonical form and comes back as it was', () => {
  const encoded = encode(Example, example)
  assert.equal(
    Buffer.from(encoded).toString('latin1'),
    'd7:counteri7e3:key4:abcd5:linesld4:name4:\xc3\xa4\xc3\xb65:piecei9eee5:order0:' +
      '4:paid7:1250000' +
      '6:pieces8:\0\0\0\x01\xff\xff\xff\xff' +
      `3:rid16:${Buffer.from(RID, 'hex').toString('latin1')}e`,
  )
  assert.deepEqual(decode(Example, encoded, 1000), example)
  const noted: Example = { ...example, note: 'ok' }
  assert.deepEqual(decode(Example, encode(Example, noted), 1000), noted)
})

test('random records round-trip', () => {
  const samples: fc.Arbitrary<Example> = fc.record(
    {
      rid: fc.uint8Array({ minLength: 16, maxLength: 16 }).map((id) => toHex(id) as Rid),
      counter: fc.maxSafeNat(),
      pieces: fc.array(fc.nat(0xffffffff), { maxLength: 3 }) as fc.Arbitrary<PieceIndex[]>,
      key: fc.uint8Array({ minLength: 4, maxLength: 4 }),
      order: fc.uint8Array({ maxLength: 5 }),
      paid: fc.bigInt(0n, AMOUNT_MAX) as fc.Arbitrary<Amount>,
      lines: fc.array(
        fc.record(
          { piece: fc.nat(9), name: fc.string({ maxLength: 8 }) },
          { noNullPrototype: true },
        ),
        {
          maxLength: 2,
        },
      ),
      note: fc.constantFrom('', '\ufeff', 'note'),
    },
    {
      requiredKeys: ['rid', 'counter', 'pieces', 'key', 'order', 'paid', 'lines'],
      noNullPrototype: true,
    },
  )
  fc.assert(
    fc.property(samples, (value) => {
      assert.deepEqual(decode(Example, encode(Example, value), 1000), value)
    }),
  )
})

test('a missing or mistyped key is refused by name; an unknown key is ignored', () => {
  const good: Record<string, Encodable> = {
    ...example,
    rid: raw('0123456789abcdef'),
    pieces: raw('\0\0\0\x01'),
    paid: '1250000',
    lines: [],
  }
  const changed = (change: Record<string, Encodable>) =>
    decode(Example, encodeValue({ ...good, ...change }), 1000)
  assert.ok(!(changed({ other: [1] }) instanceof Refusal))
  assert.ok(!(changed({ paid: `${AMOUNT_MAX}` }) instanceof Refusal))
  for (const [change, detail] of [
    [{ rid: 'short' }, /^key "rid" must be an identifier of 16 bytes/],
    [{ counter: -1 }, /^key "counter" must be an integer from 0/],
    [{ counter: 'one' }, /^key "counter" must be/],
    [{ pieces: 'abc' }, /^key "pieces" must be at most 3 piece indexes/],
    [{ pieces: 'abcd'.repeat(4) }, /^key "pieces" must be/],
    [{ key: 'abc' }, /^key "key" must be a string of 4 bytes/],
    [{ key: ['abcd'] }, /^key "key" must be/],
    [{ order: 'abcdef' }, /^key "order" must be at most 5 bytes/],
    [{ paid: '01' }, /^key "paid" must be an amount/],
    [{ paid: '-1' }, /^key "paid" must be/],
    [{ paid: '' }, /^key "paid" must be/],
    [{ paid: '1\n' }, /^key "paid" must be/],
    [{ paid: 1 }, /^key "paid" must be/],
    [{ paid: `${AMOUNT_MAX + 1n}` }, /^key "paid" must be/],
    [{ lines: [1] }, /^key "lines" item 0 must be a dictionary/],
    [{ lines: [{ piece: 1 }] }, /^key "lines" item 0 key "name" is missing/],
    [{ lines: [{ piece: 10, name: '' }] }, /^key "lines" item 0 key "piece" must be/],
    [{ lines: {} }, /^key "lines" must be a list/],
    [{ lines: [1, 2, 3] }, /^key "lines" must be a list of at most 2/],
    [{ note: raw('\xff') }, /^key "note" must be UTF-8 text/],
    [{ note: 'fives' }, /^key "note" must be UTF-8 text of at most 4/],
  ] as const) {
    isRefused(changed(change), 'malformed', detail)
  }
  const { key: _, ...keyless } = good
  isRefused(decode(Example, encodeValue(keyless), 1000), 'malformed', /^key "key" is missing/)
  isRefused(decode(Example, raw('le'), 1000), 'malformed', /must be a dictionary/)
  isRefused(decode(Example, raw('2:ab'), 1000), 'malformed', /must be a dictionary/)
  isRefused(decode(Example, encode(Example, example), 50), 'too-large', /are allowed/)
  isRefused(decode(Example, raw('l-3:'), 50), 'malformed', /at byte 1/)
})

test('encoding what the schema does not carry throws', () => {
  for (const wrong of [
    { counter: -1 },
    { counter: 2 ** 53 },
    { counter: null },
    { counter: undefined },
    { rid: RID.toUpperCase() as Rid },
    { rid: 'ab' as Rid },
    { pieces: [-1] as PieceIndex[] },
    { pieces: [1, 2, 3, 4] as PieceIndex[] },
    { key: raw('abc') },
    { key: 'abcd' },
    { order: raw('abcdef') },
    { paid: amount(-1n) },
    { paid: amount(AMOUNT_MAX + 1n) },
    { lines: [{ piece: 10, name: '' }] },
    { lines: [1, 2, 3] },
    { note: 'fives' },
    { note: '\ud800' },
  ]) {
    assert.throws(() => encode(Example, { ...example, ...wrong } as Example), /bug: /)
  }
  assert.throws(() => record({ cafe: int() }), /not a safe name/)
  assert.throws(() => record({ ['__proto__']: int() }), /not a safe name/)
})

test('text keeps a byte order mark', () => {
  const Note = record({ note: text(9) })
  const decoded = decode(Note, concat(raw('d4:note4:'), fromText('\ufeffa'), raw('e')), 99)
  assert.deepEqual(decoded, { note: '\ufeffa' })
})
