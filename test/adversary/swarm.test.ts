/** Whom the tracker names to buyers, and money that many accounts bring to one. */
import { createServer } from 'node:net'
import { pending, spendable } from '../../shared/account.js'
import { paymentSource } from '../../tracker/flows.js'
import { balanceOf } from '../../tracker/ledger.js'
import { doneOf } from '../integration/programs.js'
import { type Bought, claimOf } from '../unit/tracker-member.js'
import { until } from '../until.js'
import { Cheat } from './cheat.js'
import { attacksOn } from './harness.js'
import { type Offered, PIECES, type Stage } from './stage.js'
import { Vendor } from './vendor.js'

/** Short, so that earnings mature while a row is played. */
const { row } = attacksOn('swarm', { publish: ['--complaint-window', '1s'] })

/** Millionths that a piece earns. */
const REWARD = 50_000n
const ALL = Array.from({ length: PIECES }, (_, piece) => piece)

/** A new member that has bought a content. */
async function customer(stage: Stage, sold: Offered): Promise<{ buyer: Cheat; bought: Bought }> {
  const buyer = await new Cheat(stage, 'customer').join()
  await stage.credit(buyer.uid, '1')
  return { buyer, bought: await buyer.buy(sold) }
}

/** Has pieces of one new grant paid to each of some sellers, who claim them. */
async function pay(stage: Stage, sold: Offered, sellers: readonly Cheat[], each: number) {
  const { buyer, bought } = await customer(stage, sold)
  for (const [at, seller] of sellers.entries()) {
    const paid = buyer.pay(bought, seller.uid, ALL.slice(at * each, (at + 1) * each))
    await seller.claim([claimOf(bought.rid, seller.uid, paid)])
  }
}

/** Of so many purchases, how many were told of a seller. */
async function toldOf(stage: Stage, sold: Offered, seller: Cheat, times: number): Promise<number> {
  let told = 0
  for (let i = 0; i < times; i++) {
    const { list } = (await customer(stage, sold)).bought
    if (list.sellers.some(({ uid }) => uid === seller.uid)) told++
  }
  return told
}

row({
  attack: 'announce of the address of a victim',
  source: '§V, D15',
  outcome: 'the victim says no hello of that member: no buyer is sent there',
  defence: {
    file: 'tracker/assembly.js',
    from: "reach.standing(id, { host, port }) === 'proved'",
    to: 'true',
  },
  honest: 'tracker',
  atMost: () => 0,
  play: async ({ stage, sold }) => {
    const victim = createServer((socket) => socket.on('error', () => undefined).end())
    await new Promise<void>((resolve) => {
      victim.listen(0, '127.0.0.1', resolve)
    })
    const { port } = victim.address() as { port: number }
    const accounts: Cheat[] = []
    for (let i = 0; i < 4; i++) accounts.push(await new Cheat(stage).join())
    for (const account of accounts) await account.announce(sold.cid, port)
    const { list } = (await customer(stage, sold)).bought
    for (const account of accounts) await account.announce(sold.cid, port, { event: 'stopped' })
    victim.close()
    return { succeeded: list.sellers.some((named) => named.port === port), lost: 0 }
  },
})

row({
  attack: 'fake sellers fill the list',
  source: '§V, D5',
  outcome: 'three of four places go to sellers that have earned',
  defence: {
    file: 'tracker/ranking.js',
    from: 'return earned > 0n && left < size',
    to: 'return 0',
  },
  honest: 'tracker',
  atMost: () => 0,
  play: async ({ stage, sold }) => {
    const honest = await Vendor.open(stage, sold)
    await pay(stage, sold, [honest], 4)
    await honest.announce(sold.cid, honest.port)
    // They answer the tracker, and nobody else.
    const fakes: Vendor[] = []
    const silence = { block: () => undefined, message: () => false }
    for (let i = 0; i < 24; i++) fakes.push(await Vendor.open(stage, sold, silence))
    const times = 6
    const told = await toldOf(stage, sold, honest, times)
    for (const vendor of [honest, ...fakes]) await vendor.close()
    return { succeeded: told < times, lost: 0 }
  },
})

row({
  attack: 'Sybil accounts share what one has earned',
  source: '§IV.H, D5',
  outcome: 'places are drawn in proportion to earnings: splitting gains none',
  defence: { file: 'tracker/ranking.js', from: '/ Number(presence.earned)', to: '/ 1' },
  honest: 'tracker',
  atMost: () => 0,
  play: async ({ stage, sold }) => {
    const honest = await Vendor.open(stage, sold)
    const sybils: Vendor[] = []
    for (let i = 0; i < 2 * PIECES; i++) sybils.push(await Vendor.open(stage, sold))
    // Both sides earn the reward of 32 pieces.
    for (let i = 0; i < 2; i++) {
      await pay(stage, sold, [honest], PIECES)
      await pay(stage, sold, sybils.slice(i * PIECES, (i + 1) * PIECES), 1)
    }
    for (const vendor of [honest, ...sybils]) await vendor.announce(sold.cid, vendor.port)
    const times = 24
    const told = await toldOf(stage, sold, honest, times)
    for (const vendor of [honest, ...sybils]) await vendor.close()
    // One of 33 equal accounts is in three places every eleventh time, half of all earnings in
    // seven of eight.
    return { succeeded: told < times / 2, lost: 0 }
  },
})

row({
  attack: 'botnet that collects for one account',
  source: '§V, D9',
  outcome: 'ten accounts of one payment source or more: the payout waits for the desk',
  defence: { file: 'tracker/flows.js', from: 'own.buyers < FLOW_BUYERS_MIN_COUNT', to: 'true' },
  honest: 'tracker',
  atMost: () => 0,
  play: async ({ stage, sold }) => {
    const { store, vault } = stage.tracker
    const master = await new Cheat(stage, 'master').join()
    const source = paymentSource(vault, `card of ${master.uid}`)
    const claims = []
    for (let i = 0; i < 50; i++) {
      const { buyer, bought } = await customer(stage, sold)
      await store.write(async (rows) => {
        const member = await rows.members.byUid(buyer.uid)
        await rows.sources.add(source, member?.id ?? 0)
      })
      claims.push(claimOf(bought.rid, master.uid, buyer.pay(bought, master.uid, ALL)))
    }
    await master.claim(claims)
    const rewards = async (): Promise<number> =>
      Number(await collected(stage, master)) / Number(REWARD)
    const flow = await decidedOrPaid(stage, master)
    const lost = await rewards()
    if (flow === undefined) return { succeeded: true, lost }
    const reason = ['--reason', 'one card paid for all of them']
    doneOf(await stage.desk('held', 'withhold', String(flow), ...reason))
    return { succeeded: lost > 0, lost, lostAfter: await rewards() }
  },
})

/** What a member can spend. */
const collected = (stage: Stage, { uid }: Cheat): Promise<bigint> =>
  stage.tracker.store.read(async (rows) => balanceOf(await rows.ledger.account(spendable(uid))))

/** Waits until all that a member earned is held, by the number of that flow, or has matured. */
async function decidedOrPaid(stage: Stage, { uid }: Cheat): Promise<number | undefined> {
  const { flow } = await until('what becomes of the earnings', () =>
    stage.tracker.store.read(async (rows) => {
      const member = await rows.members.byUid(uid)
      const held = (await rows.flows.all(false, 1000)).find(({ payee }) => payee === member?.id)
      const left = balanceOf(await rows.ledger.account(pending(uid)))
      return (held !== undefined || left === 0n) && { flow: held?.id }
    }),
  )
  return flow
}
