/** Who is unchoked in a free torrent: preferred peers, the optimistic one, newcomers, snubbed. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Candidate, chooseUnchoked, nextOptimistic } from '../../client/engine/choker.js'

/** A peer that is interested, known, and gives this much. */
function giving(peer: string, rate: number, more: Partial<Candidate<string>> = {}) {
  return { peer, rate, interested: true, snubbed: false, newcomer: false, ...more }
}

/** Numbers in [0, 1) from first to last, evenly. */
function spread(count: number): number[] {
  return Array.from({ length: count }, (_, at) => at / count)
}

const names = (chosen: Iterable<string>) => [...chosen].sort().join('')

test('with room for all, all that are interested are served', () => {
  const peers = [giving('a', 0), giving('b', 5), giving('c', 0, { interested: false })]
  assert.equal(names(chooseUnchoked(peers, 4, undefined)), 'ab')
  assert.equal(
    nextOptimistic(peers, 4, undefined, () => 0),
    undefined,
  )
})

test('slots go to those that gave most, the last one to the optimistic unchoke', () => {
  const peers = [giving('a', 5), giving('b', 1), giving('c', 9), giving('d', 7), giving('e', 3)]
  assert.equal(names(chooseUnchoked(peers, 3, undefined)), 'acd')
  assert.equal(names(chooseUnchoked(peers, 3, 'b')), 'bcd')
  const lucky = spread(300).map((at) => nextOptimistic(peers, 3, undefined, () => at))
  for (const name of ['a', 'b', 'e']) {
    assert.equal(lucky.filter((each) => each === name).length, 100)
  }
})

test('the optimistic unchoke moves on while there is anyone to move on to', () => {
  const peers = [giving('a', 9), giving('b', 1), giving('c', 2)]
  for (const at of spread(7))
    assert.equal(
      nextOptimistic(peers, 2, 'b', () => at),
      'c',
    )
  const two = [giving('a', 9), giving('b', 1)]
  assert.equal(
    nextOptimistic(two, 2, 'b', () => 0.5),
    'b',
  )
  assert.equal(
    nextOptimistic([giving('a', 9)], 2, 'gone', () => 0.5),
    undefined,
  )
})

test('newcomers are three times as likely as others', () => {
  const peers = [giving('a', 9), giving('b', 0), giving('c', 0, { newcomer: true })]
  const lucky = spread(400).map((at) => nextOptimistic(peers, 2, undefined, () => at))
  assert.deepEqual(
    ['b', 'c'].map((name) => lucky.filter((each) => each === name).length),
    [100, 300],
  )
})

test('an optimistic peer that lost its interest takes no slot', () => {
  const peers = [giving('a', 5), giving('b', 4), giving('c', 0, { interested: false })]
  assert.equal(names(chooseUnchoked(peers, 2, 'c')), 'abc')
})

test('a peer that snubbed us is served by the optimistic unchoke alone', () => {
  const peers = [giving('a', 9, { snubbed: true }), giving('b', 0), giving('c', 1)]
  assert.equal(names(chooseUnchoked(peers, 4, undefined)), 'bc')
  assert.equal(names(chooseUnchoked(peers, 4, 'a')), 'abc')
  assert.equal(
    nextOptimistic(peers, 4, undefined, () => 0.9),
    'a',
  )
})

test('a better peer without interest is ready to take its place, a worse one is not', () => {
  const idle = { interested: false }
  const peers = [giving('a', 5), giving('b', 4), giving('c', 6, idle), giving('d', 3, idle)]
  assert.equal(names(chooseUnchoked(peers, 2, undefined)), 'abc')
  assert.equal(names(chooseUnchoked(peers, 3, undefined)), 'abcd')
})
