/** The blacklist: who is blocked, under which provider, for how long, and for what. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { BlacklistBook } from '../../client/pay/wallet/blacklist.js'
import { openSql } from '../../client/pay/wallet/database.js'
import { SCHEMA } from '../../client/pay/wallet/schema.js'
import { viewWallet } from '../../client/pay/wallet/view.js'
import { openWallet } from '../../client/pay/wallet/wallet.js'
import { formatOffences } from '../../client/ui/format.js'
import { BLACKLIST_AGAIN_MS, BLACKLIST_WAITING_MAX_COUNT } from '../../shared/home-limits.js'
import type { Fingerprint, Uid } from '../../shared/identifier.js'
import { folder } from '../engine-content.js'

const [ONE, OTHER] = ['11', '22'].map((digits) => digits.repeat(32)) as [Fingerprint, Fingerprint]
const UID = 'aa'.repeat(16) as Uid
const ENTRY = {
  ...({ provider: ONE, uid: UID, code: 'by-hand', reason: 'never pays' } as const),
  ...{ evidence: new Uint8Array([1, 2]), since: 1000, until: 2000 },
}

test('an entry holds until its time, for its provider alone; it is remembered after', async (t) => {
  const wallet = openWallet(join(await folder(t), 'wallet.db'), new Uint8Array(32))
  t.after(() => wallet.close())
  const { blacklist } = wallet
  assert.equal(blacklist.blocks(ONE, UID, 1000), false)
  blacklist.add(ENTRY)
  const held = [999, 1999, 2000].map((now) => blacklist.blocks(ONE, UID, now))
  assert.deepEqual(held, [true, true, false])
  assert.equal(blacklist.blocks(OTHER, UID, 1500), false)
  blacklist.add({ ...ENTRY, reason: 'again', since: 3000, until: null })
  const entry = blacklist.get(ONE, UID)
  assert.deepEqual([entry?.offences, entry?.reason, entry?.until], [2, 'again', null])
  assert.deepEqual([...(entry?.evidence ?? [])], [1, 2])
  assert.equal(blacklist.blocks(ONE, UID, Number.MAX_SAFE_INTEGER), true)
  assert.equal(blacklist.lift(ONE, UID, 4000), true)
  assert.equal(blacklist.lift(ONE, UID, 4000), false)
  assert.equal(blacklist.blocks(ONE, UID, 4000), false)
  assert.deepEqual(
    blacklist.of(ONE).map(({ offences }) => offences),
    [2],
  )
  assert.deepEqual([blacklist.of(OTHER), blacklist.providersOf(UID)], [[], [ONE]])
})

test('what a full disk does not take holds from memory, and is written when it does', async (t) => {
  const path = join(await folder(t), 'wallet.db')
  const db = openSql(path)
  t.after(() => db.close())
  db.exec(SCHEMA)
  const blacklist = new BlacklistBook(db)
  const evidence = new Uint8Array(65_536).fill(7)
  const offence = { ...ENTRY, code: 'bad-signature', evidence } as const
  const full = 'PRAGMA max_page_count = 1'
  // No less than there are: the next page is one too many.
  db.exec(full)
  assert.throws(() => blacklist.add(offence), /full/)
  assert.equal(blacklist.blocks(ONE, UID, 1500), false, 'a person is told, and tries again')

  blacklist.keep(offence, true)
  blacklist.keep({ ...offence, since: 1200, until: 3000 }, true)
  assert.equal(blacklist.blocks(ONE, UID, 2999), true)
  assert.equal(blacklist.blocks(ONE, UID, 3000), false)
  assert.equal(blacklist.get(ONE, UID)?.offences, 2)
  assert.deepEqual([blacklist.of(ONE).length, blacklist.of(OTHER).length], [1, 0])
  const elsewhere = new BlacklistBook(db)
  assert.equal(elsewhere.get(ONE, UID), undefined, 'nothing is on the disk')

  db.exec('PRAGMA max_page_count = 100000')
  const soon = 3000 + BLACKLIST_AGAIN_MS
  assert.equal(blacklist.blocks(ONE, UID, soon), false)
  assert.deepEqual(elsewhere.get(ONE, UID), {
    ...{ ...offence, since: 1200, until: 3000, offences: 2, evidence: Buffer.from(evidence) },
  })
  db.exec(full)
  const short = { ...offence, uid: 'bb'.repeat(16) as Uid, since: 3000, until: 9000 }
  blacklist.keep(short, true)
  assert.equal(blacklist.lift(ONE, short.uid, 3100), true, 'what waits can be lifted')
  assert.equal(blacklist.lift(ONE, short.uid, 3100), false)
  assert.equal(blacklist.blocks(ONE, short.uid, 3100), false)
  assert.equal(elsewhere.get(ONE, short.uid), undefined)
  db.exec('PRAGMA max_page_count = 100000')
  blacklist.flush()
  const remembered = elsewhere.get(ONE, short.uid)
  assert.deepEqual([remembered?.until, remembered?.offences], [3100, 1])
  blacklist.keep(short, true)
  assert.equal(blacklist.lift(ONE, short.uid, 3200), true)
  assert.equal(elsewhere.get(ONE, short.uid)?.until, 3200)

  db.exec(full)
  const much = { ...offence, since: 4000, until: 5000, evidence: new Uint8Array(262_144) }
  blacklist.keep(much, true)
  assert.equal(blacklist.get(ONE, UID)?.offences, 3)
  assert.equal(elsewhere.get(ONE, UID)?.offences, 2)
})

test('only so much waits for the disk, and it does not overrule a person', async (t) => {
  const db = openSql(join(await folder(t), 'wallet.db'))
  t.after(() => db.close())
  db.exec(SCHEMA)
  const blacklist = new BlacklistBook(db)
  const offence = { ...ENTRY, code: 'bad-signature', evidence: new Uint8Array(65_536) } as const
  db.exec('PRAGMA max_page_count = 1')
  const uids = Array.from({ length: BLACKLIST_WAITING_MAX_COUNT + 1 }, (_, at) =>
    at.toString(16).padStart(32, '0'),
  ) as Uid[]
  for (const uid of uids) blacklist.keep({ ...offence, uid }, true)
  const blocked = uids.filter((uid) => blacklist.blocks(ONE, uid, 1500))
  assert.deepEqual(blocked, uids.slice(1))

  db.exec('PRAGMA max_page_count = 100000')
  const last = uids.at(-1) as Uid
  new BlacklistBook(db).add({ ...ENTRY, uid: last, until: null })
  assert.equal(blacklist.blocks(ONE, last, 1500 + BLACKLIST_AGAIN_MS), true)
  const entry = blacklist.get(ONE, last)
  assert.deepEqual([entry?.code, entry?.until, entry?.offences], ['by-hand', null, 1])
  assert.equal(blacklist.of(ONE).length, BLACKLIST_WAITING_MAX_COUNT)
})

test('only what a member did itself is said to grow longer', () => {
  assert.equal(formatOffences('by-hand', 2), '2')
  assert.equal(formatOffences('bad-token', 2), '2; twice as long each time')
  assert.equal(formatOffences('by-hand', 0), 'not counted')
})

test("what is nobody's fault, or ours, is never a reason", async (t) => {
  const wallet = openWallet(join(await folder(t), 'wallet.db'), new Uint8Array(32))
  t.after(() => wallet.close())
  for (const code of [
    'idle-timeout',
    'certificate-expired',
    'seller-silent',
    'internal',
  ] as const) {
    assert.throws(() => wallet.blacklist.add({ ...ENTRY, code }), /nothing to punish/)
  }
  assert.deepEqual(wallet.blacklist.of(ONE), [])
})

test('another process edits it while the wallet is open, and looks at nothing else', async (t) => {
  const path = join(await folder(t), 'wallet.db')
  assert.equal(viewWallet(path), undefined)
  const wallet = openWallet(path, new Uint8Array(32))
  t.after(() => wallet.close())
  const edits = viewWallet(path, true)
  edits?.blacklist.add(ENTRY)
  edits?.close()
  assert.equal(wallet.blacklist.blocks(ONE, UID, 1500), true)
  const view = viewWallet(path)
  t.after(() => view?.close())
  assert.equal(view?.blacklist.blocks(ONE, UID, 1500), true)
  assert.throws(() => view?.blacklist.add(ENTRY), /readonly/)
})
