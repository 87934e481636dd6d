/**
 * A watched folder: each torrent that is put there is taken up. Free ones are fetched; paid ones
 * when they are bought already, or within the caps when the settings say so.
 */
import {
  accessSync,
  constants,
  existsSync,
  lstatSync,
  readdirSync,
  renameSync,
  type Stats,
} from 'node:fs'
import { join, resolve } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { formatAmount } from '../../shared/amount.js'
import { refusalOf, visible } from '../../shared/command.js'
import { must, type Refusal, refuse, refused } from '../../shared/errors.js'
import { WATCH_AGAIN_MS, WATCH_EVERY_MS, WATCH_MAX_COUNT } from '../../shared/home-limits.js'
import { reasonOf } from '../../shared/thrown.js'
import { readWatch, type WatchSettings } from '../chore-options.js'
import { makeFolder } from '../folders.js'
import { openTorrent, type PaidContent, readTorrent } from '../trade/content.js'
import { liveGrants, purchase } from '../trade/purchase.js'
import type { Chore } from './chores.js'
import type { Household } from './household.js'
import { logReport } from './log-events.js'

const ENDING = '.torrent'
/** What a torrent that was taken up is called from then on. */
const ADDED = '.added'

/** A torrent that was seen in the folder. */
interface Seen {
  /** Size and time: a file that still changes is still being written. */
  readonly stamp: string
  /** When to try, on the clock that only rises. */
  dueMs: number
  /** What was last said of it. */
  told?: string
}

/** Facts of what lies there; undefined when nothing does, or the folder was closed just now. */
function factsOf(path: string): Stats | undefined {
  try {
    return lstatSync(path)
  } catch {
    return undefined
  }
}

class Watch {
  readonly #household: Household
  readonly #settings: WatchSettings
  readonly #seen = new Map<string, Seen>()
  #told = ''

  constructor(household: Household, settings: WatchSettings) {
    const { folder } = household.customer
    this.#household = household
    this.#settings = {
      ...settings,
      folder: resolve(folder, settings.folder),
      out: resolve(folder, settings.out),
    }
  }

  /** Looks at the folder again and again until `stop`. */
  async run(stop: AbortSignal): Promise<void> {
    while (!stop.aborted) {
      const names = this.#names()
      for (const path of this.#seen.keys()) if (!names.has(path)) this.#seen.delete(path)
      for (const path of names) {
        if (stop.aborted) return
        await this.#look(path)
      }
      await wait(WATCH_EVERY_MS, undefined, { signal: stop }).catch(() => undefined)
    }
  }

  /** Paths of the torrents that lie there; none, and a word in the log, without the folder. */
  #names(): ReadonlySet<string> {
    const { folder } = this.#settings
    try {
      accessSync(folder, constants.R_OK | constants.X_OK)
      const names = readdirSync(folder).filter((name) => name.endsWith(ENDING))
      this.#told = ''
      return new Set(
        names
          .sort()
          .slice(0, WATCH_MAX_COUNT)
          .map((name) => join(folder, name)),
      )
    } catch (error) {
      this.#tellOnce(`the watched folder ${visible(folder)} cannot be read: ${reasonOf(error)}`)
      return new Set()
    }
  }

  #tellOnce(text: string): void {
    if (this.#told !== text) this.#household.log.tell('warning', text, 'not-readable')
    this.#told = text
  }

  async #look(path: string): Promise<void> {
    const info = factsOf(path)
    if (info?.isFile() !== true) return
    const stamp = `${info.ino} ${info.size} ${info.mtimeMs}`
    const now = this.#household.customer.monotonic()
    const seen = this.#seen.get(path)
    if (seen?.stamp !== stamp) this.#seen.set(path, { stamp, dueMs: now })
    else if (seen.dueMs <= now) await this.#take(path, seen)
  }

  async #take(path: string, seen: Seen): Promise<void> {
    const done = await this.#takeUp(path).catch(refusalOf)
    if (!refused(done)) {
      this.#putAside(path, seen)
      this.#household.log.tell('info', `${visible(path)} ${done}`)
      return
    }
    seen.dueMs = this.#household.customer.monotonic() + WATCH_AGAIN_MS
    if (seen.told !== done.message) {
      const text = `${visible(path)} is not taken up: ${done.message}`
      this.#household.log.tell('warning', text, done.code)
    }
    seen.told = done.message
  }

  /** Gives a torrent that was taken up its other name, and no file of another the same. */
  #putAside(path: string, seen: Seen): void {
    try {
      let to = `${path}${ADDED}`
      for (let number = 2; existsSync(to); number++) to = `${path}${ADDED}-${number}`
      renameSync(path, to)
    } catch (error) {
      seen.dueMs = Number.POSITIVE_INFINITY
      const text = `${visible(path)} is taken up and stays where it is: ${reasonOf(error)}`
      this.#household.log.tell('warning', text, 'not-writable')
    }
  }

  /** Takes up a torrent; what to tell of it. */
  async #takeUp(path: string): Promise<string | Refusal> {
    const household = this.#household
    const { customer, providers } = household
    const content = await openTorrent(customer, must(readTorrent(path)), providers)
    const { cid } = content.metainfo
    // What the home has is taken up from where it lies, whoever puts its torrent here again.
    const lies = customer.wallet.contents.get(cid)?.folder ?? ''
    if (household.find(cid) !== undefined || lies !== '') return 'is in the home already'
    const folder = this.#settings.out
    makeFolder(folder)
    if (content.paid) {
      const problem = await this.#buy(content)
      if (problem !== undefined) return problem
    }
    const trade = await household.take({ content, folder, origin: 'watch', cut: true })
    return refused(trade) ? trade : 'is taken up'
  }

  /** Buys what is not bought yet, if that is wanted and a cap for one content is set. */
  async #buy(content: PaidContent): Promise<Refusal | undefined> {
    const { customer, log } = this.#household
    await this.#household.certifying.with(content.provider)
    if (liveGrants(customer, content).length > 0) return undefined
    const { metainfo, provider, terms } = content
    const cost = `${formatAmount(terms.price)} ${visible(provider.row.currency)}`
    if (!this.#settings.buys) {
      const how = `floodgate buy ${metainfo.cid} buys it; watch-buy = true buys all within the caps`
      return refuse('not-confirmed', `it costs ${cost}; ${how}`)
    }
    const caps = customer.caps()
    if (refused(caps)) return caps
    if (caps.download === undefined) {
      return refuse('usage', `it costs ${cost}, and watch-buy buys only when cap-download is set`)
    }
    await purchase(customer, content, { yes: true, report: logReport(log) })
    return undefined
  }
}

/** Watches the folder of the settings, if they name one. */
export function watchFolder(household: Household): Chore | undefined {
  const settings = must(readWatch(household.values))
  if (settings === undefined) return undefined
  const stop = new AbortController()
  const watching = new Watch(household, settings).run(stop.signal)
  return {
    stop: async () => {
      stop.abort()
      await watching
    },
  }
}
