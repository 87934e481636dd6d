/** Buyers that take and do not pay. */
import { Buyer } from './buyer.js'
import { attacksOn } from './harness.js'
import { PIECES } from './stage.js'

const { row } = attacksOn('unpaid')

row({
  attack: 'never pays',
  source: '§IV.B, D5',
  outcome: 'a stranger has one piece outstanding: it gets that one and no second',
  defence: {
    file: 'shared/exchange/debtor.js',
    from: 'Math.min(n, 1 + trust)',
    to: '64',
  },
  atMost: () => 1,
  play: async ({ stage, sold, dist, name, b }) => {
    const seller = await stage.seller(dist, name)
    const buyer = await Buyer.of(stage, sold, seller)
    const { line } = await buyer.open(seller)
    buyer.page(line, 0)
    let lost = 0
    for (let first = 0; first < PIECES; first += b) {
      const pieces = Array.from({ length: b }, (_, at) => first + at)
      if ((await buyer.ask(line, seller.uid, pieces)) !== true) break
      for (const piece of pieces) if (await buyer.take(line, piece)) lost++
      await buyer.withdraw(line, seller.uid, pieces)
    }
    await line.end()
    return { succeeded: lost > 1, lost }
  },
})
