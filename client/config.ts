/**
 * What a customer may set, read from the command line and checked once.
 *
 * Addresses, rates and durations are parsed here and nowhere else; what is wrong with one is
 * refused as `usage` (or `insecure-transport`) with an example of the right form.
 */
import { isIPv4, isIPv6 } from 'node:net'
import {
  numberOption,
  type Options,
  parseDuration,
  stringOption,
  type Values,
  visible,
} from '../shared/command.js'
import { type Refusal, refuse, refused } from '../shared/errors.js'
import { REQUEST_TIMEOUT_MS } from '../shared/limits.js'
import type { Address } from './net/address-book.js'

const BYTES_OF: Readonly<Record<string, number>> = { '': 1, k: 1e3, m: 1e6, g: 1e9 }
const IEC_BYTES_OF: Readonly<Record<string, number>> = { k: 2 ** 10, m: 2 ** 20, g: 2 ** 30 }

/** How a content is traded. */
export interface TradeSettings {
  /** TCP port to listen on; 0 takes a free one. */
  readonly port: number
  readonly host: string
  /** Bytes per second over all contents; undefined is no limit. */
  readonly upLimit: number | undefined
  readonly downLimit: number | undefined
  readonly peers: readonly Address[]
  readonly requestTimeoutMs: number
  /** Hash all that is on disk at the start, also what did not change. */
  readonly checkAll: boolean
  readonly hashLists: HashLists
}

/** Where a seller takes the pages of hash lists from (D4). */
export type HashLists = (typeof HASH_LISTS)[number]
const HASH_LISTS = ['buyer', 'tracker'] as const

/** Options that `get` and `seed` share. */
export const TRADE_OPTIONS: Options = {
  port: { type: 'string', value: 'N', help: 'TCP port for other peers; any free one by default' },
  host: { type: 'string', value: 'ADDRESS', help: 'address to listen on; 0.0.0.0 by default' },
  peer: {
    type: 'string',
    multiple: true,
    value: 'HOST:PORT',
    help: 'a peer to connect to; may be given more than once',
  },
  'up-limit': { type: 'string', value: 'RATE', help: 'upload limit in bytes per second, as 8MB' },
  'down-limit': { type: 'string', value: 'RATE', help: 'download limit in bytes per second' },
  'request-timeout': {
    type: 'string',
    value: 'TIME',
    help: 'withdraw a request after this long without a block; 30s by default',
  },
  check: { type: 'boolean', help: 'hash all that is on disk first, also what did not change' },
  'hash-lists': {
    type: 'string',
    value: 'WHENCE',
    choices: HASH_LISTS,
    help: 'take token hashes from the buyer or from the tracker; buyer by default',
  },
}

/** Reads the options of TRADE_OPTIONS; refuses as usage. */
export function readTradeSettings(values: Values): TradeSettings | Refusal {
  const port = numberOption(values, 'port', { min: 0, max: 65535 })
  if (refused(port)) return port
  const upLimit = rateOption(values, 'up-limit')
  if (refused(upLimit)) return upLimit
  const downLimit = rateOption(values, 'down-limit')
  if (refused(downLimit)) return downLimit
  const timeout = durationOption(values, 'request-timeout')
  if (refused(timeout)) return timeout
  const host = stringOption(values, 'host') ?? '0.0.0.0'
  if (!isIPv4(host) && !isIPv6(host)) {
    return refuse('usage', `--host takes an IP address, not "${visible(host)}"`)
  }
  const peers: Address[] = []
  const given = values.peer
  for (const text of Array.isArray(given) ? given : []) {
    const address = parseAddress(String(text))
    if (refused(address)) return refuse('usage', `--peer: ${address.message}`)
    peers.push(address)
  }
  const whence = stringOption(values, 'hash-lists') ?? 'buyer'
  const hashLists = HASH_LISTS.find((known) => known === whence)
  if (hashLists === undefined) {
    return refuse('usage', `--hash-lists takes buyer or tracker, not "${visible(whence)}"`)
  }
  const requestTimeoutMs = timeout ?? REQUEST_TIMEOUT_MS
  const checkAll = values.check === true
  const limits = { upLimit, downLimit }
  return { port: port ?? 0, host, ...limits, peers, requestTimeoutMs, checkAll, hashLists }
}

/** Bytes per second of a rate option; refuses as usage. */
function rateOption(values: Values, name: string): number | undefined | Refusal {
  const text = stringOption(values, name)
  if (text === undefined) return undefined
  const rate = parseRate(text)
  return refused(rate) ? refuse('usage', `--${name}: ${rate.message}`) : rate
}

/** Milliseconds of a duration option; refuses as usage. */
export function durationOption(values: Values, name: string): number | undefined | Refusal {
  const text = stringOption(values, name)
  if (text === undefined) return undefined
  const duration = parseDuration(text)
  return refused(duration) ? refuse('usage', `--${name}: ${duration.message}`) : duration
}

/** Bytes per second of a rate such as `500k`, `8MB` (decimal) or `8MiB`; refuses as usage. */
export function parseRate(text: string): number | Refusal {
  const match = /^(\d{1,9}(?:\.\d{1,3})?)([kmg]?)(i?)b?(?:\/s)?$/i.exec(text)
  const unit = (match?.[2] ?? '').toLowerCase()
  const factor = match?.[3] === '' ? BYTES_OF[unit] : IEC_BYTES_OF[unit]
  const rate = Math.round(Number(match?.[1]) * (factor ?? Number.NaN))
  if (rate > 0) return rate
  return refuse('usage', `"${visible(text)}" is not a rate; write for example 8MB or 500k`)
}

/** Host and port of `HOST:PORT` or `[IPv6]:PORT`; refuses as usage. */
export function parseAddress(text: string): Address | Refusal {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9.-]+)):(\d{1,5})$/.exec(text)
  const host = match?.[1] ?? match?.[2]
  const port = Number(match?.[3])
  if (host !== undefined && port >= 1 && port <= 65535) return { host, port }
  return refuse('usage', `"${visible(text)}" is not HOST:PORT, for example 127.0.0.1:6881`)
}

/** Whether a host name means this machine and nothing else. */
export function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[(.*)\]$/, '$1')
  return bare === 'localhost' || bare === '::1' || (isIPv4(bare) && bare.startsWith('127.'))
}

/**
 * The origin of a tracker's URL: https, or plain http to this machine alone (D17). Refusals: usage,
 * insecure-transport.
 */
export function parseTrackerUrl(text: string): string | Refusal {
  const url = parseUrl(text)
  const example = 'for example https://tracker.example or http://127.0.0.1:6969'
  if (url === null) return refuse('usage', `"${visible(text)}" is not a URL; write ${example}`)
  const bare = url.pathname === '/' && url.search === '' && url.hash === '' && url.username === ''
  if (!bare) return refuse('usage', `the URL of a tracker has no path, query or user: ${example}`)
  if (url.protocol === 'https:') return url.origin
  if (url.protocol !== 'http:') return refuse('usage', `a tracker is reached by https: ${example}`)
  if (isLoopback(url.hostname)) return url.origin
  return refuse(
    'insecure-transport',
    `${url.origin} would send everything in the clear: use https; plain http is for this machine`,
  )
}

function parseUrl(text: string): URL | null {
  try {
    return new URL(text)
  } catch {
    return null
  }
}
