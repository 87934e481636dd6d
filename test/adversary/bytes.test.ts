/** Bytes that no honest program sends, to a seller, in every state of a connection. */
import { randomBytes } from 'node:crypto'
import { concat, u32 } from '../../shared/bytes.js'
import { must } from '../../shared/errors.js'
import { x25519PublicKey } from '../../shared/hpke.js'
import { EXTENSION_MAX_BYTES } from '../../shared/limits.js'
import { readEntry } from '../../shared/wire/channel.js'
import { encodeMessage, type Message } from '../../shared/wire/messages.js'
import { Buyer } from './buyer.js'
import { attacksOn, type Scene } from './harness.js'
import { Line } from './line.js'
import { extendedOf } from './speaker.js'
import type { Seller } from './stage.js'

const { row } = attacksOn('bytes')

const random = (bytes: number): Uint8Array => new Uint8Array(randomBytes(bytes))

/** How far a connection has come. */
const STATES = ['introduced', 'met', 'open', 'asked'] as const
type State = (typeof STATES)[number]

/** A connection in a state, and its next honest step: whether the seller took it. */
interface Stepping {
  readonly line: Line
  readonly buyer: Buyer
  next(): Promise<boolean>
}

/** Brings a new connection of a buyer to a state. */
async function bring(buyer: Buyer, seller: Seller, state: State): Promise<Stepping> {
  const { sold } = buyer
  if (state === 'introduced') {
    const line = await Line.dial(seller.port, sold.cid)
    line.introduce()
    return { line, buyer, next: () => line.meet(buyer) }
  }
  const line = await buyer.meet(seller.port, sold)
  const show = async () => typeof (await buyer.show(line)) === 'object'
  if (state === 'met') return { line, buyer, next: show }
  await show()
  buyer.page(line, 0)
  const ask = async () => (await buyer.ask(line, seller.uid, [0])) === true
  const withdraw = () => buyer.withdraw(line, seller.uid, [0])
  if (state === 'open') return { line, buyer, next: async () => (await ask()) && withdraw() }
  await ask()
  return { line, buyer, next: withdraw }
}

/** Whether a seller goes on with a connection on which bad bytes came, in any of these states. */
async function livesOn(
  { stage, sold, dist, name }: Scene,
  states: readonly State[],
  spoil: (stepping: Stepping, state: State) => void,
): Promise<boolean> {
  const seller = await stage.seller(dist, name)
  const buyer = await Buyer.of(stage, sold, seller)
  for (const state of states) {
    const stepping = await bring(buyer, seller, state)
    spoil(stepping, state)
    const went = await stepping.next()
    await stepping.line.end()
    if (went) return true
  }
  return false
}

const BOUNDS = {
  file: 'shared/wire/frame.js',
  from: 'if (length < bounds[0] || length > bounds[1])',
  to: 'if (false)',
}

row({
  attack: 'oversized messages in every state',
  source: '§6, D14',
  outcome: 'a length is judged by its first five bytes; nothing of the message is kept',
  defence: BOUNDS,
  atMost: () => 0,
  play: async (scene) => {
    const body = new Uint8Array(EXTENSION_MAX_BYTES + 10)
    const spoil = ({ line }: Stepping) => line.frame(77, body)
    return { succeeded: await livesOn(scene, STATES, spoil), lost: 0 }
  },
})

row({
  attack: 'truncated messages in every state',
  source: '§6, D14',
  outcome: 'a length that its kind does not have ends the connection',
  defence: BOUNDS,
  atMost: () => 0,
  play: async (scene) => {
    const spoil = ({ line }: Stepping) => line.frame(5, 0xff)
    return { succeeded: await livesOn(scene, STATES, spoil), lost: 0 }
  },
})

row({
  attack: 'mutated messages in every state',
  source: '§III.D, D14',
  outcome: 'what was changed after it was sealed does not open; what was sealed wrong is no record',
  defence: {
    file: 'shared/crypto.js',
    from: 'return concat(opened, cipher.final());',
    to: 'return opened;',
  },
  atMost: () => 0,
  play: async (scene) => {
    const { stage, sold, dist, name } = scene
    const seller = await stage.seller(dist, name)
    const buyer = await Buyer.of(stage, sold, seller)
    const { line } = await bring(buyer, seller, 'met')
    const message = encodeMessage(buyer.opening())
    // The first figure of the record is the buyer's counter, 0: now it is 1.
    const at = Buffer.from(message).indexOf('7:counteri0e') + '7:counteri'.length
    const sealed = line.sealed(message)
    line.payload(sealed.map((byte, place) => (place === at + 1 ? byte ^ 1 : byte)))
    const answered = (await line.next('state', 'refusal')) !== undefined
    await line.end()
    return { succeeded: answered || !(await survives(buyer, seller)), lost: 0 }
  },
})

/** Whether a seller trades on after messages of every kind, each bent in many places. */
async function survives(buyer: Buyer, seller: Seller): Promise<boolean> {
  const { rid } = buyer
  const [piece, token] = [0, new Uint8Array(32)]
  const signed = buyer.request(seller.uid, [0])
  const messages = [
    buyer.opening(),
    { name: 'page', rid, page: 0, body: new Uint8Array(512) },
    { name: 'request', rid, signed },
    { name: 'token', rid, k: 1, piece, token },
    { name: 'payment', rid, k: 1, body: token },
    { name: 'resend', rid, piece },
    { name: 'withdrawal', rid, signed },
    { name: 'closing', code: 'goodbye' },
  ] as readonly Message[]
  for (const [number, message] of messages.entries()) {
    for (const state of ['met', 'open', 'asked'] as const) {
      const { line } = await bring(buyer, seller, state)
      const plain = encodeMessage(message)
      // A place in the type, in the length of the record's first key, and further behind.
      const place = [0, 2, 7 + 5 * number][STATES.indexOf(state) - 1] as number
      const bent = plain.map((byte, at) => (at === place % plain.length ? byte ^ 0x11 : byte))
      line.payload(line.sealed(bent))
      line.payload(line.sealed(plain.subarray(0, plain.length - 1 - number)))
      await line.over
    }
  }
  return trades(seller, await Buyer.of(buyer.stage, buyer.sold, seller))
}

/** Whether a seller takes the request of a buyer. */
async function trades(seller: Seller, buyer: Buyer): Promise<boolean> {
  const { line, next } = await bring(buyer, seller, 'open')
  const took = await next()
  await line.end()
  return took
}

row({
  attack: 'second extension handshake',
  source: '§6, D14, BEP 10',
  outcome: 'one for each connection: what was signed over stays',
  defence: {
    file: 'shared/wire/frame.js',
    from: 'if (this.extended !== undefined)',
    to: 'if (false)',
  },
  atMost: () => 0,
  play: async (scene) => {
    const { stage, sold, dist, name } = scene
    const seller = await stage.seller(dist, name)
    const buyer = await Buyer.of(stage, sold, seller)
    let again = false
    for (const state of ['met', 'open', 'asked'] as const) {
      const { line } = await bring(buyer, seller, state)
      const said = must(readEntry(line.transcript?.initiator.extended as Uint8Array))
      // New keys, and a certificate that might be another member's.
      const fresh = { nonce: random(32), key: x25519PublicKey(random(32)) }
      line.frame(20, 0, extendedOf({ ...said, ...fresh }))
      again ||= await line.greeted()
      await line.end()
    }
    return { succeeded: again, lost: 0 }
  },
})

row({
  attack: 'extension id confusion',
  source: 'D14, BEP 10',
  outcome: 'an id is a byte, and 0 is the handshake; all else is refused before it is used',
  defence: {
    file: 'shared/wire/frame.js',
    from: "if (typeof id !== 'number' || id < 0 || id > 255)",
    to: 'if (false)',
  },
  atMost: () => 0,
  play: async ({ stage, sold, dist, name }) => {
    const seller = await stage.seller(dist, name)
    const buyer = await Buyer.of(stage, sold, seller)
    let met = false
    // Ids that become 1 when they are written as a byte: one thing is agreed, another is sent.
    for (const id of [257, 65_537]) {
      const line = await Line.dial(seller.port, sold.cid)
      met ||= await line.meet(buyer, { extended: (entry) => extendedOf(entry, id) })
      await line.end()
    }
    return { succeeded: met, lost: 0 }
  },
})

row({
  attack: 'bencode bombs',
  source: '§6, D14',
  outcome: 'strict syntax, depth and size come before the decoder: the connection ends',
  defence: {
    file: 'shared/wire/frame.js',
    from: 'return checkExtended(this.extended);',
    to: 'return undefined;',
  },
  atMost: () => 0,
  play: async ({ stage, sold, dist, name }) => {
    // A small heap, so that the copy is soon at its end.
    const small = { node: ['--max-old-space-size=48'] }
    const seller = await stage.seller(dist, `${name}-small`, small)
    const buyer = await Buyer.of(stage, sold, seller)
    const bombs = ['d1:ml-3:ee', `d1:m${'l'.repeat(60_000)}`, 'd1:m99999999999:e', 'd1:mi0']
    for (const bomb of bombs) {
      const line = await Line.dial(seller.port, sold.cid)
      line.introduce()
      line.frame(20, 0, Buffer.from(bomb))
      await line.over
      const next = await Line.dial(seller.port, sold.cid).catch(() => undefined)
      const alive = (await next?.meet(buyer)) === true
      await (alive ? next?.end() : seller.program.ended)
      if (!alive) return { succeeded: true, lost: 0 }
    }
    return { succeeded: !(await trades(seller, buyer)), lost: 0 }
  },
})

row({
  attack: 'huge and negative indexes',
  source: '§6, D14',
  outcome: 'no piece, offset or length beyond the content reaches a bitfield or the disk',
  defence: {
    file: 'shared/wire/frame.js',
    from: 'return piece < this.#pieceCount ? 4 + length',
    to: 'return true ? 4 + length',
  },
  atMost: () => 0,
  play: async (scene) => {
    const beyond = [16, 0x7fffffff, 0x80000000, 0xffffffff]
    for (const piece of beyond) {
      const spoil = ({ line }: Stepping) => line.frame(4, u32(piece))
      if (await livesOn(scene, STATES, spoil)) return { succeeded: true, lost: 0 }
    }
    const block = [u32(0x4000), u32(0xffffffff), u32(0x80000000), u32(0)]
    for (const id of [6, 8, 16, 13, 17]) {
      for (const place of beyond) {
        const rest = id < 13 || id === 16 ? concat(...block.slice(0, 2)) : new Uint8Array(0)
        const spoil = ({ line }: Stepping) => line.frame(id, u32(place), rest)
        if (await livesOn(scene, ['open'], spoil)) return { succeeded: true, lost: 0 }
      }
    }
    for (const [offset, length] of [
      [0x80000000, 0x4000],
      [0xffffffff, 0x4000],
      [0, 0],
      [0, 0xffffffff],
      [0x7ffff, 0x4000],
    ] as const) {
      const spoil = ({ line }: Stepping) => line.ask(0, offset, length)
      if (await livesOn(scene, ['open', 'asked'], spoil)) return { succeeded: true, lost: 0 }
    }
    return { succeeded: false, lost: 0 }
  },
})
