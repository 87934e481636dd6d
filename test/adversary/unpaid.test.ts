/** Buyers that take and do not pay. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { PieceIndex } from '../../shared/identifier.js'
import { NAMED_SELLERS_MIN_COUNT, PAYMENT_DUE_MS, TRIES_MAX_COUNT } from '../../shared/limits.js'
import { clockOffBy } from '../hardship/clock.js'
import type { Start } from '../integration/programs.js'
import { Buyer } from './buyer.js'
import { attacksOn } from './harness.js'
import { N, PIECES, RUNS, type Seller } from './stage.js'
import { complainedOf, SWIFT } from './verdict.js'

const { row } = attacksOn('unpaid', { publish: SWIFT })

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
    }
    await line.end()
    if (lost > 1) return { succeeded: true, lost }
    return { succeeded: false, lost, lostAfter: lost - (await complainedOf(stage, seller, buyer)) }
  },
})

row({
  attack: 'takes from many sellers and pays none',
  source: '§IV.B, D5',
  outcome: 'the tracker names so many sellers to a grant, and nobody else serves it',
  defence: {
    file: 'shared/exchange/selling.js',
    from: 'if (!list.sellers.some((seller) => seller.uid === context.self))',
    to: 'if (false)',
  },
  atMost: () => NAMED_SELLERS_MIN_COUNT,
  play: async ({ stage, sold, dist, name }) => {
    const names = Array.from({ length: NAMED_SELLERS_MIN_COUNT + 1 }, (_, at) => `${name}-${at}`)
    const sellers = await Promise.all(names.map((each) => stage.seller(dist, each)))
    const buyer = await Buyer.of(stage, sold)
    await buyer.announce(sold.cid, 1, { rid: buyer.rid, left: 1 })
    const losers: Seller[] = []
    for (const [piece, seller] of sellers.entries()) {
      const { line } = await buyer.open(seller)
      buyer.page(line, 0)
      if ((await buyer.ask(line, seller.uid, [piece])) === true) {
        if (await buyer.take(line, piece)) losers.push(seller)
      }
      await line.end()
    }
    const lost = losers.length
    if (lost > NAMED_SELLERS_MIN_COUNT) return { succeeded: true, lost }
    const paid = await Promise.all(losers.map((each) => complainedOf(stage, each, buyer)))
    if (sold.b === RUNS.at(-1)) await Promise.all(names.map((each) => stage.dismiss(each)))
    return { succeeded: false, lost, lostAfter: paid.reduce((rest, each) => rest - each, lost) }
  },
})

row({
  attack: 'has a piece sent again without end',
  source: '§IV.B, D7',
  outcome: 'a piece comes again three times within the same debt, then its request ends',
  defence: {
    file: 'shared/exchange/selling.js',
    from: 'if (tries > TRIES_MAX_COUNT)',
    to: 'if (false)',
  },
  atMost: () => 1,
  play: async ({ stage, sold, dist, name }) => {
    const seller = await stage.seller(dist, name)
    const buyer = await Buyer.of(stage, sold, seller)
    const { line } = await buyer.open(seller)
    buyer.page(line, 0)
    await buyer.ask(line, seller.uid, [0])
    let sent = 0
    while (sent < 2 * TRIES_MAX_COUNT + 2 && (await buyer.take(line, 0))) {
      sent++
      line.send({ name: 'resend', rid: buyer.rid, piece: 0 as PieceIndex })
    }
    await line.end()
    return { succeeded: sent > 1 + TRIES_MAX_COUNT, lost: 1 }
  },
})

/** How a seller is started for which a file says how much time has passed, timers included. */
function ageing(clock: string): Start {
  const { FAKETIME_DONT_FAKE_MONOTONIC: _, ...environment } = clockOffBy(clock).environment ?? {}
  return { environment }
}

row({
  attack: 'pays late',
  source: '§IV.B, D5',
  outcome:
    'while a piece is overdue nothing new is begun; each that is paid late halves the window',
  defence: { file: 'shared/exchange/debtor.js', from: 'if (!late)', to: 'if (true)' },
  atMost: () => 1,
  play: async ({ stage, sold, dist, name, b }) => {
    const clock = join(stage.folder, `${name}-${b}.clock`)
    writeFileSync(clock, '+0')
    const seller = await stage.seller(dist, `${name}-late-${b}`, ageing(clock))
    const buyer = await Buyer.of(stage, sold, seller)
    const { line } = await buyer.open(seller)
    buyer.page(line, 0)
    // Four pieces paid at once open the whole window; the next two are paid when they are overdue.
    for (let piece = 0; piece < N; piece++) {
      await buyer.ask(line, seller.uid, [piece])
      await buyer.take(line, piece)
      buyer.token(line, seller.uid, piece)
      await buyer.settle(line, seller.uid)
    }
    for (const piece of [4, 5]) {
      await buyer.ask(line, seller.uid, [piece])
      await buyer.take(line, piece)
    }
    writeFileSync(clock, `+${(2 * PAYMENT_DUE_MS) / 1000}`)
    const overdue = await buyer.ask(line, seller.uid, [6])
    for (const piece of [4, 5]) buyer.token(line, seller.uid, piece)
    await buyer.settle(line, seller.uid)
    let lost = 0
    for (const piece of [7, 8]) {
      if ((await buyer.ask(line, seller.uid, [piece])) !== true) break
      if (await buyer.take(line, piece)) lost++
    }
    await line.end()
    if (overdue === true || lost > 1) return { succeeded: true, lost }
    const rest = lost - (await complainedOf(stage, seller, buyer, '+4m'))
    return { succeeded: false, lost, lostAfter: rest }
  },
})
