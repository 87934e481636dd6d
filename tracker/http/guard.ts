/**
 * What is judged of a request before anything of it is buffered, and how bodies come in and answers
 * go out within bounds.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Refusal, refuse } from '../../shared/errors.js'
import {
  HTTP_ANSWERS_MAX_BYTES,
  HTTP_BODIES_MAX_BYTES,
  HTTP_HEADERS_MAX_COUNT,
  TARGET_MAX_BYTES,
} from '../../shared/tracker-limits.js'
import { Holding } from './holding.js'
import { statusOf } from './status.js'

const METHODS = new Set(['GET', 'HEAD', 'POST'])

/** The guard of one server. */
export class Guard {
  readonly #bodies = new Holding(HTTP_BODIES_MAX_BYTES)
  readonly #answers: Holding

  constructor(answersMaxBytes = HTTP_ANSWERS_MAX_BYTES) {
    this.#answers = new Holding(answersMaxBytes)
  }

  /** Refuses by method, target and headers; only a POST has a body, of at most `maxBytes`, whose
   * length is said before it. */
  check(request: IncomingMessage, maxBytes: number): Refusal | undefined {
    const { headers, method = '', rawHeaders, url = '' } = request
    if (!METHODS.has(method)) return refuse('not-found', 'there is only GET and POST')
    if (url.length > TARGET_MAX_BYTES) {
      return refuse('too-large', `an address of more than ${TARGET_MAX_BYTES} bytes`)
    }
    if (rawHeaders.length / 2 > HTTP_HEADERS_MAX_COUNT) {
      return refuse('too-large', `more than ${HTTP_HEADERS_MAX_COUNT} headers`)
    }
    const encoded = headers['transfer-encoding'] ?? headers['content-encoding']
    if (encoded !== undefined) {
      return refuse('malformed', 'a body comes whole and plain, with its Content-Length')
    }
    const length = Number(headers['content-length'] ?? 0)
    if (method !== 'POST' && length > 0) return refuse('malformed', 'only a POST has a body')
    if (length <= maxBytes) return undefined
    return refuse('too-large', `a body of ${length} bytes, where ${maxBytes} are allowed`)
  }

  /** Reads the body of a checked request; undefined when its connection ends before it does. */
  readBody(request: IncomingMessage, response: ServerResponse): Promise<Uint8Array | undefined> {
    const held = this.#bodies.begin(() => response.destroy())
    const chunks: Buffer[] = []
    if (request.headers.expect !== undefined) response.writeContinue()
    return new Promise((resolve) => {
      request.on('data', (chunk: Buffer) => {
        chunks.push(chunk)
        held.add(chunk.length)
      })
      request.once('end', () => resolve(new Uint8Array(Buffer.concat(chunks))))
      response.once('close', () => {
        held.release()
        resolve(undefined)
      })
    })
  }

  /** Sends an answer; it counts until its reader has taken it. */
  send(response: ServerResponse, status: number, type: string, body: Uint8Array): void {
    const held = this.#answers.begin(() => response.destroy())
    response.once('close', () => held.release())
    response.writeHead(status, { 'content-type': type, 'content-length': body.length })
    response.end(body)
    held.add(body.length)
  }

  /** Sends a refusal that is not signed; what still comes of the request is dropped. */
  refuse(response: ServerResponse, { code, message }: Refusal): void {
    const body = Buffer.from(JSON.stringify({ code, message }))
    this.send(response, statusOf(code), 'application/json; charset=utf-8', body)
  }
}
