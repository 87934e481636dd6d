/**
 * Buyers that look for a way round the window: new connections, new grants, new members, the lists
 * of others, and requests that they withdraw.
 */
import { PeerList } from '../../shared/api.js'
import { signString } from '../../shared/crypto.js'
import { PEER_LIST_MAX_AGE_MS, STRANGERS_MAX_PIECES } from '../../shared/limits.js'
import { encode } from '../../shared/wire/record.js'
import { Buyer } from './buyer.js'
import { attacksOn, type Scene } from './harness.js'
import type { Line } from './line.js'
import { type Offered, PIECES, RUNS, type Seller } from './stage.js'

const { row } = attacksOn('window')

/** Strangers that come to one seller, and how many of them at a time. */
const STRANGERS = 1000
const AT_ONCE = 20

/** Asks for a run that begins at a piece, and takes what is served of it; the pieces that came. */
async function takeRun(buyer: Buyer, line: Line, seller: Seller, first: number, b: number) {
  const pieces = Array.from({ length: b }, (_, at) => (first + at) % PIECES)
  buyer.page(line, 0)
  const taken: number[] = []
  if ((await buyer.ask(line, seller.uid, pieces)) !== true) return taken
  for (const piece of pieces) if (await buyer.take(line, piece)) taken.push(piece)
  return taken
}

row({
  attack: 'reconnects under new sockets to shed debt',
  source: '§IV.B, D5',
  outcome:
    'a debt belongs to the member, not to the connection: none of them brings a second piece',
  defence: {
    file: 'shared/exchange/selling.js',
    from: 'new Map(history.owed.map(',
    to: 'new Map([].map(',
  },
  atMost: () => 1,
  play: async ({ stage, sold, dist, name, b }) => {
    const seller = await stage.seller(dist, name)
    const buyer = await Buyer.of(stage, sold, seller)
    const got = new Set<number>()
    for (let socket = 0; socket < 4; socket++) {
      const { answer, line } = await buyer.open(seller)
      const taken =
        typeof answer === 'object' ? await takeRun(buyer, line, seller, socket * b, b) : []
      for (const piece of taken) got.add(piece)
      await line.end()
    }
    return { succeeded: got.size > 1, lost: got.size }
  },
})

row({
  attack: 'owes under one content and goes on with another',
  source: 'D5',
  outcome: 'what is owed under any grant takes the places under every other',
  defence: { file: 'shared/exchange/debtors.js', from: 'elsewhere += 1', to: 'elsewhere += 0' },
  atMost: () => 1,
  play: async ({ stage, sold, dist, name, b }) => {
    const seller = await stage.seller(dist, name)
    const buyer = await Buyer.of(stage, sold, seller)
    const first = await buyer.open(seller)
    let lost = (await takeRun(buyer, first.line, seller, 0, b)).length
    const other = [...stage.offers.values()].find((each) => each.b !== b) as Offered
    const again = await buyer.another(other, seller)
    const second = await again.open(seller)
    lost += (await takeRun(again, second.line, seller, 0, other.b)).length
    await Promise.all([first.line.end(), second.line.end()])
    return { succeeded: lost > 1, lost }
  },
})

row({
  attack: 'withdraws every request after it was served',
  source: '§IV.B, D7',
  outcome: 'a withdrawn piece is no debt but keeps its place: only paid pieces make room',
  defence: {
    file: 'shared/exchange/withdrawal.js',
    from: 'forgiven.set(piece, debt.tries)',
    to: 'forgiven.delete(piece)',
  },
  atMost: () => 1,
  play: async ({ stage, sold, dist, name, b }) => {
    const seller = await stage.seller(dist, name)
    const buyer = await Buyer.of(stage, sold, seller)
    const { line } = await buyer.open(seller)
    const got = new Set<number>()
    for (let first = 0; first < PIECES; first++) {
      for (const piece of await takeRun(buyer, line, seller, first, b)) got.add(piece)
      await buyer.withdraw(line, seller.uid, [first])
    }
    await line.end()
    return { succeeded: got.size > 1, lost: got.size }
  },
})

/** A cheat that is named no seller; the seller that it goes to is live all the same. */
async function strangerTo({ stage, sold, dist, name }: Scene) {
  const seller = await stage.seller(dist, name)
  const buyer = await Buyer.of(stage, sold)
  return { buyer, seller }
}

/** What a cheat gets of a seller when it shows a peer list. */
async function takeOn(buyer: Buyer, seller: Seller, peers: Uint8Array, b: number): Promise<number> {
  const line = await buyer.meet(seller.port, buyer.sold)
  const answer = await buyer.show(line, { peers })
  const taken = typeof answer === 'object' ? await takeRun(buyer, line, seller, 0, b) : []
  await line.end()
  return taken.length
}

/** A list of a buyer's grant that names a seller, signed by whom it may be. */
function listOf(buyer: Buyer, { port, uid }: Seller, time: number, by = buyer.signer): Uint8Array {
  const { signer } = buyer.stage.tracker.authority
  const sellers = [{ uid, host: '127.0.0.1', port }]
  const grant = { rid: buyer.rid, cid: buyer.sold.cid, buyer: buyer.uid }
  const list = { ...grant, number: 1000, time, signer: signer.certificate, sellers }
  return signString('peers', encode(PeerList, list), by)
}

/** Where a seller reads a list. */
const READS_LIST = 'const list = decode(PeerList, payload, maxBytes);'

row({
  attack: 'shows a peer list that another buyer was given',
  source: '§IV.B, D5',
  outcome: 'a list is good for the grant and the buyer that it names',
  defence: {
    file: 'shared/exchange/selling.js',
    from: 'const list = decode(PeerList, payload, maxBytes);',
    to: `${READS_LIST} list.rid = message.rid; list.buyer = context.peer.uid;`,
  },
  atMost: () => 0,
  play: async (scene) => {
    const { buyer, seller } = await strangerTo(scene)
    const friend = await Buyer.of(scene.stage, scene.sold, seller)
    const lost = await takeOn(buyer, seller, friend.peers, scene.b)
    return { succeeded: lost > 0, lost }
  },
})

row({
  attack: 'shows a peer list of the day before yesterday',
  source: 'D5',
  outcome: 'a seller takes no list older than a day: whom the tracker names today decides',
  defence: {
    file: 'shared/exchange/selling.js',
    from: ' || now - list.time > PEER_LIST_MAX_AGE_MS',
    to: '',
  },
  atMost: () => 0,
  play: async (scene) => {
    const { buyer, seller } = await strangerTo(scene)
    const { signer } = scene.stage.tracker.authority
    const old = listOf(buyer, seller, Date.now() - 2 * PEER_LIST_MAX_AGE_MS, signer)
    const lost = await takeOn(buyer, seller, old, scene.b)
    return { succeeded: lost > 0, lost }
  },
})

row({
  attack: 'poisons its peer list with a seller of its own choice',
  source: '§IV.B, D5',
  outcome: 'a list that the provider has not signed names nobody',
  defence: {
    file: 'shared/exchange/selling.js',
    from: "openProviderString('peers', message.peers, context.keyring, maxBytes)",
    to: 'message.peers.subarray(50, -64)',
  },
  atMost: () => 0,
  play: async (scene) => {
    const { buyer, seller } = await strangerTo(scene)
    const lost = await takeOn(buyer, seller, listOf(buyer, seller, Date.now()), scene.b)
    return { succeeded: lost > 0, lost }
  },
})

/** The strangers of each content, made once: they are strangers to every seller. */
const crowds = new Map<number, Promise<readonly Buyer[]>>()

/** Does something for each of many, some at a time. */
async function forEach<T>(all: readonly T[], what: (one: T) => Promise<void>): Promise<void> {
  const left = [...all]
  const work = async (): Promise<void> => {
    for (let one = left.pop(); one !== undefined; one = left.pop()) await what(one)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
}

async function crowdOf({ b, stage, sold }: Scene): Promise<readonly Buyer[]> {
  const before = await crowds.get(RUNS[0])
  const crowd: Buyer[] = []
  await forEach([...Array(STRANGERS).keys()], async (place) => {
    const known = b === RUNS[0] ? undefined : before?.[place]
    crowd.push(await (known === undefined ? Buyer.of(stage, sold) : known.another(sold)))
  })
  return crowd
}

row({
  attack: 'a thousand strangers take one piece each',
  source: '§IV.B, D5',
  outcome: 'all strangers together have 64 pieces of a seller, however many they are',
  defence: {
    file: 'shared/exchange/debtor.js',
    from: 'strangers + here < STRANGERS_MAX_PIECES',
    to: 'true',
  },
  atMost: () => STRANGERS_MAX_PIECES,
  play: async (scene) => {
    const { b, dist, name, stage } = scene
    const crowd = crowds.get(b) ?? crowdOf(scene)
    crowds.set(b, crowd)
    const seller = await stage.seller(dist, `${name}-of-${b}`)
    let lost = 0
    await forEach(await crowd, async (stranger) => {
      const { signer } = stage.tracker.authority
      const taken = await takeOn(stranger, seller, listOf(stranger, seller, Date.now(), signer), b)
      lost += taken
    })
    await stage.dismiss(seller.name)
    return { succeeded: lost > STRANGERS_MAX_PIECES, lost }
  },
})
