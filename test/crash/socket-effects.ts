/**
 * Messages as effects: extension messages of the peer wire (BEP 10, frames with id 20), and the
 * requests and answers of HTTP.
 *
 * Patched is the one way by which bytes enter a socket. A message begins with its first byte and
 * has ended when the system was given its last; what sockets hold back to send together is let go
 * first.
 */
import { Socket } from 'node:net'
import type { Effects } from './effects.js'

const HANDSHAKE = Buffer.from('\x13BitTorrent protocol', 'latin1')
const HANDSHAKE_BYTES = 68
/** Length, message id and extension id. */
const FRAME_HEAD_BYTES = 6
const EXTENDED = 20
const HTTP = /^(?:(GET|POST) (\S+) HTTP\/1\.1|HTTP\/1\.1 (\d+))/

/** What runs through one socket. */
interface Flow {
  readonly kind: 'peer' | 'http' | 'other'
  /** The beginning of a frame that is not told yet. */
  head: Buffer
  /** Bytes of the message under way that are still to come. */
  left: number
  done: (() => void) | undefined
}

function flowOf(first: Buffer): Flow {
  const wire = first.subarray(0, HANDSHAKE.length).equals(HANDSHAKE)
  const text = first.toString('latin1', 0, 100)
  const kind = wire ? 'peer' : HTTP.test(text) ? 'http' : 'other'
  return { kind, head: Buffer.alloc(0), left: wire ? HANDSHAKE_BYTES : 0, done: undefined }
}

/** Passes over the bytes of the message under way; gives those behind it. */
function pass(flow: Flow, chunk: Buffer, ended: (() => void)[]): Buffer {
  const passed = Math.min(flow.left, chunk.length)
  flow.left -= passed
  if (flow.left === 0 && flow.done !== undefined) {
    ended.push(flow.done)
    flow.done = undefined
  }
  return chunk.subarray(passed)
}

function readFrame(flow: Flow, chunk: Buffer, effects: Effects): Buffer {
  const taken = chunk.subarray(0, FRAME_HEAD_BYTES - flow.head.length)
  flow.head = Buffer.concat([flow.head, taken])
  const { head } = flow
  if (head.length < 4) return chunk.subarray(taken.length)
  const length = head.readUInt32BE(0)
  const short = length < 2
  if (!short && head.length < FRAME_HEAD_BYTES) return chunk.subarray(taken.length)
  const over = short ? head.length - 4 : 0
  flow.left = short ? length : length - 2
  flow.head = Buffer.alloc(0)
  if (!short && head[4] === EXTENDED) {
    const name = head[5] === 0 ? 'extension handshake' : 'extended'
    flow.done = effects.begin('send', `${name}, ${length - 2} bytes`)
  }
  return chunk.subarray(taken.length - over)
}

function readHttp(flow: Flow, chunk: Buffer, socket: Socket, effects: Effects): Buffer {
  const text = chunk.toString('latin1')
  const [start, method, target, status] = HTTP.exec(text) ?? []
  if (start === undefined) return Buffer.alloc(0)
  const headBytes = text.indexOf('\r\n\r\n') + 4
  flow.left = headBytes + Number(/\r\ncontent-length: *(\d+)/i.exec(text)?.[1] ?? 0)
  const { _httpMessage: answer } = socket as { _httpMessage?: { req?: { url?: string } } }
  const path = (target ?? answer?.req?.url ?? '').replace(/\?.*/, '')
  const what = method === undefined ? `answer ${status} to ${path}` : `${method} ${path}`
  flow.done = effects.begin('send', what)
  return chunk
}

/** Tells the messages that begin in a chunk; gives what to call once it is written. */
function follow(flow: Flow, chunk: Buffer, socket: Socket, effects: Effects): (() => void)[] {
  const ended: (() => void)[] = []
  let rest = chunk
  while (rest.length > 0 && flow.kind !== 'other') {
    if (flow.left > 0) rest = pass(flow, rest, ended)
    else if (flow.kind === 'peer') rest = readFrame(flow, rest, effects)
    else rest = readHttp(flow, rest, socket, effects)
  }
  return ended
}

/** Counts the messages that leave through every socket of this process. */
export function watchSockets(effects: Effects): void {
  const flows = new WeakMap<Socket, Flow>()
  const write = Socket.prototype.write as (this: Socket, ...given: unknown[]) => boolean
  Socket.prototype.write = function (this: Socket, ...given: unknown[]): boolean {
    const [data, encoding] = given
    const chunk =
      typeof data === 'string'
        ? Buffer.from(data, typeof encoding === 'string' ? (encoding as BufferEncoding) : 'utf8')
        : Buffer.from(data as Uint8Array)
    const flow = flows.get(this) ?? flowOf(chunk)
    flows.set(this, flow)
    const ended = follow(flow, chunk, this, effects)
    const result = write.apply(this, given)
    if (ended.length > 0 && effects.dying) {
      while (this.writableCorked > 0) this.uncork()
    }
    for (const done of ended) done()
    return result
  }
}
