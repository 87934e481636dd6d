/**
 * What the local API shows of a home at work beside its transfers (transfer-rows.ts): money, cases,
 * settings and the whole. The same units hold.
 */
import {
  count,
  flag,
  list,
  money,
  number,
  type Of,
  oneOf,
  optional,
  record,
  text,
} from './records.js'
import { cid, fingerprint, Problem, uid } from './transfer-rows.js'

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
  /** Asked to be paid out, and paid out. */
  paying: optional(money),
  paidOut: optional(money),
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
  what: oneOf(
    ...(['bought', 'pieces', 'claimed', 'refund', 'award'] as const),
    ...(['credit', 'payout', 'returned', 'withheld'] as const),
  ),
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

/** What buyers paid for one content, by the hour. */
export const EarningsRow = record({
  cid,
  name: text,
  provider: fingerprint,
  currency: text,
  /** As many as were asked for, oldest first; the last is the hour that is not over. */
  hours: list(money, 10_000),
})
export type EarningsRow = Of<typeof EarningsRow>

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
  /** Missing: until it is lifted. */
  until: optional(count),
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
  /** Name of the content, where the wallet knows it. */
  name: optional(text),
  state: text,
  /** The case and how it stands, in a plain sentence. */
  line: text,
  /** What is asked of us, in plain words; missing when nothing is. */
  asked: optional(text),
  opened: count,
  deadline: optional(count),
  pieces: count,
  /** What it is about. */
  amount: money,
  /** Why it was opened or how the desk gave its reason; missing when nobody said. */
  reason: optional(text),
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
  /** Why it could not look at what sells, the last time; it goes on with what it holds. */
  problem: optional(text),
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
