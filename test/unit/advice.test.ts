/** Plain words for every code: none is missing, and verbs add them to their line. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { adviceAtEnd, adviceFor, adviceOf, problemOf } from '../../client/ui/advice.js'
import { CODES, refuse } from '../../shared/errors.js'

test('every code says what happened and what to do, or that nothing is to be done', () => {
  for (const code of CODES) {
    const { mends, todo, what } = adviceOf(code)
    for (const text of [what, todo ?? what]) {
      assert.ok(text.length >= 10 && text.length <= 200, `${code}: ${text}`)
      assert.doesNotMatch(text, /[.;:\s]$|^\s|undefined/, `${code}: no full stop, ${text}`)
    }
    // What goes on by itself must say so, or what the person has to change for it.
    if (mends) assert.notEqual(todo, undefined, code)
  }
})

test('codes from outside: one that is not known gets no words', () => {
  assert.equal(adviceFor('no-such-code'), undefined)
  assert.equal(adviceFor('constructor'), undefined)
  assert.deepEqual(adviceFor('unpaid'), adviceOf('unpaid'))
})

test('a refusal as a problem keeps its own message', () => {
  const { advice, code, message } = problemOf(refuse('disk-full', '/data: the disk is full'))
  assert.deepEqual([code, message], ['disk-full', '/data: the disk is full'])
  assert.match(String(advice), /free some space/)
})

test('what mends itself while a program runs says at the end of a verb to run it again', () => {
  for (const code of ['unreachable', 'disk-full', 'clock-wrong', 'stale-time'] as const) {
    assert.equal(adviceOf(code).mends, true, code)
    assert.match(String(adviceAtEnd(code)), /the same command goes on/, code)
  }
  assert.equal(adviceAtEnd('usage'), undefined, 'its message says what to write')
  assert.match(String(adviceAtEnd('terms-changed')), /floodgate get CID/)
  for (const code of ['home-copied', 'certificate-revoked'] as const) {
    assert.match(String(adviceAtEnd(code)), /ask the provider.* pay out .*another --home/, code)
  }
  assert.match(String(adviceAtEnd('insufficient-funds', 'get')), /pay in/)
  assert.doesNotMatch(String(adviceAtEnd('insufficient-funds', 'payout')), /pay in/)
})
