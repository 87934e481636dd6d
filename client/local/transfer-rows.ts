/**
 * What the local API shows of a home at work (docs/LOCAL-API.md): one record for each thing.
 *
 * Times are milliseconds since 1970 by this machine's clock, rates bytes per second, sizes bytes,
 * amounts millionths of the currency's unit. Texts of others are as they came: whoever shows one
 * passes it through `visible`.
 */
import type { Cid, Fingerprint, Uid } from '../../shared/identifier.js'
import {
  count,
  flag,
  id,
  list,
  money,
  number,
  type Of,
  oneOf,
  optional,
  record,
  text,
} from './records.js'

export const cid = id<Cid>('cid', /^[0-9a-f]{40}$/)
export const uid = id<Uid>('uid', /^[0-9a-f]{32}$/)
export const fingerprint = id<Fingerprint>('fingerprint', /^[0-9a-f]{64}$/)

/** Something that keeps work from going on: a code of shared/errors.ts, and what to do. */
export const Problem = record({
  code: text,
  message: text,
  /** What the person can do; missing when it mends itself. */
  advice: optional(text),
})
export type Problem = Of<typeof Problem>

/** One content of this home, as a row of a list. */
export const Transfer = record({
  cid,
  name: text,
  paid: flag,
  /** Provider and currency of a paid content. */
  provider: optional(fingerprint),
  currency: optional(text),
  state: oneOf('checking', 'waiting', 'fetching', 'seeding', 'paused', 'failed'),
  problem: optional(Problem),
  /** Who added it: a person, the watched folder, or `earn`. */
  origin: oneOf('person', 'watch', 'earn'),
  added: count,
  folder: text,
  bytes: count,
  /** Bytes that are wanted, and of these what is missing. */
  wanted: count,
  left: count,
  pieces: count,
  have: count,
  downRate: number,
  upRate: number,
  /** In this run. */
  downloaded: count,
  uploaded: count,
  /** While it is checked: which part of what is on the disk was looked at, 0 to 1. */
  checked: optional(number),
  /** Seconds; missing when nothing comes. */
  eta: optional(number),
  peers: count,
  sequential: flag,
  /** Of a paid content: its price and reward; spent, earned over all runs. */
  price: optional(money),
  reward: optional(money),
  spent: optional(money),
  earned: optional(money),
  /** Delivered to buyers and not paid yet; and received and not paid yet. */
  exposed: optional(money),
  owing: optional(money),
})
export type Transfer = Of<typeof Transfer>

/** How much a file is wanted. */
export const Priority = oneOf('skip', 'low', 'normal', 'high')
export type Priority = Of<typeof Priority>

/** One file of a content; `number` is the one that `--files` takes. */
export const FileRow = record({
  number: count,
  name: text,
  bytes: count,
  left: count,
  priority: Priority,
})
export type FileRow = Of<typeof FileRow>

/** One connection of a content. */
export const PeerRow = record({
  address: text,
  /** Of a member whose certificate verified. */
  uid: optional(uid),
  client: optional(text),
  /** Whether it connected to us. */
  incoming: flag,
  /** Pieces that it has. */
  have: count,
  downRate: number,
  upRate: number,
  downloaded: count,
  uploaded: count,
  /** Pieces that it may owe us at most now; that it owes us, that we owe it. */
  window: optional(count),
  owesUs: optional(count),
  owedByUs: optional(count),
})
export type PeerRow = Of<typeof PeerRow>

/** One tracker of a content. */
export const TrackerRow = record({
  url: text,
  state: oneOf('working', 'asking', 'away', 'refused'),
  /** What it last said or why it is away. */
  message: optional(text),
  next: optional(count),
  /** Whether it can connect to us, where it says so. */
  reached: optional(flag),
})
export type TrackerRow = Of<typeof TrackerRow>

/** Trade with one member in one content, over all runs. */
export const CounterpartRow = record({
  uid,
  /** Pieces that we paid it for, that it paid us for; and what they cost and brought. */
  bought: count,
  sold: count,
  paid: money,
  earned: money,
})
export type CounterpartRow = Of<typeof CounterpartRow>

/** Everything on one content that its row leaves out. */
export const Detail = record({
  cid,
  pieceLength: count,
  files: list(FileRow, 100_000),
  /** One character a piece: `.` missing, `-` not wanted, `o` under way, `#` here, `$` sold on. */
  map: text,
  peers: list(PeerRow, 10_000),
  trackers: list(TrackerRow, 1000),
  counterparts: list(CounterpartRow, 100_000),
  /** Tokens of our grants that can still be spent, and what they are worth to sellers. */
  tokens: optional(count),
  unspent: optional(money),
  /** What we stand to lose now, and at worst from today's trade with strangers (D5). */
  exposed: optional(money),
  worst: optional(money),
  /** n, b, mode and complaint window (ms) of the terms. */
  n: optional(count),
  b: optional(count),
  mode: optional(text),
  window: optional(count),
})
export type Detail = Of<typeof Detail>
