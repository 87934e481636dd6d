/** Sellers that claim what they did not earn, or earned once. */
import { CaseAnswer } from '../../shared/cases.js'
import type { PieceIndex } from '../../shared/identifier.js'
import { withPieces } from '../../tracker/bitmap.js'
import { doneOf } from '../integration/programs.js'
import { decodeBody } from '../unit/tracker-member.js'
import { Buyer } from './buyer.js'
import { Cheat } from './cheat.js'
import { claimFor, earnedBy, FORGETS, guessed } from './earnings.js'
import { attacksOn } from './harness.js'
import { PIECES, type Stage } from './stage.js'

const { row } = attacksOn('claims', { bends: 'books' })

/** Pieces that buyers pay here. */
const SOLD = [0, 1, 2, 3]

const BROKER = 'shared/schemes/floodgate/broker.js'
/** The tracker takes a claim for that of the seller that it names, and pays who brings it. */
const BEARER = {
  file: BROKER,
  from: 'const { claimant, facts, fingerprint, settled } = context;',
  to: `const { facts, fingerprint, settled } = context;
    const place = Buffer.from(bytes).lastIndexOf('6:seller16:') + 11;
    const claimant = Buffer.from(bytes.subarray(place, place + 16)).toString('hex');`,
}

/** A buyer, and two members that claim to have sold to it. */
async function cast(stage: Stage, sold: Parameters<typeof Buyer.of>[1]) {
  const buyer = await Buyer.of(stage, sold)
  const [seller, thief] = [new Cheat(stage, 'Seller'), new Cheat(stage, 'Thief')]
  await Promise.all([seller.join(), thief.join()])
  return { buyer, seller, thief }
}

row({
  attack: 'brings the claim of another seller as its own',
  source: '§III.F, D2',
  outcome: 'a claim is worth nothing to anyone but the seller that the buyer signed for',
  honest: 'tracker',
  defence: BEARER,
  atMost: () => 0,
  play: async ({ stage, sold }) => {
    const { buyer, seller, thief } = await cast(stage, sold)
    const claim = claimFor(buyer.rid, seller.uid, buyer.pay(buyer.bought, seller.uid, SOLD))
    await thief.claim([claim])
    await seller.claim([claim])
    const [stolen, earned] = [await earnedBy(stage, thief), await earnedBy(stage, seller)]
    return { succeeded: stolen > 0, lost: SOLD.length - earned }
  },
})

row({
  attack: 'hands a payment on to another seller, who claims it',
  source: '§IV.B, D2',
  outcome: 'the payment names its payee under the signature, and its chain begins with it',
  honest: 'tracker',
  defence: BEARER,
  atMost: () => 0,
  play: async ({ stage, sold }) => {
    const { buyer, seller, thief } = await cast(stage, sold)
    const paid = buyer.pay(buyer.bought, seller.uid, SOLD)
    // As if it were its own, and as what it is.
    for (const named of [thief.uid, seller.uid]) {
      await thief.claim([claimFor(buyer.rid, named, paid)])
      await thief.claim([claimFor(buyer.rid, named, paid, { shown: true })])
    }
    const lost = await earnedBy(stage, thief)
    return { succeeded: lost > 0, lost }
  },
})

row({
  attack: 'copies the digest of another claim',
  source: 'D2',
  outcome: 'the digest is over the claimant and its tokens: who has none is paid nothing',
  honest: 'tracker',
  defence: {
    file: BROKER,
    from: 'const failed = failedTokens(claim, paid);',
    to: 'const failed = new Set();',
  },
  atMost: () => 0,
  play: async ({ stage, sold }) => {
    const { buyer, seller, thief } = await cast(stage, sold)
    const paid = buyer.pay(buyer.bought, seller.uid, SOLD)
    // The buyer signs to the thief as well, and the digest of the seller's claim became known.
    const { payment } = buyer.pay(buyer.bought, thief.uid, SOLD)
    const honest = claimFor(buyer.rid, seller.uid, paid)
    const copied = { paid: paid.paid, payment }
    const { claim } = claimFor(buyer.rid, thief.uid, { ...copied, paid: guessed(paid.paid) })
    const digestAt = (bytes: Uint8Array): number => Buffer.from(bytes).indexOf('6:digest32:') + 11
    const digest = honest.claim.subarray(digestAt(honest.claim), digestAt(honest.claim) + 32)
    claim.set(digest, digestAt(claim))
    await thief.claim([{ rid: buyer.rid, claim }])
    await seller.claim([honest])
    const [stolen, earned] = [await earnedBy(stage, thief), await earnedBy(stage, seller)]
    return { succeeded: stolen > 0, lost: SOLD.length - earned }
  },
})

row({
  attack: 'guesses tokens',
  source: '§IV.E, D2',
  outcome: 'each token is compared with the one that the seed gives, and pays for itself alone',
  honest: 'tracker',
  defence: {
    file: BROKER,
    from: 'const wrong = paid.filter(',
    to: 'const wrong = [].filter(',
  },
  atMost: () => 0,
  play: async ({ stage, sold }) => {
    const { buyer, thief } = await cast(stage, sold)
    const { paid, payment } = buyer.pay(buyer.bought, thief.uid, SOLD)
    for (let guess = 0; guess < 8; guess++) {
      const tried = { paid: guessed(paid), payment }
      await thief.claim([claimFor(buyer.rid, thief.uid, tried, { shown: true })])
    }
    const lost = await earnedBy(stage, thief)
    return { succeeded: lost > 0, lost }
  },
})

row({
  attack: 'claims the same payment again and again',
  source: '§III.F, D2, D13',
  outcome: 'a piece pays once, whatever the id of the claim and however many come at once',
  honest: 'tracker',
  defence: FORGETS,
  atMost: () => 0,
  play: async ({ stage, sold }) => {
    const { buyer, thief } = await cast(stage, sold)
    const claim = claimFor(buyer.rid, thief.uid, buyer.pay(buyer.bought, thief.uid, SOLD))
    await thief.claim([claim])
    // Counters rise in the order in which they are signed; calls that are overtaken do not count.
    await Promise.all([1, 2, 3].map(() => thief.claim([claim])))
    await thief.claim([claim])
    const lost = (await earnedBy(stage, thief)) - SOLD.length
    return { succeeded: lost > 0, lost }
  },
})

row({
  attack: 'claims that overlap',
  source: '§III.F, D2, D13',
  outcome: 'overlapping claims pay their union, in whatever order and from wherever they begin',
  honest: 'tracker',
  defence: FORGETS,
  atMost: () => 0,
  play: async ({ stage, sold }) => {
    const { buyer, thief } = await cast(stage, sold)
    const first = buyer.pay(buyer.bought, thief.uid, [0, 1, 2, 3])
    const more = buyer.pay(buyer.bought, thief.uid, [4, 5], first.progress)
    // The buyer is an accomplice, and signs for pieces that it paid before.
    const twice = buyer.pay(buyer.bought, thief.uid, [1, 2], more.progress)
    const { rid } = buyer
    await thief.claim([claimFor(rid, thief.uid, first)])
    const both = { paid: [...first.paid, ...more.paid], payment: more.payment }
    await thief.claim([claimFor(rid, thief.uid, both)])
    await thief.claim([claimFor(rid, thief.uid, twice, { after: 6 })])
    const lost = (await earnedBy(stage, thief)) - 6
    return { succeeded: lost > 0, lost }
  },
})

row({
  attack: 'asks for its money back before the seller it paid has claimed',
  source: 'D9',
  outcome: 'a refund is paid a complaint window later, of what nobody has claimed by then',
  honest: 'tracker',
  defence: {
    file: 'tracker/refunds.js',
    from: 'deadline: nowMs + terms.complaint,',
    to: 'deadline: nowMs,',
  },
  atMost: () => 0,
  play: async ({ stage, sold }) => {
    const { buyer, seller } = await cast(stage, sold)
    const claim = claimFor(buyer.rid, seller.uid, buyer.pay(buyer.bought, seller.uid, SOLD))
    const pieces = withPieces(new Uint8Array(PIECES / 8), SOLD as PieceIndex[])
    const asking = { ...buyer.head(), rid: buyer.rid, pieces, reason: 'no seller', again: 0 }
    const entry = decodeBody(CaseAnswer, (await buyer.send('refund', asking)).body)
    const decision = ['--refund', '--reason', 'no seller offers it']
    doneOf(await stage.desk('cases', 'decide', String(entry.number), ...decision))
    await seller.claim([claim])
    const lost = SOLD.length - (await earnedBy(stage, seller))
    return { succeeded: lost > 0, lost }
  },
})

row({
  attack: 'makes two calls under one counter, a claim and a renewal',
  source: 'D13, D17',
  outcome: 'a counter is used up by the first call that shows it, in the transaction of that call',
  honest: 'tracker',
  defence: {
    file: 'tracker/calls.js',
    from: 'await rows.members.advance(member.id, head.counter, call)',
    to: '((await rows.members.advance(member.id, head.counter, call)), true)',
  },
  atMost: () => 0,
  play: async ({ stage, sold }) => {
    const { buyer, thief } = await cast(stage, sold)
    const claim = claimFor(buyer.rid, thief.uid, buyer.pay(buyer.bought, thief.uid, SOLD))
    const counter = 1
    const [claimed, renewed] = await Promise.all([
      thief.send('claim', { ...thief.head({ counter }), id: new Uint8Array(16), grants: [claim] }),
      thief.send('renew', thief.head({ counter })),
    ])
    return { succeeded: claimed.code === 'ok' && renewed.code === 'ok', lost: 0 }
  },
})
