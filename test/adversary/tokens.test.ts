/** Buyers that pay with bytes that are not the piece's token (§IV.E). */
import { randomBytes } from 'node:crypto'
import { must } from '../../shared/errors.js'
import type { PieceIndex } from '../../shared/identifier.js'
import { Buyer } from './buyer.js'
import { attacksOn, type Played, type Scene } from './harness.js'
import { PIECES } from './stage.js'
import { complainedOf, SWIFT } from './verdict.js'

const { row } = attacksOn('tokens', { publish: SWIFT })

/** The seller's check of a token against the signed hash list. */
const CHECK = {
  file: 'shared/schemes/floodgate/payee.js',
  from: 'if (!equalSecret(hash, nth(page, piece % PAGE_HASHES_COUNT)))',
  to: 'if (false)',
}

type BadToken = (buyer: Buyer, piece: number, scene: Scene) => Promise<Uint8Array> | Uint8Array

/** Takes piece after piece and pays each with a bad token, as long as the seller goes on. */
async function payBadly(scene: Scene, bad: BadToken, cached = false): Promise<Played> {
  const { stage, sold, dist, name } = scene
  const seller = await stage.seller(dist, name)
  const buyer = await Buyer.of(stage, sold, seller)
  let { line } = await buyer.open(seller)
  buyer.page(line, 0)
  if (cached) {
    // A request tells that the page was taken in: it is kept from now on.
    await buyer.ask(line, seller.uid, [0])
    await buyer.withdraw(line, seller.uid, [0])
    await line.end()
    line = (await buyer.open(seller)).line
  }
  let lost = 0
  for (let piece = 0; piece < PIECES; piece++) {
    const asked = await buyer.ask(line, seller.uid, [piece])
    if (asked !== true || !(await buyer.take(line, piece))) break
    lost++
    buyer.token(line, seller.uid, piece, await bad(buyer, piece, scene))
  }
  await line.end()
  if (lost > 1) return { succeeded: true, lost }
  return { succeeded: false, lost, lostAfter: lost - (await complainedOf(stage, seller, buyer)) }
}

const random: BadToken = () => new Uint8Array(randomBytes(32))
const outcome = 'the token does not hash to its place in the signed list: the window stays shut'

row({
  attack: 'invalid token at first contact',
  source: '§IV.E, D4',
  outcome,
  defence: CHECK,
  atMost: () => 1,
  play: (scene) => payBadly(scene, random),
})

row({
  attack: 'invalid token with the hash list cached',
  source: '§IV.E, D4',
  outcome:
    'pages that were kept are checked by the grant that is shown, and judge tokens as before',
  defence: CHECK,
  atMost: () => 1,
  play: (scene) => payBadly(scene, random, true),
})

row({
  attack: 'token of another piece',
  source: '§IV.E, D4',
  outcome,
  defence: CHECK,
  atMost: () => 1,
  play: (scene) => payBadly(scene, (buyer, piece) => buyer.tokenOf((piece + 1) % PIECES)),
})

row({
  attack: 'token of another grant',
  source: '§IV.E, D3',
  outcome: 'every grant has tokens of its own, under a hash that names it',
  defence: CHECK,
  atMost: () => 1,
  play: (scene) =>
    payBadly(scene, async (buyer, piece, { sold, stage }) => {
      await stage.credit(buyer.uid, '1')
      const grant = buyer.accept(sold, await buyer.supplement(sold, [piece]))
      const step = { step: 'token', piece: piece as PieceIndex } as const
      return must(buyer.scheme.payer.pay(grant.purse, buyer.uid, undefined, step, buyer.signer))
        .bytes
    }),
})

row({
  attack: 'token of another buyer',
  source: '§IV.E, D2',
  outcome,
  defence: CHECK,
  atMost: () => 1,
  play: (scene) =>
    payBadly(scene, async (_, piece, { sold, stage }) =>
      (await Buyer.of(stage, sold)).tokenOf(piece),
    ),
})

row({
  attack: 'replay of a token',
  source: '§IV.E, D2',
  outcome: 'a piece is paid once under a grant: the same token again moves nothing',
  defence: {
    file: 'shared/schemes/floodgate/payee.js',
    from: 'if (till.paidFor(piece))',
    to: 'if (false)',
  },
  atMost: () => 1,
  play: async ({ stage, sold, dist, name }) => {
    const seller = await stage.seller(dist, name)
    const buyer = await Buyer.of(stage, sold, seller)
    const { line } = await buyer.open(seller)
    buyer.page(line, 0)
    await buyer.ask(line, seller.uid, [0])
    await buyer.take(line, 0)
    buyer.token(line, seller.uid, 0)
    await buyer.settle(line, seller.uid)
    await buyer.ask(line, seller.uid, [1])
    const taken = await buyer.take(line, 1)
    buyer.token(line, seller.uid, 0)
    await buyer.settle(line, seller.uid)
    await line.end()
    const again = await buyer.open(seller)
    await again.line.end()
    const counted = typeof again.answer === 'object' ? again.answer.k : 0
    const lost = taken ? 1 : 0
    if (counted > 1) return { succeeded: true, lost }
    return { succeeded: false, lost, lostAfter: lost - (await complainedOf(stage, seller, buyer)) }
  },
})
