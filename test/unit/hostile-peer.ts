/** Peers that say what a test tells them, over real sockets, and an honest download beside them. */
import assert from 'node:assert/strict'
import { connect, type Socket } from 'node:net'
import type { TestContext } from 'node:test'
import type { Gate } from '../../client/engine/gate.js'
import { openGate } from '../../client/engine/open-gate.js'
import { concat, fromHex, fromText, readU32, u32 } from '../../shared/bytes.js'
import {
  at,
  type Content,
  folder,
  makeContent,
  type Node,
  startNode,
  writeContent,
  wrongFiles,
} from '../engine-content.js'
import { until } from '../until.js'

const KIB = 1024
/** Pieces of the content, of 16 KiB. */
export const PIECES = 15

/** A message of BEP 3 with its length. */
export function message(id: number, ...parts: Uint8Array[]): Uint8Array {
  const body = concat(new Uint8Array([id]), ...parts)
  return concat(u32(body.length), body)
}

/** A peer that says what we tell it. */
export class Hostile {
  readonly socket: Socket
  readonly closed: Promise<void>
  #received: Uint8Array = new Uint8Array(0)

  constructor(t: TestContext, node: Node, from = '127.0.0.1') {
    this.socket = connect({ port: node.port, host: '127.0.0.1', localAddress: from })
    this.socket.on('error', () => undefined)
    this.socket.on('data', (chunk: Buffer) => {
      this.#received = concat(this.#received, chunk)
    })
    this.closed = new Promise((resolve) => this.socket.once('close', () => resolve()))
    t.after(() => this.socket.destroy())
  }

  /** Sends a handshake with BEP 6 and BEP 10. */
  greet(content: Content, name: string): this {
    const reserved = new Uint8Array([0, 0, 0, 0, 0, 0x10, 0, 0x04])
    const cid = fromHex(content.metainfo.cid) as Uint8Array
    const id = fromText(name.padEnd(20, '-'))
    return this.say(fromText('\x13BitTorrent protocol'), reserved, cid, id)
  }

  say(...parts: Uint8Array[]): this {
    this.socket.write(concat(...parts))
    return this
  }

  /** Messages that came after the handshake, keep-alives left out. */
  get messages(): Uint8Array[] {
    const found: Uint8Array[] = []
    for (let start = 68; start + 4 <= this.#received.length; ) {
      const end = start + 4 + readU32(this.#received, start)
      if (end > this.#received.length) break
      if (end > start + 4) found.push(this.#received.subarray(start + 4, end))
      start = end
    }
    return found
  }

  count(id: number): number {
    return this.messages.filter((each) => each[0] === id).length
  }

  /** Waits until something is true of what came in. */
  async until(what: () => boolean): Promise<void> {
    await until('what a peer should say', () => {
      const so = what()
      assert.ok(so || !this.socket.closed, 'closed too early')
      return so
    })
  }
}

/** A seed, and what may be done beside it. */
export interface Scene {
  readonly content: Content
  readonly seed: Node
  /** Moves the seed's clock. */
  readonly ahead: (ms: number) => void
  /** A whole honest download from the seed. */
  readonly honest: () => Promise<void>
}

/** A seed of a content of so many pieces, behind a gate. */
export async function scene(t: TestContext, gate: Gate = openGate): Promise<Scene> {
  const content = makeContent({ 'file.bin': PIECES * 16 * KIB }, 16 * KIB)
  const from = await folder(t)
  await writeContent(content, from)
  let aheadMs = 0
  const seed = await startNode(t, content, from, {
    gate,
    now: () => performance.now() + aheadMs,
  })
  const honest = async (): Promise<void> => {
    const to = await folder(t)
    const leech = await startNode(t, content, to, { gate })
    leech.swarm.addPeers([at(seed)])
    await leech.done
    await leech.stop()
    assert.deepEqual(await wrongFiles(content, to), [])
  }
  return { content, seed, honest, ahead: (ms) => (aheadMs += ms) }
}
