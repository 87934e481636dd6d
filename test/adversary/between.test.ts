/** Who sits between two honest members: hears, changes, keeps back, pretends (§III.D, §IV.G). */
import { randomBytes } from 'node:crypto'
import { concat, fromText, u32 } from '../../shared/bytes.js'
import { aeadOpen } from '../../shared/crypto.js'
import { must, refused } from '../../shared/errors.js'
import { hkdf, x25519PublicKey } from '../../shared/hpke.js'
import {
  type Channel,
  openChannel,
  readEntry,
  type Transcript,
  transcriptDigest,
} from '../../shared/wire/channel.js'
import { decodeMessage } from '../../shared/wire/messages.js'
import { Cheat } from './cheat.js'
import { attacksOn, type Scene } from './harness.js'
import { newsOf } from './news.js'
import { isExtended, isSealed, type Passing, payloadOf, Relay, type Tapped } from './relay.js'
import { extendedOf } from './speaker.js'
import { PIECES } from './stage.js'
import { Vendor } from './vendor.js'

const { row } = attacksOn('between')

/** Millionths that a piece earns its seller. */
const REWARD = 50_000n

/** A relay before an honest seller, both of the programs that the play is about. */
const between = ({ stage, sold, dist, name }: Scene): Promise<Relay> =>
  Relay.before(stage, sold, dist, `${name}-behind`)

const buyerOf = ({ b, name }: Scene): string => `buyer of ${name} ${b} ${buyers++}`
let buyers = 0

/** An honest download through a relay that tampers, to its end. */
async function download(scene: Scene, tamper: Relay['tamper']) {
  const { stage, sold, dist } = scene
  const relay = await between(scene)
  const { name, program, uid } = relay.seller
  const before = await stage.balanceOf(uid)
  relay.tamper = tamper
  const news = newsOf(program)
  const more = ['--request-timeout', '1s']
  const buyer = await stage.buyer(buyerOf(scene), sold, { dist, more })
  await buyer.until('done')
  await stage.dismiss(name)
  await relay.close()
  const earned = (await stage.balanceOf(uid)) - before
  const parted = news.has('closed', ({ code }) => code === 'seal-broken')
  return { lost: PIECES - Number(earned / REWARD), parted, relay }
}

/** Calls for what passes first from a buyer after blocks of a piece: the token of it. */
function onToken(change: (bytes: Uint8Array) => Uint8Array | undefined): Relay['tamper'] {
  let done = false
  return (passing, wire) => {
    const delivered = wire.log.some(({ bytes, from }) => from === 'acceptor' && bytes[4] === 7)
    if (done || passing.from === 'acceptor' || !delivered || !isSealed(passing)) {
      return passing.bytes
    }
    done = true
    return change(passing.bytes)
  }
}

/** Answers both sides in the name of the other, under keys of its own. */
class Middle {
  readonly #secret = new Uint8Array(randomBytes(32))
  readonly #raw = new Map<Passing['from'], { said: Uint8Array; passed: Uint8Array }>()
  #channels: Record<Passing['from'], Channel> | undefined

  /** Changes the key in a handshake; what the two then say is opened and sealed anew. */
  pass(passing: Passing, wire: Tapped, opened: (name: string) => void): Uint8Array {
    const { bytes, from } = passing
    if (isExtended(passing)) {
      const said = payloadOf(passing)
      const entry = { ...must(readEntry(said)), key: x25519PublicKey(this.#secret) }
      const passed = extendedOf(entry)
      this.#raw.set(from, { said, passed })
      return concat(u32(2 + passed.length), bytes.subarray(4, 6), passed)
    }
    if (!isSealed(passing)) return bytes
    this.#channels ??= this.#meet(wire.log)
    const plaintext = this.#channels[from].open(payloadOf(passing))
    if (refused(plaintext)) return bytes
    opened(must(decodeMessage(plaintext)).name)
    const to = from === 'initiator' ? 'acceptor' : 'initiator'
    return concat(bytes.subarray(0, 6), this.#channels[to].seal(plaintext))
  }

  /** A channel with each side, as it believes to have it with the other. */
  #meet(log: readonly Passing[]): Record<Passing['from'], Channel> {
    const sideOf = (from: Passing['from'], which: 'said' | 'passed') => ({
      handshake: log.find((each) => each.from === from)?.bytes as Uint8Array,
      extended: this.#raw.get(from)?.[which] as Uint8Array,
    })
    const keyOf = (from: Passing['from']) =>
      must(readEntry(this.#raw.get(from)?.said as Uint8Array)).key
    const withInitiator: Transcript = {
      initiator: sideOf('initiator', 'said'),
      acceptor: sideOf('acceptor', 'passed'),
    }
    const withAcceptor: Transcript = {
      initiator: sideOf('initiator', 'passed'),
      acceptor: sideOf('acceptor', 'said'),
    }
    return {
      initiator: must(openChannel(withInitiator, false, this.#secret, keyOf('initiator'))),
      acceptor: must(openChannel(withAcceptor, true, this.#secret, keyOf('acceptor'))),
    }
  }
}

row({
  attack: 'man in the middle on the first message',
  source: '§III.D, D15',
  outcome: 'the hello is signed over both keys as they left: who changes one is not believed',
  defence: {
    file: 'shared/wire/channel.js',
    from: 'equal(hello.transcript, want.transcript)',
    to: 'true',
  },
  atMost: () => 0,
  play: async (scene) => {
    const { stage, sold, dist } = scene
    const relay = await between(scene)
    const middles = new Map<Tapped, Middle>()
    const read = new Promise<boolean>((resolve) => {
      relay.tamper = (passing, wire) => {
        const middle = middles.get(wire) ?? new Middle()
        middles.set(wire, middle)
        return middle.pass(passing, wire, (name) => name === 'open' && resolve(true))
      }
    })
    const buyer = await stage.buyer(buyerOf(scene), sold, { dist })
    const closed = buyer.until('closed', ({ code }) => code === 'hello-mismatch').then(() => false)
    const succeeded = await Promise.race([read, closed])
    await buyer.stop('SIGKILL')
    await stage.dismiss(relay.seller.name)
    await relay.close()
    return { succeeded, lost: 0 }
  },
})

row({
  attack: 'man in the middle on the token',
  source: '§III.D',
  outcome: 'what was changed does not open, the connection ends, and the next one pays',
  defence: {
    file: 'shared/crypto.js',
    from: 'return concat(opened, cipher.final());',
    to: 'return opened;',
  },
  atMost: () => 0,
  play: async (scene) => {
    const { lost, parted } = await download(
      scene,
      onToken((bytes) => {
        // The last byte of the token: behind it are the end of the record and the tag.
        const at = bytes.length - 18
        return bytes.map((byte, place) => (place === at ? byte ^ 1 : byte))
      }),
    )
    return { succeeded: !parted, lost }
  },
})

row({
  attack: 'relay that keeps a payment back',
  source: '§III.D, §3.2',
  outcome: 'messages are numbered: behind a gap none opens, and the next connection pays',
  defence: {
    file: 'shared/wire/channel.js',
    from: 'direction.sequence += 1;',
    to: 'direction.sequence += 0;',
  },
  atMost: () => 0,
  play: async (scene) => {
    const { lost, parted } = await download(
      scene,
      onToken(() => undefined),
    )
    return { succeeded: !parted, lost }
  },
})

row({
  attack: 'eavesdropper',
  source: '§III.D',
  outcome: 'sees who meets whom and the pieces; no token, request or receipt',
  defence: {
    file: 'shared/wire/channel.js',
    from: 'const secret = x25519(ourPrivateKey, theirPublicKey);',
    to: 'const secret = new Uint8Array(32);',
  },
  atMost: () => 0,
  play: async (scene) => {
    const { lost, relay } = await download(scene, ({ bytes }) => bytes)
    const heard = relay.wires.flatMap((wire) => overheard(wire))
    return { succeeded: heard.includes('token'), lost }
  },
})

/** Names of a buyer's messages that open under keys made of what everybody can see. */
function overheard(wire: Tapped): string[] {
  const { log, transcript } = wire
  if (transcript === undefined) return []
  const salt = transcriptDigest(transcript)
  const keys = hkdf(salt, new Uint8Array(32), fromText('floodgate/1 channel'), 88)
  const sealed = log.filter((passing) => passing.from === 'initiator' && isSealed(passing))
  return sealed.flatMap((passing, number) => {
    const nonce = keys.slice(64, 76)
    nonce[11] = (nonce[11] as number) ^ (number & 0xff)
    nonce[10] = (nonce[10] as number) ^ (number >> 8)
    const payload = payloadOf(passing)
    const opened = aeadOpen(keys.slice(0, 32), nonce, Uint8Array.of(1), payload.subarray(1))
    return refused(opened) ? [] : [must(decodeMessage(opened)).name]
  })
}

row({
  attack: 'junk in the name of a seller',
  source: '§IV.G',
  outcome: 'its certificate is no secret, its key is: the hello of the impostor does not verify',
  defence: {
    file: 'shared/crypto.js',
    from: 'if (!rawVerify(null, message, verifier.publicKey, signature))',
    to: 'if (false)',
  },
  atMost: () => 0,
  play: async (scene) => {
    const { stage, sold, dist } = scene
    const relay = await Relay.before(stage, sold, undefined, 'victim')
    const { port, uid } = relay.seller
    const thief = await new Cheat(stage).join()
    const line = await thief.meet(port, sold)
    const { leaf } = must(readEntry(line.transcript?.acceptor.extended as Uint8Array))
    await line.end()
    await relay.close()
    const block = (_: unknown, good: Uint8Array) => good.map((byte) => byte ^ 1)
    const impostor = await Vendor.inPlaceOf(stage, sold, { uid, port, leaf }, { block })
    const buyer = await stage.buyer(buyerOf(scene), sold, { dist })
    const trades = impostor.until('request').then(() => true)
    const closed = buyer.until('closed', ({ code }) => code === 'bad-signature').then(() => false)
    const succeeded = await Promise.race([trades, closed])
    await Promise.all([buyer.stop('SIGKILL'), impostor.close()])
    return { succeeded, lost: 0 }
  },
})
