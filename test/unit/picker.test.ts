/** Rarest first, and the book-keeping of pieces that are taken, returned and done. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Bitfield } from '../../client/engine/bitfield.js'
import { Picker } from '../../client/engine/picker.js'
import { LEVELS, NORMAL, UNWANTED } from '../../client/engine/selection.js'
import type { PieceIndex } from '../../shared/identifier.js'

function pieces(size: number, ...present: number[]): Bitfield {
  const field = new Bitfield(size)
  for (const piece of present) field.add(piece)
  return field
}

/** A small generator (mulberry32), so that a failure can be repeated. */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

const any = () => true
const normal = (size: number) => new Uint8Array(size).fill(NORMAL)

test('the rarest piece comes first', () => {
  const picker = new Picker(pieces(4), normal(4), seeded(1))
  picker.join(pieces(4, 0, 1, 2, 3))
  picker.join(pieces(4, 0, 1, 3))
  picker.join(pieces(4, 0, 3))
  picker.gained(0 as PieceIndex)
  assert.deepEqual(picker.pick(4, any), [2, 1, 3, 0])
  picker.leave(pieces(4, 0, 3))
  assert.deepEqual(
    [0, 1, 2, 3].map((piece) => picker.availability(piece as PieceIndex)),
    [3, 2, 1, 2],
  )
})

test('ties are broken at random', () => {
  const firsts = new Set<number>()
  for (let seed = 0; seed < 200; seed++) {
    const picker = new Picker(pieces(10), normal(10), seeded(seed))
    firsts.add(picker.pick(1, any)[0] as number)
  }
  assert.equal(firsts.size, 10)
})

test('what the filter holds back, what is taken and what we have is not picked', () => {
  const picker = new Picker(pieces(6, 5), normal(6), seeded(1))
  assert.deepEqual([picker.missing, picker.free], [5, 5])
  picker.take(3 as PieceIndex)
  const picked = picker.pick(9, (piece) => piece !== 0)
  assert.deepEqual([...picked].sort(), [1, 2, 4])
  picker.putBack(3 as PieceIndex)
  picker.putBack(3 as PieceIndex)
  assert.deepEqual([picker.missing, picker.free], [5, 5])
  picker.done(3 as PieceIndex)
  assert.deepEqual([picker.missing, picker.free], [4, 4])
})

test('through any history a pick is what a plain sort would give', () => {
  const move = fc.record({
    kind: fc.constantFrom('join', 'leave', 'gained', 'take', 'putBack', 'done'),
    piece: fc.integer({ min: 0, max: 11 }),
  })
  fc.assert(
    fc.property(fc.array(move, { maxLength: 200 }), fc.integer(), (moves, seed) => {
      const picker = new Picker(pieces(12), normal(12), seeded(seed))
      const count = new Array<number>(12).fill(0)
      const state = new Array<string>(12).fill('free')
      const joined: Bitfield[] = []
      for (const { kind, piece } of moves) {
        const index = piece as PieceIndex
        if (kind === 'join') {
          const field = pieces(12, piece, (piece * 5 + 1) % 12)
          joined.push(field)
          picker.join(field)
          for (let at = 0; at < 12; at++) if (field.has(at)) count[at]!++
        } else if (kind === 'leave') {
          const field = joined.pop()
          if (field === undefined) continue
          picker.leave(field)
          for (let at = 0; at < 12; at++) if (field.has(at)) count[at]!--
        } else if (kind === 'gained') {
          picker.gained(index)
          count[piece]!++
          joined.push(pieces(12, piece))
        } else if (kind === 'take' && state[piece] === 'free') {
          picker.take(index)
          state[piece] = 'taken'
        } else if (kind === 'putBack' && state[piece] === 'taken') {
          picker.putBack(index)
          state[piece] = 'free'
        } else if (kind === 'done' && state[piece] === 'taken') {
          picker.done(index)
          state[piece] = 'done'
        }
      }
      const picked = picker.pick(12, any)
      const free = count.flatMap((_, at) => (state[at] === 'free' ? [at] : []))
      assert.deepEqual(
        [...picked].sort((a, b) => a - b),
        free,
      )
      const order = picked.map((piece) => count[piece] as number)
      assert.deepEqual(
        order,
        [...order].sort((a, b) => a - b),
      )
      assert.equal(picker.free, free.length)
      assert.equal(picker.missing, state.filter((value) => value !== 'done').length)
    }),
  )
})

test('a bitfield counts what it holds', () => {
  const field = pieces(11, 0, 7, 8, 10)
  field.add(7)
  field.add(11)
  assert.deepEqual([field.count, field.full, [...field.bytes]], [4, false, [0x81, 0xa0]])
  assert.deepEqual([...Bitfield.full(11).bytes], [0xff, 0xe0])
  assert.ok(Bitfield.full(11).full && Bitfield.full(16).full)
  const all = Bitfield.full(11)
  assert.ok(field.exceeds(pieces(11, 0, 7, 8), all))
  assert.ok(!pieces(11, 0, 7).exceeds(field, all))
})

test('in order: the free pieces of the window, which moves on with what is done', () => {
  const picker = new Picker(pieces(20, 0, 3), normal(20), seeded(1))
  const cursor = picker.follow(0)
  const even = (piece: number) => piece % 2 === 0
  const pick = (count: number, window: number, allowed: (piece: number) => boolean = any) =>
    picker.pickInOrder(cursor, count, window, allowed)
  assert.deepEqual(pick(3, 8), [1, 2, 4])
  assert.deepEqual(pick(9, 8, even), [2, 4, 6, 8])
  assert.deepEqual(pick(9, 0), [])
  for (const piece of [1, 2, 4] as PieceIndex[]) picker.take(piece)
  // Piece 1 is on its way: the window still begins there.
  assert.deepEqual(pick(9, 8), [5, 6, 7, 8])
  for (const piece of [1, 2] as PieceIndex[]) picker.done(piece)
  assert.deepEqual(pick(9, 4), [5, 6, 7])
  picker.lost(0 as PieceIndex)
  picker.putBack(0 as PieceIndex)
  assert.deepEqual(pick(9, 4), [0])
})

test('each reader has a place of its own, which goes back to what is wanted again', () => {
  const picker = new Picker(pieces(20), normal(20), seeded(1))
  const [first, second] = [picker.follow(0), picker.follow(10)]
  assert.deepEqual(picker.pickInOrder(first, 2, 4, any), [0, 1])
  assert.deepEqual(picker.pickInOrder(second, 2, 4, any), [10, 11])
  for (const piece of [10, 11, 12] as PieceIndex[]) picker.done(piece)
  assert.deepEqual(picker.pickInOrder(second, 2, 4, any), [13, 14])
  picker.lost(11 as PieceIndex)
  picker.putBack(11 as PieceIndex)
  assert.deepEqual(picker.pickInOrder(second, 2, 4, any), [11, 13])
  assert.deepEqual(picker.pickInOrder(first, 2, 4, any), [0, 1])
})

test('levels change at any time; what is not wanted is no longer missing', () => {
  const picker = new Picker(pieces(6), normal(6), seeded(1))
  const [high, , low] = LEVELS
  picker.take(0 as PieceIndex)
  picker.rank(0 as PieceIndex, UNWANTED)
  picker.rank(1 as PieceIndex, UNWANTED)
  picker.rank(2 as PieceIndex, high)
  picker.rank(3 as PieceIndex, low)
  assert.deepEqual([picker.missing, picker.free], [4, 4])
  assert.deepEqual(picker.pick(9, any, 0, high), [2])
  assert.deepEqual(picker.pick(9, any, 0, low), [3])
  assert.deepEqual(picker.pick(9, any).sort(), [4, 5])
  // A piece that is on its way may still come, or be wanted again before it does.
  picker.putBack(0 as PieceIndex)
  assert.deepEqual([picker.missing, picker.free, picker.isFree(0 as PieceIndex)], [4, 4, false])
  const cursor = picker.follow(0)
  assert.deepEqual(picker.pickInOrder(cursor, 9, 9, any), [2, 3, 4, 5])
  picker.rank(0 as PieceIndex, low)
  assert.deepEqual([picker.missing, picker.free], [5, 5])
  assert.deepEqual(picker.pickInOrder(cursor, 9, 9, any), [0, 2, 3, 4, 5])
  assert.deepEqual(picker.pickInOrder(picker.follow(0, low), 9, 9, any), [0, 3])
})
