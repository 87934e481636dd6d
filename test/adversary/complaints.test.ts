/** Sellers, and who claims to be one, that use the desk against honest buyers. */
import { cpSync, rmSync } from 'node:fs'
import { parseAmount } from '../../shared/amount.js'
import { must } from '../../shared/errors.js'
import type { PieceIndex, Uid } from '../../shared/identifier.js'
import { signBody } from '../../shared/wire/messages.js'
import { doneOf, type Program } from '../integration/programs.js'
import { claimOf } from '../unit/tracker-member.js'
import { until } from '../until.js'
import { Buyer } from './buyer.js'
import { attacksOn, type Scene } from './harness.js'
import { casesOf, complain, complaintOf, openPlaintiff, type Plaintiff } from './plaintiff.js'
import { REWARD, type Seller } from './stage.js'
import { type Manners, Vendor } from './vendor.js'

/** Whoever answers by itself does so in time on a busy machine, too. */
const { row } = attacksOn('complaints', {
  publish: ['--answer-window', '5s', '--marks', '2', '--share', '1'],
})

const IMPATIENT = ['--request-timeout', '500ms', '--seed']

/** A buyer's name for a play: each buys anew. */
const buyerOf = ({ b, name }: Scene): string => `buyer-${name}-${b}-${count++}`
let count = 0

/** What became of the complaint of a vendor once the desk, or time, has decided. */
async function outcomeOf({ vendor }: Plaintiff) {
  return until('what becomes of the complaint', async () => {
    const entry = (await casesOf(vendor)).find(({ kind }) => kind === 'unpaid')
    return entry?.outcome !== undefined && entry
  })
}

/**
 * A seller that goes to the desk, and nobody beside it: from a bystander that an earlier play left
 * a buyer may have all pieces before it asks this one for any.
 */
async function loneOf({ sold, stage }: Scene, manners?: Manners): Promise<Plaintiff> {
  await stage.dismiss('bystander')
  return openPlaintiff(stage, sold, manners)
}

/** Lets an honest seller finish the download, so that the buyer announces and hears the notice. */
async function finish({ stage }: Scene, buyer: Program): Promise<void> {
  await stage.seller(undefined, 'bystander')
  await buyer.until('complete')
}

/** The line by which a member answers a complaint without asking anybody. */
const ANSWERING = {
  file: 'client/pay/case-desk.js',
  from: 'const accusation = accusationIn(entry);',
  to: 'const accusation = undefined;',
}

row({
  attack: 'takes a request, sends nothing and complains',
  source: '§III.E, D12',
  outcome: 'the buyer denies what its books never got: no money moves',
  defence: ANSWERING,
  atMost: () => 0,
  play: async (scene) => {
    const { stage, sold, dist } = scene
    const plaintiff = await loneOf(scene, {
      block: () => undefined,
      message: ({ name }) => name !== 'withdrawal',
    })
    const { vendor } = plaintiff
    const buyer = await stage.buyer(buyerOf(scene), sold, { dist, more: IMPATIENT })
    const grounds = await plaintiff.grounds()
    const filed = await complain(vendor, complaintOf(vendor, sold, grounds))
    if (typeof filed === 'string') throw new Error(`the complaint was refused: ${filed}`)
    await finish(scene, buyer)
    const { outcome } = await outcomeOf(plaintiff)
    await buyer.stop('SIGKILL')
    await vendor.close()
    return { succeeded: outcome === 'silent', lost: outcome === 'silent' ? 1 : 0 }
  },
})

row({
  attack: 'complains although it was paid',
  source: '§III.E, D12',
  outcome: 'the buyer shows receipt and payment: nobody is marked, and nothing is paid twice',
  defence: ANSWERING,
  atMost: () => 0,
  play: async (scene) => {
    const { stage, sold, dist } = scene
    const plaintiff = await loneOf(scene)
    const { vendor } = plaintiff
    const name = buyerOf(scene)
    const buyer = await stage.buyer(name, sold, { dist, more: IMPATIENT })
    const grounds = await plaintiff.grounds()
    await buyer.until('complete')
    await buyer.stop('SIGINT')
    const filed = await complain(vendor, complaintOf(vendor, sold, grounds))
    if (typeof filed === 'string') throw new Error(`the complaint was refused: ${filed}`)
    const back = await stage.buyer(name, sold, { dist, more: IMPATIENT })
    const { outcome } = await outcomeOf(plaintiff)
    await claimAll(vendor)
    const paid = Number((await stage.balanceOf(vendor.uid)) / must(parseAmount(REWARD)))
    await back.stop('SIGKILL')
    await vendor.close()
    return { succeeded: outcome === 'silent', lost: Math.max(0, paid - sold.pieces) }
  },
})

/** Whether the desk has stopped the trade of a member in a content. */
async function isStopped({ sold, stage }: Scene, uid: Uid): Promise<boolean> {
  return stage.tracker.store.read(async (rows) => {
    const [member, content] = [await rows.members.byUid(uid), await rows.catalog.byCid(sold.cid)]
    if (member === undefined || content === undefined) throw new Error('who is that?')
    return rows.cases.stopped(member.id, content.id)
  })
}

row({
  attack: 'three that take requests, send nothing and complain of one buyer',
  source: '§IV.B, D12',
  outcome: 'marks of members that never spent money weigh nothing',
  honest: 'tracker',
  defence: {
    file: 'tracker/store-marks.js',
    from: '(EXISTS (SELECT 1 FROM grants b',
    to: '(1 OR EXISTS (SELECT 1 FROM grants b',
  },
  atMost: () => 0,
  play: async (scene) => {
    const { stage, sold } = scene
    const manners: Manners = { block: () => undefined, message: (m) => m.name !== 'withdrawal' }
    const three = await Promise.all([0, 1, 2].map(() => loneOf(scene, manners)))
    const name = buyerOf(scene)
    const buyer = await stage.buyer(name, sold, { more: IMPATIENT })
    for (const { grounds, vendor } of three) {
      const filed = await complain(vendor, complaintOf(vendor, sold, await grounds()))
      if (typeof filed === 'string') throw new Error(`the complaint was refused: ${filed}`)
    }
    await stage.seller(undefined, 'bystander')
    for (const each of three) await outcomeOf(each)
    const stopped = await isStopped(scene, await stage.register(name))
    await buyer.stop('SIGKILL')
    await Promise.all(three.map(({ vendor }) => vendor.close()))
    return { succeeded: stopped, lost: 0 }
  },
})

row({
  attack: 'has a buyer banned by requests in its name',
  source: '§IV.G',
  outcome: 'a request that the buyer did not sign is no evidence',
  honest: 'tracker',
  defence: {
    file: 'shared/mediation/bundle.js',
    from: "openBody('request', signed, { fingerprint, publicKey: accused.key })",
    to: "openBody('request', signed, { fingerprint, publicKey: plaintiff.key })",
  },
  atMost: () => 0,
  play: async ({ stage, sold }) => {
    const mallory = await Vendor.open(stage, sold)
    const victim = await Buyer.of(stage, sold)
    await victim.list(mallory)
    const parties = { rid: victim.rid, cid: sold.cid, buyer: victim.uid, seller: mallory.uid }
    const run = { counter: 1, pieces: [0 as PieceIndex], time: Date.now() }
    const request = signBody('request', { ...parties, ...run }, mallory.signer)
    const { leaf, issuing } = victim
    const opening = victim.bought.answer.open
    const grounds = { buyer: victim.uid, opening, request, pieces: run.pieces, leaf, issuing }
    const filed = await complain(mallory, complaintOf(mallory, sold, grounds))
    await mallory.close()
    return { succeeded: typeof filed !== 'string', lost: typeof filed !== 'string' ? 1 : 0 }
  },
})

/** Whether a membership has ended. */
async function isRevoked({ stage }: Scene, uid: Uid): Promise<boolean> {
  return stage.tracker.store.read(async (rows) => {
    const member = await rows.members.byUid(uid)
    return member !== undefined && (await rows.revocations.of(member.id)) !== undefined
  })
}

/** What a vendor claims for what it was paid last. */
async function claimAll(vendor: Vendor): Promise<void> {
  const { log, tokens, uid } = vendor
  const signed = log.findLast((message) => message.name === 'payment')
  if (signed?.name !== 'payment') throw new Error('nothing was signed')
  const paid = tokens.slice(0, signed.k).map(({ piece, token }) => ({ piece, token }))
  await vendor.claim([claimOf(signed.rid, uid, { paid, payment: signed.body })])
}

/** The client takes no notice of a counter that another copy of its home has used. */
const TAKES_ITSELF_FOR_THE_NEWEST = {
  file: 'client/pay/provider/newest.js',
  from: "if (answer.code !== 'stale-counter')",
  // And what is left to go by while a tracker is away.
  to: 'if ((this.doubt = () => undefined))',
}

row({
  attack: 'an honest buyer that goes on from a backup of its home',
  source: 'D12, D13',
  outcome: 'its counters tell that it was overtaken: it stops before it pays twice',
  defence: TAKES_ITSELF_FOR_THE_NEWEST,
  atMost: () => 0,
  play: async (scene) => {
    const { dist, sold, stage } = scene
    await stage.dismiss('bystander')
    const open = new Set<string>()
    const vendorOf = (name: string) =>
      Vendor.open(stage, sold, { message: ({ name: said }) => said !== 'open' || open.has(name) })
    const [first, second] = [await vendorOf('first'), await vendorOf('second')]
    const name = buyerOf(scene)
    await stage.credit(await stage.register(name), '1')
    doneOf(await stage.start(name, ['buy', sold.torrent, '--yes'], { dist }).ended)
    const [home, backup] = [stage.home(name), stage.home(`${name}-backup`)]
    cpSync(home, backup, { recursive: true })
    const get = ['get', sold.torrent, '--yes', '--host', '127.0.0.1', ...IMPATIENT.slice(0, 2)]
    open.add('first')
    doneOf(await stage.start(name, [...get, '--out', `${home}-files`], { dist }).ended)
    rmSync(home, { recursive: true })
    cpSync(backup, home, { recursive: true })
    open.clear()
    open.add('second')
    const restored = stage.start(name, [...get, '--out', `${home}-again`], { dist })
    const paid = second.until('payment').then(() => true)
    const ended = restored.over.then(() => false)
    const twice = await Promise.race([paid, ended])
    await restored.stop('SIGKILL')
    if (twice) for (const vendor of [first, second]) await claimAll(vendor)
    const revoked = await isRevoked(scene, await stage.register(name))
    await first.close()
    await second.close()
    return { succeeded: revoked, lost: 0 }
  },
})

/** Pieces, of which one, that a seller lets a stranger have and is not paid for. */
async function takenFrom(seller: Seller, buyer: Buyer, piece: number): Promise<number> {
  const { line } = await buyer.open(seller)
  buyer.page(line, 0)
  const stated = (await buyer.ask(line, seller.uid, [piece])) === true
  const taken = stated && (await buyer.take(line, piece))
  await line.end()
  return taken ? 1 : 0
}

row({
  attack: 'a debtor of an honest seller that goes on from a backup of its home',
  source: 'D5, D12, D13',
  outcome: 'its counters tell that it was overtaken: it serves and complains of nobody any more',
  defence: TAKES_ITSELF_FOR_THE_NEWEST,
  atMost: () => 1,
  play: async (scene) => {
    const { b, dist, sold, stage } = scene
    const name = `${scene.name}-restored-${b}`
    const uid = await stage.register(name)
    const [home, backup] = [stage.home(name), stage.home(`${name}-backup`)]
    cpSync(home, backup, { recursive: true })
    const seller = await stage.seller(dist, name)
    const buyer = await Buyer.of(stage, sold, seller)
    let lost = await takenFrom(seller, buyer, 0)
    lost += await takenFrom(seller, buyer, 1)
    await stage.dismiss(name)
    rmSync(home, { recursive: true })
    cpSync(backup, home, { recursive: true })
    // The second try is one call nearer to the counter of the home that is gone.
    for (let tries = 0; tries < 2; tries++) {
      const restored = await stage.seller(dist, name).catch(() => undefined)
      if (restored !== undefined) lost += await takenFrom(restored, buyer, 1)
      await stage.dismiss(name)
      if (restored !== undefined) break
    }
    const revoked = await isRevoked(scene, uid)
    return { succeeded: lost > 1 || revoked, lost }
  },
})
