/** When earnings can be spent, read from the provider's signed answers to claims. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { maturingOf } from '../../client/pay/maturing.js'
import { amount } from '../../shared/amount.js'
import { Answer } from '../../shared/api.js'
import { ClaimAnswer } from '../../shared/claims.js'
import { signString } from '../../shared/crypto.js'
import type { Fingerprint, Rid } from '../../shared/identifier.js'
import { encode } from '../../shared/wire/record.js'
import { FINGERPRINT, PROVIDER } from '../contract/provider.js'

const NOTHING = new Uint8Array(0)

/** An answer to a claim of one grant. */
function answer(credited: bigint, matures: number): Uint8Array {
  const grant = {
    ...{ rid: 'aa'.repeat(16) as Rid, code: 'ok', pieces: [], hashes: NOTHING, failed: [] },
    ...{ alreadyPaid: [], others: [], settled: 1, list: 0, credited: amount(credited), matures },
  }
  const head = { call: 'claim', nonce: new Uint8Array(16), time: 0, signer: new Uint8Array(32) }
  const body = encode(ClaimAnswer, { grants: [grant] })
  return signString('answer', encode(Answer, { ...head, code: 'ok', body }), PROVIDER)
}

test('what is credited and not mature yet, by its time, soonest first', () => {
  const answers = [answer(30n, 3000), answer(10n, 2000), answer(5n, 3000), answer(7n, 1000)]
  assert.deepEqual(maturingOf([...answers, answer(0n, 9000)], FINGERPRINT, 1000), [
    { amount: 10n, at: 2000 },
    { amount: 35n, at: 3000 },
  ])
  assert.deepEqual(maturingOf(answers, FINGERPRINT, 3000), [])
})

test('an answer of another provider, or of no form, says nothing', () => {
  const other = '11'.repeat(32) as Fingerprint
  assert.deepEqual(maturingOf([answer(30n, 3000)], other, 0), [])
  assert.deepEqual(maturingOf([NOTHING, answer(30n, 3000).slice(0, -70)], FINGERPRINT, 0), [])
})
