/**
 * The power goes before every single effect of a whole trade, once each: after the restart the
 * trade completes, every piece is paid exactly once, and the seller can claim all of it (law 5).
 */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { floodgate } from '../../shared/schemes/floodgate/floodgate.js'
import { iou } from '../contract/iou/iou.js'
import { FINGERPRINT } from '../contract/provider.js'
import { makeContent } from '../engine-content.js'
import { Link } from './link.js'
import { Market } from './market.js'

for (const scheme of [floodgate, iou]) {
  for (const [n, b, pieces] of [
    [1, 1, 4],
    [2, 4, 10],
  ] as const) {
    test(`${scheme.name}: a crash before any effect loses nothing (n=${n}, b=${b})`, () => {
      const content = makeContent({ 'x.bin': pieces * 16 * 1024 - 3 }, 16 * 1024)
      const market = new Market(content, scheme, { n, b })
      const points = trade(market, Number.MAX_SAFE_INTEGER)
      assert.ok(points.length > 4 * pieces, 'a trade has many effects')
      const kinds = new Set(points)
      for (const kind of ['buyer save asked', 'buyer save paid', 'seller save earned']) {
        assert.ok(kinds.has(kind), `the trade has the effect ${kind}`)
      }
      for (let point = 1; point <= points.length; point++) trade(market, point)
    })
    test(`${scheme.name}: so does one that outlasts the buyer's patience (n=${n}, b=${b})`, () => {
      const content = makeContent({ 'x.bin': pieces * 16 * 1024 - 3 }, 16 * 1024)
      const market = new Market(content, scheme, { n, b })
      const points = trade(market, Number.MAX_SAFE_INTEGER)
      for (let point = 1; point <= points.length; point++) trade(market, point, true)
    })
  }
}

/**
 * A whole trade with a power cut before one effect; gives the effects performed. When the seller
 * stays away, the buyer withdraws what it had asked for before both meet again.
 */
function trade(market: Market, crashAt: number, away = false): readonly string[] {
  const { pieceCount } = market.content.metainfo
  const folder = mkdtempSync(join(tmpdir(), 'floodgate-'))
  let connections = 0
  // After the crash the engine would rather have what it wanted last before.
  const order = (a: number, b: number) => (connections === 1 ? a - b : b - a)
  const link = new Link(market, folder, crashAt, { order })
  try {
    for (let tries = 0; tries < 4; tries++) {
      connections++
      if (link.connect() && link.disk.size === pieceCount) break
      if (away) link.giveUp()
    }
    const what = `point ${crashAt}: ${link.performed[crashAt - 1]}, closed ${link.closed}`
    assert.equal(link.disk.size, pieceCount, what)
    const { owed, paid, payment } = link.wallets.seller
      .history(FINGERPRINT)
      .seller(link.rid, link.buyer.uid)
    const pieces = paid.map(({ piece }) => piece).sort((a, b) => a - b)
    assert.deepEqual(pieces, [...Array(pieceCount).keys()], what)
    assert.ok(payment !== undefined, what)
    const [unclaimed] = link.wallets.seller.claims.unclaimed(link.buyer.signer.fingerprint, 1)
    assert.equal(unclaimed?.payment.k, pieceCount, what)
    assert.deepEqual(owed, [], what)
    assert.deepEqual(link.wallets.buyer.history(FINGERPRINT).openRequests(link.rid), [], what)
    return link.performed
  } finally {
    link.close()
    rmSync(folder, { recursive: true, force: true })
  }
}
