/**
 * A member's home is lost, and its backup is older than the last call: it can never go on, and the
 * provider pays out what the account holds to the membership of a new home, to the unit.
 */
import assert from 'node:assert/strict'
import { cpSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { Market } from './market.js'
import { doneOf } from './programs.js'

const KIB = 1024

test('a backup that was overtaken: its money goes to a new home by the desk', async (t) => {
  const market = await Market.open({
    ...{ bytes: 8 * 16 * KIB, pieceLength: 16 * KIB },
    ...{ price: '2', reward: '0.10' },
  })
  t.after(() => market.close())
  await market.member('house')
  const carol = await market.member('carol', '5')
  const seller = await market.seller('house')
  const [home, backup] = [market.home('carol'), join(market.folder, 'backup')]
  cpSync(home, backup, { recursive: true })
  const out = join(market.folder, 'out')
  doneOf(await market.start('carol', 'get', market.torrent, '--yes', '--out', out).ended)
  rmSync(home, { recursive: true })
  cpSync(backup, home, { recursive: true })
  for (const verb of [['wallet'], ['payout', '1', '--to', 'my bank', '--yes']]) {
    const stale = await market.start('carol', ...verb).ended
    assert.deepEqual([stale.status, stale.events.at(-1)?.code], [1, 'home-copied'])
    assert.match(String(stale.events.at(-1)?.advice), /ask the provider to end this membership/)
  }

  const make = ['payouts', 'make', carol, 'all', '--to', 'a new home', '--reason', 'lost her home']
  const early = await market.desk(...make)
  assert.deepEqual([early.status, early.events.at(-1)?.code], [1, 'not-revoked'])
  assert.equal(doneOf(await market.desk('revoke', carol)).spendable, '3000000')
  const { amount, number } = doneOf(await market.desk(...make))
  assert.equal(amount, '3000000')
  const twice = await market.desk(...make)
  assert.deepEqual([twice.status, twice.events.at(-1)?.code], [1, 'payout-waits'])
  await market.verify()

  const anew = await market.member('carol-anew')
  const topup = ['topup', anew, '3', '--id', `payout ${number}`]
  const paid = ['payouts', 'paid', String(number), '--reference', `topup of ${anew}`]
  for (const first of [true, false]) {
    assert.equal(doneOf(await market.desk(...topup)).first, first)
    assert.equal(doneOf(await market.desk(...paid)).first, first)
  }
  const wallet = await market.start('carol-anew', 'wallet').ended
  assert.equal(wallet.status, 0)
  await seller.stop()
  await market.verify()
  doneOf(await market.desk('audit'))
  const { balances, sum } = doneOf(await market.desk('accounts', '--all'))
  const held = (uid: string, account: string) =>
    (balances as Record<string, string>)[`member:${uid}:${account}`]
  assert.deepEqual([held(carol, 'spendable'), held(carol, 'payout')], ['0', '0'])
  assert.deepEqual([held(anew, 'spendable'), sum], ['3000000', '0'])
})
