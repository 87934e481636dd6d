/** A member is revoked while it downloads: the programs part, say why, and no money is lost. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { Market } from './market.js'
import { doneOf, tracker } from './programs.js'

const KIB = 1024

test('a buyer revoked in mid-download ends with the reason, and stays out', async (t) => {
  const market = await Market.open({
    ...{ bytes: 128 * 16 * KIB, pieceLength: 16 * KIB },
    ...{ price: '2', reward: '0.01' },
  })
  t.after(() => market.close())
  const house = await market.member('house')
  const mallory = await market.member('mallory', '5')
  const all = doneOf(await tracker(market.home('tracker'), 'accounts', '--all'))
  const { [`member:${house}:spendable`]: poor } = all.balances as Record<string, string>
  assert.equal(poor, '0', 'a member without money is listed with its uid')
  const seller = await market.seller('house', '--up-limit', '40k')
  const args = ['get', market.torrent, '--yes', '--out', join(market.folder, 'out')]
  const buyer = market.start('mallory', ...args)
  await buyer.until('progress', ({ pieces }) => Object.keys(pieces ?? {}).length > 0)
  const home = market.home('tracker')
  const revoked = doneOf(await tracker(home, 'revoke', mallory, '--reason', 'paid twice'))
  assert.equal(revoked.uid, mallory)
  // Whoever of the two hears of it first ends the connection.
  await seller.until('closed', ({ uid }) => uid === mallory)
  const ended = await buyer.ended
  assert.deepEqual([ended.status, ended.events.at(-1)?.code], [1, 'certificate-revoked'])
  const again = await market.start('mallory', ...args).ended
  assert.deepEqual([again.status, again.events.at(-1)?.code], [1, 'certificate-revoked'])
  const wallet = await market.start('mallory', 'wallet').ended
  assert.deepEqual([wallet.status, wallet.events.at(-1)?.code], [1, 'certificate-revoked'])
  await seller.stop()
  await market.verify()
  const { balances } = doneOf(await tracker(home, 'accounts'))
  const kept = (balances as Record<string, string>)[`member:${mallory}:spendable`]
  assert.equal(kept, '3000000', 'what it had beside the purchase stays')
  const nobody = await tracker(home, 'revoke', 'nobody')
  assert.deepEqual([nobody.status, nobody.events.at(-1)?.code], [1, 'unknown-member'])
})
