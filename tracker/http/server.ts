/**
 * The listening side: connections, timeouts, TLS, and a stop that lets answers in progress go out.
 *
 * Node checks header and request timeouts only every 30 s by default, too seldom against clients
 * that send a header byte by byte, and express closes nobody by itself (design §6).
 */
import { createServer, type RequestListener, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { type Refusal, refuse } from '../../shared/errors.js'
import {
  HTTP_BACKLOG_COUNT,
  HTTP_HEADERS_MAX_BYTES,
  HTTP_HEADERS_MAX_COUNT,
  HTTP_HEADERS_TIMEOUT_MS,
  HTTP_IDLE_TIMEOUT_MS,
  HTTP_KEEP_ALIVE_MS,
  HTTP_REQUEST_TIMEOUT_MS,
  HTTP_TIMEOUT_CHECK_MS,
} from '../../shared/tracker-limits.js'
import { type ConnectionLimits, Connections, connectionLimits } from './connections.js'
import { Turns } from './turns.js'

/** How long each part of a connection's life may take. */
export interface Timeouts {
  readonly headersMs: number
  readonly requestMs: number
  readonly idleMs: number
  readonly keepAliveMs: number
}

const TIMEOUTS: Timeouts = {
  headersMs: HTTP_HEADERS_TIMEOUT_MS,
  requestMs: HTTP_REQUEST_TIMEOUT_MS,
  idleMs: HTTP_IDLE_TIMEOUT_MS,
  keepAliveMs: HTTP_KEEP_ALIVE_MS,
}
const CLOSE_TIMEOUT_MS = 2_000

/** Where to listen, and with which certificate (PEM) when with TLS. */
export interface Listening {
  readonly host: string
  readonly port: number
  readonly tls: { readonly key: Buffer; readonly cert: Buffer } | undefined
  /** Those of shared/tracker-limits.ts when absent. */
  readonly timeouts?: Partial<Timeouts>
  readonly connections?: ConnectionLimits
}

/** A server that listens. */
export interface Listener {
  readonly port: number
  /** Stops to listen, lets open answers finish, then closes idle connections. */
  close(): Promise<void>
}

/** Starts to listen; refuses as port-in-use. */
export async function listen(app: RequestListener, where: Listening): Promise<Listener | Refusal> {
  const { host, port } = where
  const connections = new Connections(where.connections ?? connectionLimits(false))
  const server = createGuarded(app, where, connections)
  const problem = await new Promise<NodeJS.ErrnoException | undefined>((resolve) => {
    server.once('error', resolve)
    server.listen({ host, port, backlog: HTTP_BACKLOG_COUNT }, () => {
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
        // Who has begun no request, or no TLS, is not known to the server itself.
        setTimeout(() => connections.cutAll(), CLOSE_TIMEOUT_MS).unref()
      }),
  }
}

/** The server with every bound on it that Node and the connections' table can hold. */
function createGuarded(app: RequestListener, where: Listening, connections: Connections): Server {
  const timeouts = { ...TIMEOUTS, ...where.timeouts }
  const turns = new Turns()
  const options = {
    headersTimeout: timeouts.headersMs,
    requestTimeout: timeouts.requestMs,
    keepAliveTimeout: timeouts.keepAliveMs,
    connectionsCheckingInterval: Math.min(timeouts.headersMs, HTTP_TIMEOUT_CHECK_MS),
    maxHeaderSize: HTTP_HEADERS_MAX_BYTES,
  }
  const answer: RequestListener = (request, response) => {
    if (!connections.began(request, response)) return
    turns.add(() => {
      if (!response.destroyed) app(request, response)
    })
  }
  const server: Server =
    where.tls === undefined
      ? createServer(options, answer)
      : createTlsServer({ ...options, ...where.tls, handshakeTimeout: timeouts.headersMs }, answer)
  // One more than is allowed, so that the guard sees it: Node would drop the rest in silence.
  server.maxHeadersCount = HTTP_HEADERS_MAX_COUNT + 1
  server.timeout = timeouts.idleMs
  server.on('connection', (socket) => connections.enter(socket))
  // Who waits for leave to send a body is judged first; the guard says when it may come.
  server.on('checkContinue', answer)
  return server
}
