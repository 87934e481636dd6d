/** Somebody on the line who would have two members speak another version than they could. */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import type { TestContext } from 'node:test'
import { concat, equal, fromText, readU32, u32 } from '../../shared/bytes.js'
import { Buyer } from './buyer.js'
import { attacksOn } from './harness.js'

const { row } = attacksOn('downgrade')

const OFFERED = fromText('1:vli1ee')
/** There is one version so far; what is changed is that another one is offered with it. */
const CHANGED = fromText('1:vli1ei2ee')
let count = 0

/** Where the seller listens; whoever dials it goes through the line. */
const BEHIND = '127.0.0.2'

/** The line to a seller, on which somebody changes the versions that others offer. */
class Changing {
  readonly #server = createServer((socket) => this.#join(socket))
  readonly #sockets = new Set<Socket>()
  /** Whether connections are tampered with from now on. */
  tampers = false
  #spoke: (sealed: true) => void = () => {}
  /** Resolves when somebody went on to say something sealed. */
  readonly spoken = new Promise<true>((resolve) => {
    this.#spoke = resolve
  })

  static async open(): Promise<Changing> {
    const line = new Changing()
    line.#server.listen(0, '127.0.0.1')
    await once(line.#server, 'listening')
    return line
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  cut(t: TestContext): void {
    t.after(() => {
      this.#server.close()
      for (const socket of this.#sockets) socket.destroy()
    })
  }

  #join(buyer: Socket): void {
    const seller = connect(this.port, BEHIND)
    const tampers = this.tampers
    this.#sockets.add(buyer).add(seller)
    seller.on('error', () => buyer.destroy()).pipe(buyer)
    buyer.on('error', () => seller.destroy())
    buyer.on('close', () => seller.destroy())
    if (!tampers) {
      buyer.pipe(seller)
      return
    }
    let received: Uint8Array = new Uint8Array(0)
    let greeted = false
    buyer.on('data', (chunk) => {
      received = concat(received, chunk)
      if (!greeted && received.length >= 68) {
        seller.write(received.slice(0, 68))
        received = received.subarray(68)
        greeted = true
      }
      while (greeted && received.length >= 4 && received.length >= 4 + readU32(received)) {
        const end = 4 + readU32(received)
        this.#pass(received.slice(4, end), seller)
        received = received.subarray(end)
      }
    })
  }

  #pass(message: Uint8Array, seller: Socket): void {
    const [id, kind, first] = message
    if (id === 20 && kind !== 0 && first === 1) this.#spoke(true)
    const passed = id === 20 && kind === 0 ? changed(message) : message
    seller.write(concat(u32(passed.length), passed))
  }
}

/** An extension handshake with another list of versions. */
function changed(message: Uint8Array): Uint8Array {
  for (let at = 0; at + OFFERED.length <= message.length; at++) {
    const end = at + OFFERED.length
    if (equal(message.subarray(at, end), OFFERED)) {
      return concat(message.subarray(0, at), CHANGED, message.subarray(end))
    }
  }
  return message
}

row({
  attack: 'version downgrade: the versions that a buyer offers are changed on their way',
  source: 'D1, D15',
  outcome: 'the first message signs both handshakes as they were sent: the connection ends',
  defence: {
    file: 'shared/wire/channel.js',
    from: 'u32(initiator.extended.length), initiator.extended, ',
    to: '',
  },
  atMost: () => 0,
  play: async ({ t, stage, sold, dist, name, b }) => {
    // The tracker meets the seller as well, to prove where it listens: both must sign alike.
    await stage.serve(dist)
    const line = await Changing.open()
    line.cut(t)
    const home = `${name}-behind`
    const uid = await stage.register(home)
    const where = ['--host', BEHIND, '--port', String(line.port)]
    const args = ['seed', sold.torrent, '--data', stage.folder, ...where]
    const seller = stage.start(home, args, { dist })
    await seller.until('seeding')
    await Buyer.of(stage, sold, { uid, name: home, port: line.port, program: seller })
    line.tampers = true
    const buyer = await stage.buyer(`buyer-${name}-${b}-${++count}`, sold, { dist })
    const noticed = seller.until('closed', ({ code }) => code === 'hello-mismatch')
    const succeeded = await Promise.race([line.spoken, noticed.then(() => false)])
    await buyer.stop('SIGKILL')
    await seller.stop()
    return { succeeded, lost: 0 }
  },
})
