/**
 * The calls of the local API: what each takes and answers (docs/LOCAL-API.md).
 *
 * One call is `POST /v1/NAME` with a JSON object over the home's Unix socket; the answer is a JSON
 * object, or with another status than 200 `{ "code", "message" }`. `updates` and `run` answer with
 * a stream: one JSON object a line.
 */
import {
  count,
  flag,
  type Kind,
  list,
  money,
  type Of,
  oneOf,
  optional,
  record,
  text,
} from './records.js'
import {
  Account,
  BlacklistRow,
  CaseRow,
  EarningsRow,
  EarnState,
  HistoryRow,
  LogRow,
  Offer,
  SettingRow,
  Totals,
} from './rows.js'
import { cid, Detail, fingerprint, Priority, Transfer } from './transfer-rows.js'

/** Version of the API; a change that breaks a reader raises it, and with it every path. */
export const LOCAL_API_VERSION = 1

const Nothing = record({})
const Contents = record({ cids: list(cid, 10_000) })
/** What each of several contents came to: missing when it went well. */
const Outcomes = record({
  refused: list(record({ cid, code: text, message: text }), 10_000),
})

/** The calls by name. */
export const LOCAL_CALLS = {
  /** Whether somebody is there. */
  ping: { request: Nothing, answer: record({ version: text, pid: count }) },
  /** Everything at once. */
  state: {
    request: Nothing,
    answer: record({
      totals: Totals,
      transfers: list(Transfer, 100_000),
      accounts: list(Account, 1000),
    }),
  },
  /** Everything on one content that its row leaves out. */
  detail: { request: record({ cid }), answer: Detail },
  /** Ends the work on contents until `resume`, also over restarts. */
  pause: { request: Contents, answer: Outcomes },
  /** Goes on with contents that were paused, or that something kept from work. */
  resume: { request: Contents, answer: Outcomes },
  /** Ends a content; `files` deletes what was fetched. Grants and earnings stay in the wallet. */
  remove: { request: record({ cids: list(cid, 10_000), files: flag }), answer: Outcomes },
  /** Hashes all that is on disk. */
  check: { request: Contents, answer: Outcomes },
  /** Asks the trackers at once. */
  announce: { request: Contents, answer: Outcomes },
  /** Which files are wanted, by number. */
  priorities: {
    request: record({
      cid,
      files: list(record({ number: count, priority: Priority }), 100_000),
    }),
    answer: Nothing,
  },
  /** Whether pieces come in order. */
  sequential: { request: record({ cid, on: flag }), answer: Nothing },
  /** What providers sell; `text` is searched in names. */
  offers: {
    request: record({ text }),
    answer: record({
      offers: list(Offer, 10_000),
      problems: list(record({ provider: fingerprint, message: text }), 1000),
    }),
  },
  /** The whole cost of a content before it is bought: nothing is bought. */
  quote: {
    request: record({ cid }),
    answer: record({
      cid,
      name: text,
      bytes: count,
      price: money,
      currency: text,
      spendable: money,
      terms: list(text, 100),
      /** Where it is fetched to when `buy` names no folder; missing where nothing says. */
      folder: optional(text),
      /** How many missing pieces it is for, when it is not for the whole content. */
      pieces: optional(count),
      /** Why it cannot be bought now: funds, a cap, a full swarm. */
      refused: optional(record({ code: text, message: text })),
    }),
  },
  /** Buys at exactly this price and fetches; refuses as terms-changed at any other. */
  buy: { request: record({ cid, price: money, folder: optional(text) }), answer: Nothing },
  /** What happened to an account, newest first. */
  history: {
    request: record({ provider: fingerprint, most: count }),
    answer: record({ rows: list(HistoryRow, 10_000) }),
  },
  /** Bytes a second of the last minutes by equal steps, oldest first: of a content, or of all. */
  rates: {
    request: record({ cid: optional(cid) }),
    answer: record({ every: count, down: list(count, 10_000), up: list(count, 10_000) }),
  },
  /** What buyers paid by the hour, over all runs: the last `hours` hours of each content. */
  earnings: {
    request: record({ hours: count }),
    answer: record({ from: count, rows: list(EarningsRow, 100_000) }),
  },
  /** Members that are not traded with now. */
  blacklist: { request: Nothing, answer: record({ rows: list(BlacklistRow, 10_000) }) },
  /** Our cases at the desks of the providers that answer. */
  cases: { request: Nothing, answer: record({ rows: list(CaseRow, 10_000) }) },
  /** Every setting that holds, and where it comes from. */
  settings: { request: Nothing, answer: record({ rows: list(SettingRow, 1000) }) },
  /** Changes a setting now where it can, and in config.toml. */
  set: { request: record({ name: text, value: text }), answer: SettingRow },
  /** What `earn` does and why. */
  earn: { request: Nothing, answer: EarnState },
  /** Lines of the log after a number. */
  log: { request: record({ after: count }), answer: record({ rows: list(LogRow, 10_000) }) },
  /** Answers a question that a running verb asked. */
  answer: {
    request: record({ question: text, answer: optional(text) }),
    answer: Nothing,
  },
  /** Stops a running verb, as Ctrl-C would; `run` is the name that it started by. */
  interrupt: { request: record({ run: text }), answer: Nothing },
  /** Ends the process in good order. */
  stop: { request: Nothing, answer: Nothing },
} as const
/** Name of a call. */
export type LocalCall = keyof typeof LOCAL_CALLS
/** What a call takes. */
export type RequestOf<C extends LocalCall> = Of<(typeof LOCAL_CALLS)[C]['request']>
/** What a call answers. */
export type AnswerOf<C extends LocalCall> = Of<(typeof LOCAL_CALLS)[C]['answer']>

/** How a call's request and answer are read and written. */
export function formsOf<C extends LocalCall>(
  name: C,
): { readonly request: Kind<RequestOf<C>>; readonly answer: Kind<AnswerOf<C>> } {
  return LOCAL_CALLS[name] as unknown as ReturnType<typeof formsOf<C>>
}

/** `updates`: first everything, then what changed, at most once in `every` milliseconds. */
export const UpdatesRequest = record({ every: count })
/** One line of `updates`: exactly one field. */
export const Update = record({
  totals: optional(Totals),
  transfer: optional(Transfer),
  /** A content that is there no more. */
  gone: optional(cid),
  account: optional(Account),
  log: optional(LogRow),
  earn: optional(EarnState),
  /** Blacklist or cases changed: ask again. */
  changed: optional(oneOf('blacklist', 'cases', 'settings', 'history')),
})
export type Update = Of<typeof Update>

/** `run`: a verb of the command line, run inside the process that holds the home. */
export const RunRequest = record({
  /** Verb, options and arguments as they were typed, without program and `--home`. */
  words: list(text, 10_000),
  /** Folder that relative paths begin at. */
  folder: text,
  /** Whether a person reads along, and whether one can answer questions. */
  live: flag,
  interactive: flag,
  /** Width of the caller's terminal. */
  columns: count,
})
/** One line of the answer to `run`: exactly one field; the last is `exit`. */
export const RunLine = record({
  /** First of all: the name by which `interrupt` stops it. */
  started: optional(text),
  /** A line for people. */
  line: optional(text),
  /** An event for programs, as JSON. */
  event: optional(text),
  /** A progress line that replaces the one before. */
  draw: optional(text),
  /** A question; `answer` answers it by its name. */
  question: optional(record({ question: text, text })),
  /** Programs of which the first that is there is started; `answer` tells which, when it ended. */
  launch: optional(record({ question: text, commands: list(list(text, 1000), 100) })),
  /**
   * Exit code, and what the verb says of its failure; `lost` says that nobody was there any more
   * to tell how it ended.
   */
  exit: optional(record({ code: count, message: optional(text), lost: optional(flag) })),
})
export type RunLine = Of<typeof RunLine>
