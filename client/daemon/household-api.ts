/** The local API of a household, in the process that holds it. */
import { type Refusal, refuse } from '../../shared/errors.js'
import type { Cid } from '../../shared/identifier.js'
import { UPDATES_MIN_MS } from '../../shared/local-limits.js'
import type { AnswerOf, LocalCall, RequestOf } from '../local/calls.js'
import type { LocalApi } from '../local/local-api.js'
import type { Transfer } from '../local/transfer-rows.js'
import { buy, quote } from './buying.js'
import { type Changing, feed, type Shown } from './feed.js'
import type { Household } from './household.js'
import { Runs } from './runs.js'
import { Resting, transferRow } from './transfers.js'

/** What answers each call. */
type Answers = {
  readonly [C in LocalCall]?: (
    request: RequestOf<C>,
  ) => AnswerOf<C> | Refusal | Promise<AnswerOf<C> | Refusal>
}

/** A household's API, and how it ends. */
export interface HouseholdApi extends LocalApi {
  /** Resolves when every verb that ran for others has ended. */
  ended(): Promise<void>
}

/** Makes the API of a household. */
export function apiOf(household: Household): HouseholdApi {
  const runs = new Runs(household)
  const picture = new Picture(household)
  const answers = answersOf(household, runs, picture)
  const feeds = new Set<() => void>()
  return {
    call: async (name, request) =>
      answers[name]?.(request) ?? refuse('not-found', `${name} is not answered here`),
    run: (request, told) => runs.run(request, told),
    updates: (everyMs, told, ended) => {
      const end = feed(picture, everyMs, told)
      const leave = (): void => {
        stop()
        ended(undefined)
      }
      const stop = (): void => {
        end()
        feeds.delete(leave)
      }
      feeds.add(leave)
      return stop
    },
    ended: async () => {
      await runs.ended()
      for (const leave of feeds) leave()
    },
  }
}

/** What is shown, made at most so often as an eye follows. */
class Picture {
  readonly #household: Household
  readonly #resting: Resting
  #shown: Shown | undefined
  #at = Number.NEGATIVE_INFINITY

  constructor(household: Household) {
    this.#household = household
    this.#resting = new Resting(household)
  }

  shown(): Shown {
    const now = this.#household.customer.monotonic()
    if (this.#shown === undefined || now - this.#at >= UPDATES_MIN_MS / 2) {
      this.#shown = this.#look()
      this.#at = now
    }
    return this.#shown
  }

  #look(): Shown {
    const household = this.#household
    const { customer, started, station } = household
    const transfers: Transfer[] = household
      .transfers()
      .map((held) => transferRow(held, this.#resting))
    const sum = (rate: (row: Transfer) => number): number =>
      transfers.reduce((total, row) => total + rate(row), 0)
    const { downLimit, upLimit } = station.limits
    const totals = {
      ...{ version: customer.version, pid: process.pid, started, port: station.port },
      ...{ downRate: sum((row) => row.downRate), upRate: sum((row) => row.upRate) },
      ...(upLimit === undefined ? {} : { upLimit }),
      ...(downLimit === undefined ? {} : { downLimit }),
      ...{ transfers: transfers.length, problems: [] },
    }
    return { totals, transfers, accounts: [] }
  }

  logAfter(number: number) {
    return this.#household.log.after(number)
  }

  changes(): Readonly<Record<Changing, number>> {
    return { blacklist: 0, cases: 0, settings: 0, history: 0 }
  }
}

/** Does the same to several contents; what each was refused with. */
async function each(
  cids: readonly Cid[],
  job: (cid: Cid) => Promise<Refusal | undefined>,
): Promise<AnswerOf<'pause'>> {
  const refused: AnswerOf<'pause'>['refused'][number][] = []
  await Promise.all(
    cids.map(async (cid) => {
      const problem = await job(cid)
      if (problem === undefined) return
      refused.push({ cid, code: problem.code, message: problem.message })
    }),
  )
  return { refused }
}

function answersOf(household: Household, runs: Runs, picture: Picture): Answers {
  const { customer, log } = household
  return {
    ping: () => ({ version: customer.version, pid: process.pid }),
    state: () => picture.shown(),
    pause: ({ cids }) => each(cids, (cid) => household.pause(cid)),
    resume: ({ cids }) => each(cids, (cid) => household.resume(cid)),
    remove: ({ cids, files }) => each(cids, (cid) => household.remove(cid, files)),
    quote: ({ cid }) => quote(household, cid),
    buy: (request) => buy(household, request),
    log: ({ after }) => ({ rows: log.after(after) }),
    answer: ({ answer, question }) =>
      runs.answer(question, answer) ? {} : refuse('not-found', 'nobody waits for this answer'),
    interrupt: ({ run }) =>
      runs.interrupt(run) ? {} : refuse('not-found', 'no verb of this name runs'),
    stop: () => {
      household.leave()
      return {}
    },
  }
}
