/**
 * One listening socket for all torrents: reads who is asked for, then hands the connection over.
 */
import { createServer, type Server, type Socket } from 'node:net'
import { concat, toHex } from '../../shared/bytes.js'
import { type Refusal, refuse } from '../../shared/errors.js'
import type { Cid } from '../../shared/identifier.js'
import {
  GREETING_MAX_COUNT,
  HANDSHAKE_TIMEOUT_MS,
  INCOMING_MAX_COUNT,
} from '../../shared/limits.js'
import { checkHandshake, HANDSHAKE_BYTES } from '../../shared/wire/frame.js'

/** Takes over a paused socket; `received` is what was read from it, the handshake at least. */
export type Accept = (socket: Socket, received: Uint8Array) => void

/** Where the info hash lies in the handshake (BEP 3). */
const INFO_HASH_START = 28
const INFO_HASH_END = 48

/** The listening socket of a process. */
export class Listener {
  readonly port: number
  readonly #server: Server
  readonly #handshakeTimeoutMs: number
  readonly #torrents = new Map<string, Accept>()
  /** Connections whose handshake is not in yet. */
  readonly #greeting = new Set<Socket>()

  private constructor(server: Server, port: number, handshakeTimeoutMs: number) {
    this.#server = server
    this.port = port
    this.#handshakeTimeoutMs = handshakeTimeoutMs
    server.maxConnections = INCOMING_MAX_COUNT
    server.on('connection', (socket) => this.#greet(socket))
    server.on('error', () => {})
  }

  /** Listens; port 0 takes a free one. Refuses as port-in-use. */
  static open(
    host: string,
    port: number,
    handshakeTimeoutMs = HANDSHAKE_TIMEOUT_MS,
  ): Promise<Listener | Refusal> {
    return new Promise((resolve) => {
      const server = createServer({ pauseOnConnect: true })
      server.once('error', (error: NodeJS.ErrnoException) => {
        const known = error.code === 'EADDRINUSE' ? `port ${port} is in use; choose another` : ''
        resolve(
          refuse('port-in-use', known || `cannot listen on ${host}:${port}: ${error.message}`),
        )
      })
      server.listen(port, host, () => {
        const address = server.address()
        const bound = typeof address === 'object' && address !== null ? address.port : port
        resolve(new Listener(server, bound, handshakeTimeoutMs))
      })
    })
  }

  /** Hands connections that ask for a content to its torrent, until the returned function is
   * called. */
  serve(cid: Cid, accept: Accept): () => void {
    this.#torrents.set(cid, accept)
    return () => {
      if (this.#torrents.get(cid) === accept) this.#torrents.delete(cid)
    }
  }

  /** Stops listening; connections that were handed over stay. */
  close(): Promise<void> {
    for (const socket of this.#greeting) socket.destroy()
    this.#server.close()
    // The server's own callback would wait for the connections that stay.
    return new Promise((resolve) => setImmediate(resolve))
  }

  #greet(socket: Socket): void {
    socket.on('error', () => {})
    // Whoever has kept us waiting longest makes room, so that silence locks nobody out.
    const [longest] = this.#greeting
    if (this.#greeting.size >= GREETING_MAX_COUNT && longest !== undefined) {
      this.#greeting.delete(longest)
      longest.destroy()
    }
    this.#greeting.add(socket)
    const timer = setTimeout(() => socket.destroy(), this.#handshakeTimeoutMs)
    let received: Uint8Array = new Uint8Array(0)
    const done = () => {
      clearTimeout(timer)
      this.#greeting.delete(socket)
    }
    const read = (chunk: Uint8Array) => {
      received = concat(received, chunk)
      if (checkHandshake(received) !== undefined) socket.destroy()
      if (received.length < HANDSHAKE_BYTES || socket.destroyed) return
      const accept = this.#torrents.get(toHex(received.subarray(INFO_HASH_START, INFO_HASH_END)))
      socket.pause()
      socket.off('data', read)
      socket.off('close', done)
      done()
      if (accept === undefined) socket.destroy()
      else accept(socket, received)
    }
    socket.on('close', done)
    socket.on('data', read)
    socket.resume()
  }
}
