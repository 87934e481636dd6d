/** What was said once is said again, by whoever heard it: to a seller, a buyer, the tracker. */
import { randomBytes } from 'node:crypto'
import type { Uid } from '../../shared/identifier.js'
import { claimOf } from '../unit/tracker-member.js'
import { Buyer } from './buyer.js'
import { Cheat } from './cheat.js'
import { attacksOn, type Scene } from './harness.js'
import { newsOf } from './news.js'
import { Vendor } from './vendor.js'

const { row } = attacksOn('replays')

row({
  attack: 'replay of a request',
  source: '§III.D, D15',
  outcome: 'a request has a counter above all earlier ones of the grant, or is refused',
  defence: {
    file: 'shared/exchange/selling.js',
    from: 'if (counter <= state.counter)',
    to: 'if (false)',
  },
  atMost: () => 0,
  play: async ({ stage, sold, dist, name }) => {
    const seller = await stage.seller(dist, name)
    const buyer = await Buyer.of(stage, sold, seller)
    const { line } = await buyer.open(seller)
    buyer.page(line, 0)
    const request = buyer.request(seller.uid, [0])
    await buyer.say(line, request)
    await buyer.withdraw(line, seller.uid, [0])
    const again = await buyer.say(line, request)
    // Silence is mostly the end of the seller, and not always: either way it is begun anew.
    await (again === undefined ? stage.dismiss(name) : line.end())
    // A second statement, or the end of a seller whose books hold no counter twice.
    return { succeeded: again !== 'counter-replayed', lost: 0 }
  },
})

row({
  attack: 'replay of a receipt',
  source: '§III.E, D15',
  outcome: 'a receipt names the payment that it is for; another one ends the connection',
  defence: {
    file: 'shared/exchange/answers.js',
    from: 'const fits = sent !== undefined && equal(sent, body.payment);',
    to: 'const fits = true;',
  },
  atMost: () => 0,
  play: async (scene) => {
    const { stage, sold, dist } = scene
    await stage.dismissAll()
    let first: Uint8Array | undefined
    let replayed = false
    const vendor = await Vendor.open(stage, sold, {
      message: (message, line, self) => {
        if (message.name !== 'payment') return true
        const { rid } = message
        if (first === undefined) {
          const receipt = self.receiptOf(message)
          first = receipt.signed
          line.send(receipt)
        } else if (!replayed) {
          // Whoever took the old receipt for this payment goes on, and pays again when asked.
          replayed = true
          line.send({ name: 'receipt', rid, signed: first })
          line.send({ name: 'retry', rid, k: message.k - 1, code: 'bad-token' })
        }
        return false
      },
    })
    const buyer = await stage.buyer(buyerOf(scene), sold, { dist })
    const closed = buyer.until('closed', ({ code }) => code === 'receipt-mismatch')
    const opened = () => vendor.log.filter(({ name }) => name === 'open').length
    const kinds = () => new Set(vendor.tokens.map(({ k }) => k)).size
    const paidAgain = vendor.when(
      'a second payment',
      () => opened() === 1 && vendor.tokens.length > kinds(),
    )
    const ends = [closed.then(() => false), paidAgain.then(() => true)]
    const succeeded = await Promise.race(ends)
    await Promise.all([buyer.stop('SIGKILL'), vendor.close()])
    return { succeeded, lost: 0 }
  },
})

/** A buyer's name for a play: each buys anew. */
const buyerOf = ({ b, name }: Scene): string => `buyer of ${name} ${b}`

/** The tracker's check that a call is new. */
const COUNTER = {
  file: 'tracker/calls.js',
  from: 'if (!(await rows.members.advance(member.id, head.counter, call)))',
  to: 'await rows.members.advance(member.id, head.counter, call); if (false)',
}

row({
  attack: 'replay of a purchase',
  source: '§III.C, D17',
  outcome: 'the counter of a call is used up by the first; no second one is answered with a grant',
  defence: COUNTER,
  honest: 'tracker',
  atMost: () => 0,
  play: async ({ stage, sold }) => {
    const buyer = await new Cheat(stage).join()
    await stage.credit(buyer.uid, '1')
    const call = buyer.purchaseCall(sold)
    const body = buyer.sign('purchase', call)
    await buyer.post('purchase', body, call.nonce)
    const again = await buyer.post('purchase', body, call.nonce)
    return { succeeded: again.code === 'ok', lost: 0 }
  },
})

row({
  attack: 'replay of a claim',
  source: '§III.F, D13',
  outcome: 'refused by its counter; and what was claimed once is credited once',
  defence: COUNTER,
  honest: 'tracker',
  atMost: () => 0,
  play: async ({ stage, sold }) => {
    const seller = await new Cheat(stage).join()
    const buyer = await Buyer.of(stage, sold)
    const paid = buyer.pay(buyer.bought, seller.uid, [0, 1, 2])
    const grants = [claimOf(buyer.rid, seller.uid, paid)]
    const call = { ...seller.head(), id: new Uint8Array(randomBytes(16)), grants }
    const body = seller.sign('claim', call)
    await seller.post('claim', body, call.nonce)
    const before = await stage.balanceOf(seller.uid)
    const again = await seller.post('claim', body, call.nonce)
    const gained = (await stage.balanceOf(seller.uid)) - before
    return { succeeded: again.code === 'ok', lost: Number(gained) / 50_000 }
  },
})

row({
  attack: 'replay of a handshake',
  source: '§III.D, §IV.G, D15',
  outcome: 'a hello is signed over both handshakes, and the other side of this one is new',
  defence: {
    file: 'shared/wire/channel.js',
    from: 'const same = hello.role === want.role',
    to: 'const same = true || hello.role === want.role',
  },
  atMost: () => 0,
  play: async ({ stage, sold, dist, name }) => {
    const seller = await stage.seller(dist, name)
    const witness = await stage.seller(undefined, 'witness')
    const victim = await new Cheat(stage).join()
    let recorded: Uint8Array | undefined
    const heard = await victim.meet(witness.port, sold, {
      hello: (made) => {
        recorded = made
        return made
      },
    })
    const said = heard.transcript?.initiator
    await heard.end()
    if (said === undefined || recorded === undefined) throw new Error('nothing was recorded')
    const hello: Uint8Array = recorded
    const thief = await new Cheat(stage).join()
    const news = newsOf(seller.program)
    const line = await thief.meet(seller.port, sold, {
      handshake: () => said.handshake,
      extended: () => said.extended,
      hello: () => hello,
    })
    // It cannot seal a message: whom the seller blames for that is whom it believes to have met.
    line.payload(new Uint8Array(40).fill(1))
    const ours = [victim.uid, thief.uid, undefined]
    const { uid } = await news.until('closed', (event) => ours.includes(event.uid as Uid))
    await line.over
    return { succeeded: uid === victim.uid, lost: 0 }
  },
})
