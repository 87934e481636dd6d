/**
 * HTTP to the tracker: one request, one bounded answer, in bounded time.
 *
 * Nothing that comes back is trusted or decoded here; who reads it verifies it. No redirect is
 * followed: the pinned provider answers at the pinned address or not at all.
 */
import { concat } from '../../../shared/bytes.js'
import { type Refusal, refuse } from '../../../shared/errors.js'
import { API_ANSWER_MAX_BYTES, API_TIMEOUT_MS } from '../../../shared/limits.js'

/** What is asked of the tracker. */
export interface HttpRequest {
  readonly url: string
  /** A POST with this body; absent for a GET. */
  readonly body?: Uint8Array
  readonly timeoutMs?: number
  readonly maxBytes?: number
}

/** What came back. */
export interface HttpAnswer {
  readonly status: number
  readonly bytes: Uint8Array
}

/** Performs a request. Refusals: unreachable (with the address and what to do), too-large. */
export async function requestBytes(request: HttpRequest): Promise<HttpAnswer | Refusal> {
  const { url, body, timeoutMs = API_TIMEOUT_MS, maxBytes = API_ANSWER_MAX_BYTES } = request
  try {
    const response = await fetch(url, {
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
      ...(body === undefined
        ? {}
        : {
            method: 'POST',
            body: body as Uint8Array<ArrayBuffer>,
            headers: { 'content-type': 'application/octet-stream' },
          }),
    })
    const bytes = await readBounded(response, maxBytes)
    if (bytes !== undefined) return { status: response.status, bytes }
    return refuse('too-large', `the answer of ${url} is longer than ${maxBytes} bytes`)
  } catch (error) {
    return refuse('unreachable', unreachableText(url, error, timeoutMs))
  }
}

/** The body, or undefined when it is longer than allowed; no more than that is ever buffered. */
async function readBounded(response: Response, maxBytes: number): Promise<Uint8Array | undefined> {
  if (response.body === null) return new Uint8Array(0)
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of response.body) {
    length += chunk.length
    if (length > maxBytes) return undefined
    chunks.push(chunk)
  }
  return concat(...chunks)
}

function unreachableText(url: string, error: unknown, timeoutMs: number): string {
  const { origin } = new URL(url)
  const cause = error instanceof Error ? (error.cause ?? error) : error
  const { code, name, message } = cause as { code?: string; name?: string; message?: string }
  const reason =
    name === 'TimeoutError' ? `no answer within ${timeoutMs / 1000} s` : code || message || name
  return `the tracker at ${origin} cannot be reached (${reason})`
}
