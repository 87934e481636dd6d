/**
 * The command that a person has run when a content is complete.
 *
 * What it is told stands in its environment and nowhere else: a name that was made to look like a
 * command is never read by the shell. It runs at most once for each time that a content was
 * fetched, in the content's folder, without a terminal.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { type Input, visible } from '../../shared/command.js'
import { must } from '../../shared/errors.js'
import {
  HOOK_GRACE_MS,
  HOOK_WORDS_MAX_CHARACTERS,
  HOOKS_MAX_COUNT,
} from '../../shared/home-limits.js'
import type { Cid } from '../../shared/identifier.js'
import { reasonOf } from '../../shared/thrown.js'
import { readDone } from '../chore-options.js'
import type { Customer } from '../customer.js'
import { Places } from '../engine/places.js'
import type { Content } from '../trade/content.js'
import { paidFor } from '../trade/tally.js'
import type { Chore } from './chores.js'
import type { Held } from './held.js'
import type { Household } from './household.js'

/** How a command ended. */
interface HookEnd {
  /** Exit status; null when a signal ended it. */
  readonly status: number | null
  /** The last line it wrote, to stdout or stderr. */
  readonly said: string
}

/** What is complete. */
type Complete = Pick<Held, 'content' | 'folder' | 'origin'>

/** What a command finds in its environment; amounts are decimal strings of millionths. */
async function hookEnvironment(
  { content, folder, origin }: Complete,
  customer: Customer,
): Promise<Record<string, string>> {
  const { cid, files, length, name } = content.metainfo
  const file = files.find(({ padding }) => !padding)
  const [top = ''] = file === undefined ? [] : await new Places(folder).of(file)
  return {
    FLOODGATE_EVENT: 'done',
    FLOODGATE_CID: cid,
    FLOODGATE_NAME: visible(name),
    FLOODGATE_FOLDER: folder,
    FLOODGATE_PATH: join(folder, top),
    FLOODGATE_BYTES: String(length),
    FLOODGATE_ORIGIN: origin,
    FLOODGATE_HOME: customer.home.folder,
    ...moneyOf(content, customer),
  }
}

function moneyOf(content: Content, { wallet }: Customer): Record<string, string> {
  if (!content.paid) return { FLOODGATE_PAID: '0' }
  const { currency } = content.provider.row
  const paid = String(paidFor(content, wallet))
  return { FLOODGATE_PAID: paid, FLOODGATE_CURRENCY: visible(currency) }
}

/**
 * Runs the command; gives how it ended. With `stop` it is asked to end, and is ended after
 * HOOK_GRACE_MS. Throws the system's error when it cannot be started.
 */
async function runHook(
  command: string,
  complete: Complete,
  customer: Customer,
  stop: AbortSignal,
): Promise<HookEnd> {
  const env = { ...customer.environment, ...(await hookEnvironment(complete, customer)) }
  // A process group of its own: what Ctrl-C means for us is not meant for it, and `stop` ends all
  // that it began.
  const child = spawn('/bin/sh', ['-c', command], {
    ...{ cwd: complete.folder, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] },
  })
  let words = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      words = `${words}${text}`.slice(-HOOK_WORDS_MAX_CHARACTERS)
    })
  }
  const kill = (signal: NodeJS.Signals): void => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, signal)
    } catch {
      // It has ended by itself.
    }
  }
  let last: NodeJS.Timeout | undefined
  const end = (): void => {
    kill('SIGTERM')
    last = setTimeout(() => kill('SIGKILL'), HOOK_GRACE_MS)
  }
  if (stop.aborted) end()
  else stop.addEventListener('abort', end, { once: true })
  try {
    const [status] = (await once(child, 'close')) as [number | null]
    return { status, said: visible(words.trimEnd().split('\n').at(-1) ?? '') }
  } finally {
    clearTimeout(last)
    stop.removeEventListener('abort', end)
  }
}

/** How a command ended, for a person. */
function hookText(name: string, { said, status }: HookEnd): string {
  const words = said === '' ? '' : `: ${said}`
  if (status === 0) return `on-done ran for ${visible(name)}${words}`
  const how = status === null ? 'was ended by a signal' : `ended with exit status ${status}`
  return `on-done ${how} for ${visible(name)}${words}`
}

/** What is told of a command that ended, or could not be run. */
type Told = (line: string, end: HookEnd | undefined, complete: Complete) => void

/** Runs a command for each content that is fetched in a household, a few at a time. */
export class Hooks {
  readonly #command: string
  readonly #customer: Customer
  readonly #told: Told
  readonly #stop = new AbortController()
  readonly #waiting: Complete[] = []
  readonly #running = new Set<Promise<void>>()
  readonly #silence: () => void

  /** `wants` says which contents it is for. */
  constructor(household: Household, command: string, told: Told, wants: (cid: Cid) => boolean) {
    this.#command = command
    this.#customer = household.customer
    this.#told = told
    this.#silence = household.completed.listen((held) => {
      if (!wants(held.content.metainfo.cid)) return
      this.#waiting.push(held)
      this.#next()
    })
  }

  #next(): void {
    while (this.#running.size < HOOKS_MAX_COUNT && !this.#stop.signal.aborted) {
      const complete = this.#waiting.shift()
      if (complete === undefined) return
      const job = this.#run(complete).finally(() => {
        this.#running.delete(job)
        this.#next()
      })
      this.#running.add(job)
    }
  }

  async #run(complete: Complete): Promise<void> {
    try {
      const end = await runHook(this.#command, complete, this.#customer, this.#stop.signal)
      this.#told(hookText(complete.content.metainfo.name, end), end, complete)
    } catch (error) {
      this.#told(`on-done cannot be run: ${reasonOf(error)}`, undefined, complete)
    }
  }

  /** Resolves when every command that is due has ended. */
  async idle(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running)
  }

  /** Begins no other one, and ends those that run. */
  async stop(): Promise<void> {
    this.#silence()
    this.#stop.abort()
    await this.idle()
  }
}

/** The commands of a home at work: for whatever is fetched in it. */
export function doneHooks(household: Household): Chore | undefined {
  const command = must(readDone(household.values))
  if (command === undefined) return undefined
  household.completed.command = command
  const told: Told = (line, end) => {
    household.log.tell(end?.status === 0 ? 'info' : 'warning', line)
  }
  return new Hooks(household, command, told, () => true)
}

/** The commands of one `get`; undefined where the home runs the same ones by itself. */
export function hooksOf(
  household: Household,
  { report, values }: Input,
  wants: (cid: Cid) => boolean,
): Hooks | undefined {
  const command = must(readDone(values))
  if (command === undefined || command === household.completed.command) return undefined
  const told: Told = (line, end, { content }) => {
    const { cid } = content.metainfo
    report.event({ event: 'on-done', cid, status: end?.status ?? null, message: line }, line)
  }
  return new Hooks(household, command, told, wants)
}
