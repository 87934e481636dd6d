/**
 * The listening side: timeouts, TLS, and a stop that lets answers in progress go out.
 *
 * Node checks header and request timeouts only every 30 s by default, too seldom against clients
 * that send a header byte by byte (design §6).
 */
import { createServer, type RequestListener, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { type Refusal, refuse } from '../../shared/errors.js'
import {
  API_CONNECTIONS_MAX_COUNT,
  API_HEADERS_MAX_BYTES,
  API_HEADERS_TIMEOUT_MS,
  API_KEEP_ALIVE_MS,
  API_TIMEOUT_CHECK_MS,
  API_TIMEOUT_MS,
} from '../../shared/limits.js'

const OPTIONS = {
  requestTimeout: API_TIMEOUT_MS,
  keepAliveTimeout: API_KEEP_ALIVE_MS,
  maxHeaderSize: API_HEADERS_MAX_BYTES,
} as const

/** Where to listen, and with which certificate (PEM) when with TLS. */
export interface Listening {
  readonly host: string
  readonly port: number
  readonly tls: { readonly key: Buffer; readonly cert: Buffer } | undefined
  /** How long headers may take; API_HEADERS_TIMEOUT_MS when absent. */
  readonly headersTimeoutMs?: number
}

/** A server that listens. */
export interface Listener {
  readonly port: number
  /** Stops to listen, lets open answers finish, then closes idle connections. */
  close(): Promise<void>
}

/** Starts to listen; refuses as port-in-use. */
export async function listen(app: RequestListener, where: Listening): Promise<Listener | Refusal> {
  const { host, port, tls } = where
  const headersTimeout = where.headersTimeoutMs ?? API_HEADERS_TIMEOUT_MS
  const connectionsCheckingInterval = Math.min(headersTimeout, API_TIMEOUT_CHECK_MS)
  const options = { ...OPTIONS, headersTimeout, connectionsCheckingInterval }
  const server: Server =
    tls === undefined ? createServer(options, app) : createTlsServer({ ...options, ...tls }, app)
  server.maxConnections = API_CONNECTIONS_MAX_COUNT
  const problem = await new Promise<NodeJS.ErrnoException | undefined>((resolve) => {
    server.once('error', resolve)
    server.listen({ host, port }, () => {
      server.off('error', resolve)
      resolve(undefined)
    })
  })
  if (problem?.code === 'EADDRINUSE') {
    return refuse('port-in-use', `port ${port} of ${host} is in use; choose another with --port`)
  }
  if (problem !== undefined) throw problem
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeIdleConnections()
        setTimeout(() => server.closeAllConnections(), 2_000).unref()
      }),
  }
}
