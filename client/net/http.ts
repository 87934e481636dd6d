/**
 * HTTP to trackers that nobody has vouched for: one GET, one bounded answer, in bounded time.
 *
 * Node's fetch would unpack whatever the other side says that it packed, packing inside packing
 * included, and follow twenty redirects. Here nothing is unpacked, redirects are few and lead to
 * HTTP only, and every connection is made anew and closed.
 */
import { get as getPlain, type IncomingMessage } from 'node:http'
import { get as getTls } from 'node:https'
import { type Refusal, refuse, refused } from '../../shared/errors.js'
import { API_TIMEOUT_MS, REDIRECTS_MAX_COUNT } from '../../shared/limits.js'

/** What came back. */
export interface HttpAnswer {
  readonly status: number
  readonly body: Uint8Array
}

/** Whether an address can be asked by HTTP. */
export function isHttp(address: string): boolean {
  return URL.canParse(address) && /^https?:$/.test(new URL(address).protocol)
}

/** Asks once, within a time for everything. Refusals: unreachable (no answer, or one that
 * is packed or leads away), too-large (a body beyond `maxBytes`, of which no more is kept). */
export async function getBytes(
  address: string,
  maxBytes: number,
  timeoutMs = API_TIMEOUT_MS,
): Promise<HttpAnswer | Refusal> {
  const signal = AbortSignal.timeout(timeoutMs)
  let at = address
  for (let hops = 0; hops <= REDIRECTS_MAX_COUNT; hops++) {
    if (!isHttp(at)) return refuse('unreachable', `not an address of HTTP: ${at}`)
    const response = await respond(at, signal)
    if (refused(response)) return response
    const { headers, statusCode: status = 0 } = response
    if (status < 300 || status > 399 || headers.location === undefined) {
      return read(response, status, maxBytes, at)
    }
    response.destroy()
    if (!URL.canParse(headers.location, at)) break
    at = new URL(headers.location, at).href
  }
  return refuse('unreachable', `${address} leads from one address to the next`)
}

function respond(address: string, signal: AbortSignal): Promise<IncomingMessage | Refusal> {
  const get = address.startsWith('https:') ? getTls : getPlain
  return new Promise((resolve) => {
    get(address, { agent: false, signal, headers: { connection: 'close' } })
      .on('response', resolve)
      .on('error', ({ message }) => resolve(refuse('unreachable', `${address}: ${message}`)))
  })
}

async function read(
  response: IncomingMessage,
  status: number,
  maxBytes: number,
  address: string,
): Promise<HttpAnswer | Refusal> {
  const { 'content-encoding': encoding = 'identity' } = response.headers
  if (encoding !== 'identity') {
    response.destroy()
    return refuse('unreachable', `${address} answers in an encoding that was not asked for`)
  }
  const chunks: Uint8Array[] = []
  let size = 0
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      size += chunk.length
      if (size > maxBytes) return refuse('too-large', `the answer of ${address}`)
      chunks.push(chunk)
    }
  } catch (error) {
    return refuse('unreachable', `${address}: ${(error as Error).message}`)
  }
  return { status, body: Buffer.concat(chunks) }
}
