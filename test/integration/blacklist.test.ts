/** The verbs of the blacklist, as processes beside a seller at work: add, list, explain, lift. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { Market } from './market.js'
import { doneOf, type Ended } from './programs.js'

const KIB = 1024

const codeOf = ({ events, status }: Ended) => [status, events.at(-1)?.code]

test('a seller at work trades with a member no more, says why, and trades again', async (t) => {
  const market = await Market.open({
    ...{ bytes: 16 * 16 * KIB, pieceLength: 16 * KIB },
    ...{ price: '1', reward: '0.05' },
  })
  t.after(() => market.close())
  const house = await market.member('house')
  const carol = await market.member('carol', '5')
  const seller = await market.seller('house')
  const verb = (...args: string[]) => market.start('house', 'blacklist', ...args).ended
  assert.equal(doneOf(await verb('list')).entries, 0)
  assert.deepEqual(codeOf(await verb('explain', carol)), [1, 'unknown-member'])
  assert.deepEqual(codeOf(await verb('lift', carol)), [1, 'unknown-member'])
  assert.deepEqual(codeOf(await verb('add', house)), [2, 'usage'])
  const added = doneOf(await verb('add', carol, '--reason', 'never pays', '--for', '30d'))
  assert.equal(added.uid, carol)

  const args = ['get', market.torrent, '--yes', '--out', join(market.folder, 'out')]
  const buyer = market.start('carol', ...args)
  await buyer.until('closed', ({ code }) => code === 'blacklisted')
  await seller.until('closed', ({ code, uid }) => code === 'blacklisted' && uid === carol)

  const listed = (await verb('list')).events.filter(({ event }) => event === 'entry')
  assert.deepEqual(
    listed.map(({ code, holds, offences, reason, uid }) => [uid, code, reason, offences, holds]),
    [[carol, 'by-hand', 'never pays', 1, true]],
  )
  const known = doneOf(await verb('explain', carol))
  assert.deepEqual([known.reason, known.evidence, known.unsettled], ['never pays', '', 0])
  doneOf(await verb('lift', carol))
  assert.equal(doneOf(await verb('list')).entries, 0)
  assert.equal(doneOf(await verb('list', '--all')).entries, 1, 'what was is remembered')
  assert.equal(doneOf(await buyer.ended).event, 'done', 'the download goes on by itself')
  doneOf(await seller.stop())
  await market.verify()
})

test('a download whose only seller is on the own blacklist says so', async (t) => {
  const market = await Market.open({
    ...{ bytes: 4 * 16 * KIB, pieceLength: 16 * KIB },
    ...{ price: '1', reward: '0.05' },
  })
  t.after(() => market.close())
  const house = await market.member('house')
  await market.member('carol', '5')
  await market.seller('house')
  doneOf(await market.start('carol', 'blacklist', 'add', house).ended)
  const args = ['get', market.torrent, '--yes', '--out', join(market.folder, 'out')]
  const buyer = market.start('carol', ...args)
  const { sellers } = await buyer.until('avoided')
  assert.deepEqual(sellers, [house])
  assert.deepEqual(codeOf(await buyer.stop()), [1, 'interrupted'])
})
