/**
 * One file over HTTP to the players of this machine, while it comes in.
 *
 * It listens on 127.0.0.1 alone; the path holds a random token, so that neither other users of the
 * machine nor web pages find it, and a foreign Host or any Origin is refused, so that no name that
 * points here (DNS rebinding) leads a page to it.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { fromText, toHex } from '../../shared/bytes.js'
import { equalSecret } from '../../shared/crypto.js'
import { type Refusal, refuse } from '../../shared/errors.js'
import { PLAY_TOKEN_BYTES, PLAYERS_MAX_COUNT } from '../../shared/swarm-limits.js'
import { mediaType } from './media.js'
import { rangeOf } from './range.js'

const LOOPBACK = '127.0.0.1'

/** A file to be played. */
export interface Playable {
  /** The last part of its path, for the URL and the media type. */
  readonly name: string
  /** Bytes. */
  readonly length: number
  /** Tells one file from all others, for requests that go on with an earlier one. */
  readonly tag: string
  /** Reads bytes from `start` on and below `end`, waiting for what is missing; throws. */
  read(start: number, end: number, stop: AbortSignal): AsyncIterable<Uint8Array>
}

/** A server of one file. */
export class StreamServer {
  readonly url: string
  /** Bytes that were handed to players. */
  served = 0
  readonly #server: Server
  readonly #file: Playable
  readonly #token: Uint8Array
  readonly #path: string
  readonly #hosts: ReadonlySet<string>
  readonly #ended = new AbortController()

  private constructor(server: Server, file: Playable, token: string) {
    const { port } = server.address() as AddressInfo
    this.#server = server
    this.#file = file
    this.#token = fromText(token)
    this.#path = encodeURIComponent(file.name)
    this.#hosts = new Set([`${LOOPBACK}:${port}`, `localhost:${port}`])
    this.url = `http://${LOOPBACK}:${port}/${token}/${this.#path}`
    server.on('request', (request, response) => void this.#answer(request, response))
  }

  /** Listens on a free port; refuses as port-in-use. */
  static open(
    file: Playable,
    random: (bytes: number) => Uint8Array,
  ): Promise<StreamServer | Refusal> {
    const server = createServer()
    server.maxConnections = PLAYERS_MAX_COUNT
    return new Promise((resolve) => {
      server.once('error', (error) => resolve(refuse('port-in-use', error.message)))
      server.listen(0, LOOPBACK, () =>
        resolve(new StreamServer(server, file, toHex(random(PLAY_TOKEN_BYTES)))),
      )
    })
  }

  /** Ends every connection. */
  async close(): Promise<void> {
    this.#ended.abort()
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { headers, method } = request
    response.setHeader('cache-control', 'no-store')
    response.setHeader('x-content-type-options', 'nosniff')
    const wrong = this.#refused(request)
    if (wrong !== undefined) {
      if (wrong === 405) response.setHeader('allow', 'GET, HEAD')
      response.writeHead(wrong).end()
      return
    }
    const { length, name, tag } = this.#file
    const etag = `"${tag}"`
    const ifRange = headers['if-range']
    const range = ifRange === undefined || ifRange === etag ? headers.range : undefined
    const asked = rangeOf(range, length)
    response.setHeader('accept-ranges', 'bytes')
    response.setHeader('etag', etag)
    if (asked.status === 416) {
      response.writeHead(416, { 'content-range': `bytes */${length}` }).end()
      return
    }
    const { end, start, status } = asked
    if (status === 206) {
      response.setHeader('content-range', `bytes ${start}-${end - 1}/${length}`)
    }
    response.writeHead(status, { 'content-type': mediaType(name), 'content-length': end - start })
    if (method === 'HEAD') response.end()
    else await this.#send(response, start, end)
  }

  /** The status of what is not answered. */
  #refused({ headers, method, url = '' }: IncomingMessage): number | undefined {
    if (!this.#hosts.has(headers.host ?? '') || headers.origin !== undefined) return 403
    const [, token = '', path] = url.split('/')
    const known = equalSecret(fromText(token), this.#token) && path === this.#path
    if (!known) return 404
    return method === 'GET' || method === 'HEAD' ? undefined : 405
  }

  async #send(response: ServerResponse, start: number, end: number): Promise<void> {
    const gone = new AbortController()
    response.once('close', () => gone.abort())
    const stop = AbortSignal.any([gone.signal, this.#ended.signal])
    // The player learns at once what it will get, before the first byte is there.
    response.flushHeaders()
    try {
      const bytes = Readable.from(this.#counted(start, end, stop), { highWaterMark: 1 })
      await pipeline(bytes, response)
    } catch {
      // A player that seeks goes away in the middle; so does one whose content fails.
      response.destroy()
    }
  }

  async *#counted(start: number, end: number, stop: AbortSignal): AsyncGenerator<Uint8Array> {
    for await (const bytes of this.#file.read(start, end, stop)) {
      this.served += bytes.length
      yield bytes
    }
  }
}
