/** The local API of a household, in the process that holds it. */
import { type Refusal, refuse, refused } from '../../shared/errors.js'
import type { Cid } from '../../shared/identifier.js'
import { earnStateOf } from '../earn/state.js'
import type { AnswerOf, LocalCall, RequestOf } from '../local/calls.js'
import type { LocalApi } from '../local/local-api.js'
import { buy, quote } from './buying.js'
import { blacklistRows, caseRows } from './desk.js'
import { feed } from './feed.js'
import { historyRows } from './history.js'
import type { Household } from './household.js'
import { Picture } from './picture.js'
import { Runs } from './runs.js'
import { setSetting, settingsOf } from './settings-rows.js'
import { offersOf } from './shop.js'
import {
  announceContent,
  checkContent,
  setPriorities,
  setSequential,
  tellDetail,
} from './wishes.js'

/** What answers each call. */
type Answers = {
  readonly [C in LocalCall]: (
    request: RequestOf<C>,
  ) => AnswerOf<C> | Refusal | Promise<AnswerOf<C> | Refusal>
}

/** A household's API, and how it ends. */
export interface HouseholdApi extends LocalApi {
  /** Resolves when every verb that ran for others has ended; the household is stopping. */
  ended(): Promise<void>
}

/** Makes the API of a household. */
export function apiOf(household: Household): HouseholdApi {
  const runs = new Runs(household)
  const picture = new Picture(household)
  const answers = answersOf(household, runs, picture)
  const feeds = new Set<() => void>()
  return {
    call: async (name, request) => answers[name](request),
    run: (request, told) => {
      const running = runs.run(request, told)
      // A verb may have changed anything; what nobody looks at is not asked for.
      const moved = () => picture.everythingChanged()
      running.exit.then(moved, moved)
      return running
    },
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
      await household.stop()
      await picture.stop()
      for (const leave of feeds) leave()
    },
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
    offers: (request) => offersOf(household, request),
    quote: ({ cid }) => quote(household, cid),
    buy: async (request) => {
      const answer = await buy(household, request)
      picture.books.moved()
      return answer
    },
    rates: ({ cid }) => picture.rates.of(cid),
    earnings: ({ hours }) => picture.earnings.of(hours),
    history: (request) => historyRows(household, picture.books.statements, request),
    blacklist: () => ({ rows: blacklistRows(customer) }),
    cases: async () => {
      const rows = await caseRows(customer)
      return refused(rows) ? rows : { rows }
    },
    settings: () => settingsOf(household),
    set: (request) => {
      const row = setSetting(household, request)
      picture.changed('settings')
      return row
    },
    earn: () => earnStateOf(household),
    detail: (request) => tellDetail(household, request),
    priorities: (request) => setPriorities(household, request),
    sequential: (request) => setSequential(household, request),
    check: ({ cids }) => each(cids, (cid) => checkContent(household, cid)),
    announce: ({ cids }) => each(cids, (cid) => announceContent(household, cid)),
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
