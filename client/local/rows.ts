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
  /** Tokens of our grants that are not spent. */
  tokens: optional(count),
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

/** The account with one provider; what the tracker says is missing until it said so. */
export const Account = record({
  provider: fingerprint,
  name: text,
  url: text,
  currency: text,
  uid,
  spendable: optional(money),
  /** Rewards of our grants that nobody claimed yet. */
  escrow: optional(money),
  pending: optional(money),
  held: optional(money),
  withheld: optional(money),
  spent: money,
  earned: money,
  unclaimed: money,
  /** Paid by token, not yet by signature. */
  unsigned: money,
  exposed: money,
  /** Pending earnings by the moment they become spendable. */
  maturing: list(record({ at: count, amount: money }), 10_000),
  /** Spent since midnight (UTC), and the caps that hold. */
  spentToday: money,
  dayCap: optional(money),
  downloadCap: optional(money),
  /** Whether wallet and statement agree; missing until the tracker said so. */
  agrees: optional(flag),
  /** When the tracker last answered. */
  asked: optional(count),
  problem: optional(Problem),
  /** Less money than what is under way may still need, in plain words. */
  warning: optional(text),
})
export type Account = Of<typeof Account>

/** One line of an account's history, newest first. */
export const HistoryRow = record({
  at: count,
  what: oneOf('bought', 'pieces', 'claimed', 'refund', 'award', 'credit', 'payout', 'withheld'),
  cid: optional(cid),
  name: optional(text),
  /** The member on the other side, where there is one. */
  uid: optional(uid),
  /** What the account gained, negative for what it spent. */
  amount: money,
  pieces: optional(count),
  /** When it becomes spendable, while it is pending. */
  spendable: optional(count),
})
export type HistoryRow = Of<typeof HistoryRow>

/** One content that a provider sells. */
export const Offer = record({
  provider: fingerprint,
  currency: text,
  cid,
  name: text,
  size: count,
  pieces: count,
  files: count,
  price: money,
  reward: money,
  n: count,
  b: count,
  mode: text,
  sellers: count,
  /** Seconds that a download may take, from what the tracker saw; missing when it saw none. */
  expected: optional(count),
  /** Purchases in the last day and the last seven. */
  day: optional(count),
  week: optional(count),
  /** Whether this home has bought it. */
  bought: flag,
})
export type Offer = Of<typeof Offer>

/** A member that is not traded with. */
export const BlacklistRow = record({
  provider: fingerprint,
  uid,
  code: text,
  /** The code in plain words, and the evidence. */
  why: text,
  evidence: optional(text),
  since: count,
  until: count,
  /** Pieces that it owes us. */
  owed: count,
  /** How often it offended. */
  offences: count,
})
export type BlacklistRow = Of<typeof BlacklistRow>

/** A case at a provider's desk in which we are a party. */
export const CaseRow = record({
  provider: fingerprint,
  number: count,
  kind: text,
  role: oneOf('complainant', 'accused', 'buyer'),
  other: optional(uid),
  cid: optional(cid),
  state: text,
  /** What is asked of us, in plain words; missing when nothing is. */
  asked: optional(text),
  deadline: optional(count),
  pieces: count,
  /** Outcome in plain words. */
  outcome: optional(text),
})
export type CaseRow = Of<typeof CaseRow>

/** One thing that happened. */
export const LogRow = record({
  /** Rises by one. */
  number: count,
  at: count,
  level: oneOf('info', 'warning', 'error'),
  text,
  code: optional(text),
})
export type LogRow = Of<typeof LogRow>

/** One setting that holds. */
export const SettingRow = record({
  name: text,
  value: text,
  /** `default`, `config.toml` or `command line`. */
  source: text,
  help: text,
  /** Whether a change takes effect at once; else with the next start. */
  live: flag,
})
export type SettingRow = Of<typeof SettingRow>

/** What `earn` does and why. */
export const EarnState = record({
  on: flag,
  /** Why it rests, in plain words; missing while it works. */
  resting: optional(text),
  quota: count,
  used: count,
  /** Traffic of this month and its cap. */
  traffic: count,
  trafficCap: optional(count),
  budget: money,
  invested: money,
  earned: money,
  choices: list(
    record({
      cid,
      name: text,
      state: oneOf('chosen', 'held', 'dropped', 'passed'),
      bytes: count,
      price: money,
      /** Expected earnings a day, and days until the price is back. */
      daily: money,
      breakEven: optional(number),
      earned: money,
      why: text,
    }),
    10_000,
  ),
})
export type EarnState = Of<typeof EarnState>

/** The whole in a few figures. */
export const Totals = record({
  version: text,
  pid: count,
  started: count,
  /** How others reach us: the port, and whether a tracker can connect to it. */
  port: count,
  reached: optional(flag),
  downRate: number,
  upRate: number,
  downLimit: optional(count),
  upLimit: optional(count),
  transfers: count,
  /** Free bytes on the disk of the download folder. */
  free: optional(count),
  /** What concerns the whole home: clock wrong, disk full, wallet not writable. */
  problems: list(Problem, 100),
})
export type Totals = Of<typeof Totals>
