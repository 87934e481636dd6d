/**
 * The programs of the demo, each a process of its own that speaks JSON lines.
 *
 * Nothing of them is imported: they are started as anybody would start them. A program that was to
 * run on but ends is told to `Company.failed` with the last lines it wrote to stderr.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { Failure, isCode, refuse } from '../../shared/errors.js'

const SCRIPTS = {
  floodgate: fileURLToPath(new URL('../main.js', import.meta.url)),
  'floodgate-tracker': fileURLToPath(new URL('../../tracker/main.js', import.meta.url)),
} as const
const STDERR_KEPT_LINES = 5
const STOP_TIMEOUT_MS = 20_000
const EVENT_TIMEOUT_MS = 60_000

/** One line of a program's output. */
export type Line = Readonly<Record<string, unknown>> & { readonly event: string }

/** What to run: which program, with which verb and arguments; `who` is its part in the demo. */
export interface Command {
  readonly who: string
  readonly program: keyof typeof SCRIPTS
  readonly args: readonly string[]
}

/** One program at work. */
export class Running {
  readonly who: string
  /** The `done` line; rejects with a Failure when the program ends otherwise. */
  readonly done: Promise<Line>
  readonly #child: ChildProcess
  readonly #lines: Line[] = []
  readonly #stderr: string[] = []
  readonly #listeners = new Set<(line: Line) => void>()
  #stopping = false

  constructor({ who, program, args }: Command) {
    this.who = who
    this.#child = spawn(process.execPath, [SCRIPTS[program], ...args, '--json'], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const { stdout, stderr } = this.#child
    if (stdout === null || stderr === null) throw new Error('bug: no pipes')
    createInterface({ input: stdout }).on('line', (text) => this.#read(text))
    createInterface({ input: stderr }).on('line', (text) => {
      this.#stderr.push(text)
      if (this.#stderr.length > STDERR_KEPT_LINES) this.#stderr.shift()
    })
    this.done = new Promise((resolve, reject) => {
      this.#child.on('error', (error) => reject(new Failure(refuse('internal', error.message))))
      this.#child.on('close', (code, signal) => {
        const last = this.#lines.at(-1)
        if (code === 0 && last?.event === 'done') resolve(last)
        else reject(this.#failure(signal ?? `exit code ${code}`, last))
      })
    })
    this.done.catch(() => undefined)
  }

  /** Whether the end of this program is expected. */
  get stopping(): boolean {
    return this.#stopping
  }

  #read(text: string): void {
    const line = parseLine(text)
    if (line === undefined) return
    if (line.event !== 'progress') this.#lines.push(line)
    for (const listener of this.#listeners) listener(line)
  }

  #failure(how: string, last: Line | undefined): Failure {
    const code = last?.event === 'error' && isCode(String(last.code)) ? String(last.code) : ''
    const said = this.#stderr.length > 0 ? `: ${this.#stderr.join('; ')}` : ''
    const text = `${this.who} ended with ${how}${said}`
    return new Failure(refuse(isCode(code) ? code : 'internal', text))
  }

  /** Hears every line from now on. */
  listen(listener: (line: Line) => void): void {
    this.#listeners.add(listener)
  }

  /** The n-th line of an event, past or to come; rejects when the program ends without it. */
  async line(event: string, n = 1, timeoutMs = EVENT_TIMEOUT_MS): Promise<Line> {
    let timer: NodeJS.Timeout | undefined
    const heard = new Promise<Line>((resolve, reject) => {
      const look = (): void => {
        const line = this.#lines.filter((each) => each.event === event)[n - 1]
        if (line !== undefined) resolve(line)
      }
      look()
      this.listen(look)
      if (timeoutMs === Number.POSITIVE_INFINITY) return
      const late = refuse('internal', `${this.who} did not get to "${event}" in time`)
      timer = setTimeout(() => reject(new Failure(late)), timeoutMs)
    })
    try {
      return await Promise.race([heard, this.done.then(() => this.#endedBefore(event))])
    } finally {
      clearTimeout(timer)
    }
  }

  #endedBefore(event: string): never {
    throw new Failure(refuse('internal', `${this.who} ended before "${event}"`))
  }

  /** Asks the program to stop in good order, and gives its `done` line. */
  async stop(): Promise<Line> {
    this.#stopping = true
    // SIGTERM: on Ctrl-C the terminal has sent every program its SIGINT already.
    this.#child.kill('SIGTERM')
    const timer = setTimeout(() => this.kill(), STOP_TIMEOUT_MS)
    try {
      return await this.done
    } finally {
      clearTimeout(timer)
    }
  }

  /** Ends the program at once. */
  kill(): void {
    this.#stopping = true
    this.#child.kill('SIGKILL')
  }
}

function parseLine(text: string): Line | undefined {
  try {
    const line: unknown = JSON.parse(text)
    const event = typeof line === 'object' && line !== null && 'event' in line
    return event ? (line as Line) : undefined
  } catch {
    return undefined
  }
}

/** All programs of one demo. */
export class Company {
  /** Rejects when a program that was to run on has ended. */
  readonly failed: Promise<never>
  readonly #running = new Set<Running>()
  #fail: (failure: unknown) => void = () => undefined

  constructor() {
    this.failed = new Promise((_, reject) => {
      this.#fail = reject
    })
    this.failed.catch(() => undefined)
    process.once('exit', () => this.killAll())
  }

  /** Starts a program that runs until it is stopped. */
  start(command: Command): Running {
    const running = new Running(command)
    this.#running.add(running)
    const ended = (failure?: unknown): void => {
      this.#running.delete(running)
      if (running.stopping) return
      this.#fail(failure ?? new Failure(refuse('internal', `${command.who} stopped by itself`)))
    }
    running.done.then(() => ended(), ended)
    return running
  }

  /** Runs a verb to its end and gives its `done` line. */
  async run(command: Command): Promise<Line> {
    const running = new Running(command)
    this.#running.add(running)
    try {
      return await running.done
    } finally {
      this.#running.delete(running)
    }
  }

  /** Stops whatever still runs, the last started first. */
  async stopAll(): Promise<void> {
    for (const running of [...this.#running].reverse()) {
      await running.stop().catch(() => undefined)
    }
  }

  killAll(): void {
    for (const running of this.#running) running.kill()
  }
}
