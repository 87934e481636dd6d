/** What puts a member on the blacklist by itself: every code of the table, in every part. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { offenceOf, type Part, sentenceMs } from '../../client/pay/offences.js'
import { Standing } from '../../client/pay/standing.js'
import { openWallet, type SaveEffect } from '../../client/pay/wallet/wallet.js'
import { CODES, type Code, faultOf } from '../../shared/errors.js'
import type { PieceIndex, Rid, Uid } from '../../shared/identifier.js'
import {
  BLACKLIST_CHEAT_MS,
  BLACKLIST_ENTRY_MAX_MS,
  BLACKLIST_LAPSE_MS,
} from '../../shared/limits.js'
import type { Message } from '../../shared/wire/messages.js'
import { FINGERPRINT, party } from '../contract/provider.js'
import { folder } from '../engine-content.js'

const PARTS: readonly Part[] = ['buyer', 'seller', 'member']
const RID = '33'.repeat(16) as Rid
const MESSAGE: Message = { name: 'closing', code: 'x' }
/** Told by our books or our clock, by the state of the wire, or before anyone proved who it is. */
const NEVER: readonly Code[] = [
  ...(['state-mismatch', 'seal-broken', 'certificate-invalid', 'hello-mismatch'] as const),
  ...(['nonce-repeated', 'unpaid', 'counter-replayed', 'internal', 'idle-timeout'] as const),
  ...(['certificate-expired', 'stale-time', 'list-stale', 'goodbye', 'disk-full'] as const),
]

async function standing(t: TestContext) {
  const wallet = openWallet(join(await folder(t), 'wallet.db'), new Uint8Array(32))
  t.after(() => wallet.close())
  const clock = { now: 1_000_000 }
  const { signer } = party('self')
  const options = { wallet, identity: { signer }, trackerNow: () => clock.now }
  return { wallet, clock, standing: new Standing(options) }
}

test('of the whole table only what is theirs leads to an entry', async (t) => {
  const { standing: judge, wallet } = await standing(t)
  let entries = 0
  for (const code of CODES) {
    for (const part of PARTS) {
      const uid = party(`${code} ${part}`).uid
      const sentence = judge.blame(uid, { code, part, message: MESSAGE })
      const entry = wallet.blacklist.get(FINGERPRINT, uid)
      assert.equal(sentence === undefined, entry === undefined)
      assert.equal(judge.blocks(uid), sentence !== undefined, code)
      if (entry === undefined) continue
      entries++
      assert.equal(faultOf(code), 'theirs', code)
      assert.ok(entry.code === code && entry.evidence.length > 0 && entry.reason !== '')
    }
  }
  assert.ok(entries > 20)
  for (const code of NEVER) {
    for (const part of PARTS) assert.equal(offenceOf(code, part), undefined, code)
  }
})

test('junk is held against sellers alone, bad payments against buyers alone', () => {
  assert.deepEqual(
    PARTS.map((part) => [offenceOf('piece-junk', part), offenceOf('payments-exhausted', part)]),
    [
      [undefined, 'cheat'],
      ['spoilt', undefined],
      [undefined, undefined],
    ],
  )
})

test('an entry grows with the offence, with each time and with the debt', async (t) => {
  assert.equal(sentenceMs('lapse', 1, 0), BLACKLIST_LAPSE_MS)
  assert.equal(sentenceMs('cheat', 1, 0), BLACKLIST_CHEAT_MS)
  assert.equal(sentenceMs('cheat', 3, 0), 4 * BLACKLIST_CHEAT_MS)
  assert.equal(sentenceMs('lapse', 1, 4), 5 * BLACKLIST_LAPSE_MS)
  assert.equal(sentenceMs('cheat', 2000, 64), BLACKLIST_ENTRY_MAX_MS)
  const { clock, standing: judge, wallet } = await standing(t)
  const uid = party('cheat').uid
  const owed = (piece: number, counter: number): SaveEffect => ({
    ...{ do: 'save', role: 'seller', rid: RID, peer: uid },
    save: { kind: 'owed', counter, piece: piece as PieceIndex, tries: 0, time: 1 },
  })
  await wallet.commit(FINGERPRINT, [owed(0, 1), owed(1, 1), owed(2, 0)])
  const lapse = { code: 'malformed', part: 'member' } as const
  const first = judge.blame(uid, lapse)
  assert.equal(first?.until, clock.now + 3 * BLACKLIST_LAPSE_MS, 'a withdrawn piece is no debt')
  assert.match(wallet.blacklist.get(FINGERPRINT, uid)?.reason ?? '', /owed 2 pieces/)
  clock.now = (first?.until ?? 0) + 1
  assert.equal(judge.blocks(uid), false)
  const second = judge.blame(uid, lapse)
  assert.equal(second?.until, clock.now + 6 * BLACKLIST_LAPSE_MS)
})

test('who only sent spoilt blocks is left alone for a while, each time as long', async (t) => {
  const { clock, standing: judge, wallet } = await standing(t)
  const uid = party('seller').uid
  for (let time = 0; time < 5; time++) {
    const junk = judge.blame(uid, { code: 'piece-junk', part: 'seller' })
    assert.equal(junk?.until, clock.now + BLACKLIST_LAPSE_MS)
    assert.equal(wallet.blacklist.get(FINGERPRINT, uid)?.offences, 0)
    clock.now += BLACKLIST_LAPSE_MS + 1
  }
  const lapse = judge.blame(uid, { code: 'malformed', part: 'member' })
  assert.equal(lapse?.until, clock.now + BLACKLIST_LAPSE_MS, 'and it is a first offence')
})

test('what a person said, for ever, no later lapse cuts short', async (t) => {
  const { standing: judge, wallet } = await standing(t)
  const uid = 'aa'.repeat(16) as Uid
  const byHand = { provider: FINGERPRINT, uid, code: 'by-hand', reason: 'so' } as const
  wallet.blacklist.add({ ...byHand, evidence: new Uint8Array(0), since: 1, until: null })
  assert.equal(judge.blame(uid, { code: 'bad-signature', part: 'buyer' }), undefined)
  assert.equal(wallet.blacklist.get(FINGERPRINT, uid)?.until, null)
})
