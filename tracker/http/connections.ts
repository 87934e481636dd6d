/**
 * Who is connected: bounded per address and in all, and so that nobody is locked out.
 *
 * When there is no place, the connection makes room that has waited longest without giving us
 * work: slow or silent ones go, and a newcomer always gets in unless every place is at work.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import {
  HTTP_ADDRESS_CONNECTIONS_MAX_COUNT,
  HTTP_CONNECTIONS_MAX_COUNT,
  HTTP_PIPELINED_MAX_COUNT,
} from '../../shared/tracker-limits.js'
import { networkOf } from '../network.js'

interface Connection {
  readonly key: string
  readonly network: string
  readonly socket: Socket
  /** Requests whose answer is not out yet. */
  readonly exchanges: Set<{ request: IncomingMessage; response: ServerResponse }>
}

/** Bounds on connections. */
export interface ConnectionLimits {
  readonly total: number
  /** Of one IPv4 address or one IPv6 network of 64 bits; undefined behind a proxy. */
  readonly perAddress: number | undefined
}

/** What a tracker allows. */
export function connectionLimits(behindProxy: boolean): ConnectionLimits {
  const perAddress = behindProxy ? undefined : HTTP_ADDRESS_CONNECTIONS_MAX_COUNT
  return { total: HTTP_CONNECTIONS_MAX_COUNT, perAddress }
}

/** The connections of one server. */
export class Connections {
  readonly #limits: ConnectionLimits
  /** By the other end's address and port, which a socket and its TLS share; last used last. */
  readonly #all = new Map<string, Connection>()
  /** Keys by network, in the order in which they came. */
  readonly #networks = new Map<string, Set<string>>()

  constructor(limits: ConnectionLimits) {
    this.#limits = limits
  }

  /** Connections that are open. */
  get count(): number {
    return this.#all.size
  }

  /** Takes a new connection, or closes it when there is no place for it. */
  enter(socket: Socket): void {
    const { total, perAddress = Number.POSITIVE_INFINITY } = this.#limits
    const network = networkOf(socket.remoteAddress)
    const same = this.#networks.get(network)
    const refused =
      (same !== undefined && same.size >= perAddress && !this.#cutIdle(same)) ||
      (this.#all.size >= total && !this.#cutIdle(this.#all.keys()))
    if (refused) {
      socket.destroy()
      return
    }
    const connection = { key: keyOf(socket), network, socket, exchanges: new Set<never>() }
    this.#all.set(connection.key, connection)
    const keys = this.#networks.get(network) ?? new Set()
    this.#networks.set(network, keys.add(connection.key))
    socket.once('close', () => this.#leave(connection))
  }

  /** A request came in; false, and an end, to a connection that asks faster than it is answered. */
  began(request: IncomingMessage, response: ServerResponse): boolean {
    const connection = this.#all.get(keyOf(request.socket))
    if (connection === undefined || connection.exchanges.size >= HTTP_PIPELINED_MAX_COUNT) {
      request.socket.destroy()
      return false
    }
    const exchange = { request, response }
    connection.exchanges.add(exchange)
    this.#all.delete(connection.key)
    this.#all.set(connection.key, connection)
    response.once('close', () => connection.exchanges.delete(exchange))
    return true
  }

  /** Cuts every one, whatever it is at. */
  cutAll(): void {
    for (const { socket } of this.#all.values()) socket.destroy()
  }

  /** Cuts the first that is idle; false when all are at work. */
  #cutIdle(keys: Iterable<string>): boolean {
    for (const key of keys) {
      const connection = this.#all.get(key)
      if (connection === undefined || !isIdle(connection)) continue
      this.#leave(connection)
      connection.socket.destroy()
      return true
    }
    return false
  }

  #leave(connection: Connection): void {
    const { key, network } = connection
    if (this.#all.get(key) !== connection) return
    this.#all.delete(key)
    const keys = this.#networks.get(network)
    keys?.delete(key)
    if (keys?.size === 0) this.#networks.delete(network)
  }
}

function keyOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`
}

/** Whether a connection waits for its other end alone: for a request, or for an answer's reader. */
function isIdle({ exchanges }: Connection): boolean {
  for (const { request, response } of exchanges) {
    if (request.complete && !response.writableEnded) return false
  }
  return true
}
