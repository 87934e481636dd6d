/** Cheats whose damage shows when their victims claim, and what verdicts make good of it. */
import { bundle, casesOf, complain } from '../unit/plaintiff.js'
import type { Member } from '../unit/tracker-member.js'
import { Buyer } from './buyer.js'
import { Cheat } from './cheat.js'
import { claimFor, earnedBy } from './earnings.js'
import { attacksOn } from './harness.js'
import type { Offered, Stage } from './stage.js'
import { Vendor } from './vendor.js'
import { awarded, SWIFT } from './verdict.js'

// What a bent judge decided no right one decides again: the books do not add up.
const { row } = attacksOn('mediation', { publish: SWIFT, bends: 'books' })

/** Pieces that are paid, or taken, here. */
const SOLD = [0, 1, 2, 3]

/** Has a member buy the content itself: it is somebody's customer, not a name alone. */
async function customer<M extends Member>(stage: Stage, sold: Offered, member: M): Promise<M> {
  await stage.credit(member.uid, '1')
  await member.buy(sold)
  return member
}

/** Whether the tracker still answers a member. */
async function trades(member: Member): Promise<boolean> {
  return (await member.send('renew', member.head())).code === 'ok'
}

/** Two members claim what one buyer signed over to both; how many pieces the second is short of. */
async function signedTwice(stage: Stage, sold: Offered, buyer: Buyer) {
  const first = await new Cheat(stage, 'First').join()
  const second = await customer(stage, sold, await Vendor.open(stage, sold))
  await buyer.list(second)
  for (const seller of [first, second]) {
    const paid = buyer.pay(buyer.bought, seller.uid, SOLD)
    await seller.claim([claimFor(buyer.rid, seller.uid, paid)])
  }
  await second.close()
  return { second, lost: SOLD.length - (await earnedBy(stage, second)) }
}

row({
  attack: 'pays an accomplice first and an honest seller with the same tokens',
  source: '§IV.B, D2, D9',
  outcome:
    'two signed payments of one piece end the membership of the buyer by themselves, and the ' +
    'second seller is paid out of the price when the complaint window has passed',
  honest: 'tracker',
  defence: {
    file: 'tracker/claims.js',
    from: 'await lookForProof(context, each);',
    to: '',
  },
  atMost: () => SOLD.length,
  play: async ({ stage, sold }) => {
    const buyer = await Buyer.of(stage, sold)
    const { lost, second } = await signedTwice(stage, sold, buyer)
    return {
      succeeded: await trades(buyer),
      lost,
      lostAfter: lost - (await awarded(stage, second)),
    }
  },
})

row({
  attack: 'one grant pooled by two machines: each pays its own sellers with its tokens',
  source: '§IV.B, D2, D9',
  outcome: 'the same: it does not matter which machine signed, for both have the key of one member',
  honest: 'tracker',
  defence: {
    file: 'shared/mediation/proofs.js',
    from: 'const twice = new Set(found.doubleSpent);',
    to: 'const twice = new Set();',
  },
  atMost: () => SOLD.length,
  play: async ({ stage, sold }) => {
    const buyer = await Buyer.of(stage, sold)
    // The other machine: the same key, grant and counters, and payments of its own.
    const other = new Buyer(stage, sold)
    const { bought, leaf, peers, seed, uid } = buyer
    Object.assign(other, { bought, leaf, peers, seed, uid, counter: buyer.counter + 1000 })
    const { lost, second } = await signedTwice(stage, sold, other)
    const gone = !(await trades(other)) && !(await trades(buyer))
    return { succeeded: !gone, lost, lostAfter: lost - (await awarded(stage, second)) }
  },
})

row({
  attack: 'has an accomplice claim just before the complaint',
  source: '§IV.B, D12',
  outcome: 'a piece that somebody else was paid for is paid out of what is held of the price',
  honest: 'tracker',
  defence: {
    file: 'shared/mediation/rules.js',
    from: 'facts.vouched === 1 ? paidToOthers.slice(0, room) : [];',
    to: '[];',
  },
  atMost: () => SOLD.length,
  play: async ({ stage, sold }) => {
    const seller = await customer(stage, sold, await Vendor.open(stage, sold))
    const buyer = await Buyer.of(stage, sold)
    await buyer.list(seller)
    const { line } = await buyer.open({ ...seller, port: seller.port } as never)
    buyer.page(line, 0)
    let lost = 0
    // As much as n and b let one buyer owe.
    const pieces = SOLD.slice(0, sold.b)
    if ((await buyer.ask(line, seller.uid, pieces)) === true) {
      for (const piece of pieces) if (await buyer.take(line, piece)) lost++
    }
    await line.end()
    const accomplice = await new Cheat(stage, 'Accomplice').join()
    const paid = buyer.pay(buyer.bought, accomplice.uid, pieces)
    await accomplice.claim([claimFor(buyer.rid, accomplice.uid, paid)])
    const [asked] = seller.log.filter((message) => message.name === 'request')
    const { signed } = asked as { signed: Uint8Array }
    const filed = await bundle(stage, seller, buyer, buyer.bought, pieces, signed)
    const { reply } = await complain(seller, filed)
    if (reply.code !== 'ok') throw new Error(`${reply.code} ${reply.detail}`)
    // It reads what it is accused of, and says nothing.
    await casesOf(buyer)
    const lostAfter = lost - (await awarded(stage, seller))
    await seller.close()
    return { succeeded: lostAfter > 0, lost, lostAfter }
  },
})
