/**
 * Runs the two programs as processes and reads their JSON lines.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { within } from '../until.js'

/** One JSON line of a program. */
export type Event = Readonly<Record<string, unknown>> & { readonly event?: string }

/** How a program ended. */
export interface Ended {
  readonly status: number | null
  readonly events: readonly Event[]
  readonly stderr: string
}

/** The folder of what was built; this file runs from dist/test/integration. */
export const DIST = fileURLToPath(new URL('../../', import.meta.url))
const MAIN = {
  floodgate: 'client/main.js',
  'floodgate-tracker': 'tracker/main.js',
}
/** What people start; tests start the programs by this Node, with the options that these set. */
export const LAUNCHERS = {
  floodgate: join(DIST, '../client/floodgate'),
  'floodgate-tracker': join(DIST, '../tracker/floodgate-tracker'),
}

/** Options of Node that a launcher sets. */
function optionsOf(launcher: string): string[] {
  const options = /^exec node (--\S+) "/m.exec(readFileSync(launcher, 'utf8'))?.[1]
  if (options === undefined) throw new Error(`${launcher} sets no option`)
  return [options]
}

/** How a program is started besides its own arguments. */
export interface Start {
  /** A command that runs the program, as `prlimit --fsize=N`; it must become the program. */
  readonly under?: readonly string[]
  /** Options of Node itself. */
  readonly node?: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
  /** A folder that stands for dist/. */
  readonly dist?: string
}

/** A program at work; its stdin is no terminal. */
export class Program {
  readonly events: Event[] = []
  /** How it ended, whenever that is: for who only listens for it. */
  readonly over: Promise<Ended>
  readonly #child: ChildProcess
  readonly #waiting = new Set<() => void>()
  readonly #command: string
  #over = false
  #stderr = ''

  constructor(name: keyof typeof MAIN, home: string, args: readonly string[], start: Start = {}) {
    const { under = [], node = [], environment = {}, dist = DIST } = start
    const main = join(dist, MAIN[name])
    const options = [...optionsOf(LAUNCHERS[name]), ...node]
    const program = [process.execPath, ...options, main, ...args, '--json', '--home', home]
    const [command = process.execPath, ...rest] = [...under, ...program]
    const env = { ...process.env, ...environment }
    const child = spawn(command, rest, { env, stdio: ['ignore', 'pipe', 'pipe'] })
    this.#child = child
    this.#command = [name, ...args].join(' ')
    const lines = createInterface({ input: child.stdout })
    lines.on('line', (line) => {
      this.events.push(JSON.parse(line))
      this.#look()
    })
    child.stderr.on('data', (chunk) => {
      this.#stderr += String(chunk)
    })
    this.over = Promise.all([once(child, 'exit'), once(lines, 'close')]).then(([[status]]) => {
      this.#over = true
      this.#look()
      return { status, events: this.events, stderr: this.#stderr }
    })
  }

  #look(): void {
    for (const look of [...this.#waiting]) look()
  }

  /** How it ends, and it must: throws what it said last when it goes on. */
  get ended(): Promise<Ended> {
    return within(`the end of ${this.#command}`, this.over, () => this.#said)
  }

  /** The last of what it said, for whoever waits for more. */
  get #said(): string {
    const last = this.events.slice(-20).map((event) => JSON.stringify(event))
    return [this.#stderr, ...last].join('\n')
  }

  /** The first event that fits, of those that came and those to come; throws when there is none. */
  until(name: string, fits: (event: Event) => boolean = () => true): Promise<Event> {
    const found = this.#find(name, fits)
    return within(`${name} of ${this.#command}`, found, () => this.#said)
  }

  #find(name: string, fits: (event: Event) => boolean): Promise<Event> {
    return new Promise((resolve, reject) => {
      const look = () => {
        const found = this.events.find((event) => event.event === name && fits(event))
        if (found === undefined && !this.#over) return
        this.#waiting.delete(look)
        if (found !== undefined) resolve(found)
        else reject(new Error(`${this.#command} ended without ${name}: ${this.#said}`))
      }
      this.#waiting.add(look)
      look()
    })
  }

  /** Of the process; undefined when it could not be started. */
  get pid(): number | undefined {
    return this.#child.pid
  }

  /** Sends a signal and waits for the end. */
  stop(signal: 'SIGHUP' | 'SIGINT' | 'SIGTERM' | 'SIGKILL' = 'SIGINT'): Promise<Ended> {
    this.#child.kill(signal)
    return this.ended
  }
}

/** Runs a verb of the customer's program to its end. */
export function floodgate(home: string, ...args: readonly string[]): Promise<Ended> {
  return new Program('floodgate', home, args).ended
}

/** Runs a verb of the provider's program to its end. */
export function tracker(home: string, ...args: readonly string[]): Promise<Ended> {
  return new Program('floodgate-tracker', home, args).ended
}

/** The last line, which must be `done`; throws with what the program said instead. */
export function doneOf({ events, status, stderr }: Ended): Event {
  const last = events.at(-1)
  if (status === 0 && last?.event === 'done') return last
  throw new Error(`exit ${status}: ${stderr}${JSON.stringify(last)}`)
}
