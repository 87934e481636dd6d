/**
 * Verbs that run inside the process that holds the home, for somebody who has it not: what they say
 * goes out line by line, questions go back to the one who can answer them.
 */
import { randomBytes } from 'node:crypto'
import type { Context } from '../customer.js'
import type { RunLine, RunRequest } from '../local/calls.js'
import type { Running } from '../local/local-api.js'
import type { Of } from '../local/records.js'
import { oneByOne } from '../ui/asking.js'
import type { Terminal } from '../ui/terminal.js'
import type { Household } from './household.js'

const NAME_BYTES = 8

/** The verbs that run for others. */
export class Runs {
  readonly #household: Household
  readonly #stops = new Map<string, AbortController>()
  readonly #questions = new Map<string, (answer: string | undefined) => void>()
  readonly #ends = new Set<Promise<unknown>>()

  constructor(household: Household) {
    this.#household = household
  }

  /** Runs a verb; the first line says by which name it is stopped. */
  run(request: Of<typeof RunRequest>, told: (line: RunLine) => void): Running {
    const name = newName()
    const stopper = new AbortController()
    this.#stops.set(name, stopper)
    told({ started: name })
    const exit = this.#run(request, told, stopper.signal)
    const end = exit.finally(() => {
      this.#stops.delete(name)
      this.#ends.delete(end)
    })
    this.#ends.add(end)
    return { exit, stop: () => stopper.abort() }
  }

  async #run(
    { columns, folder, interactive, live, words }: Of<typeof RunRequest>,
    told: (line: RunLine) => void,
    stopped: AbortSignal,
  ): Promise<NonNullable<RunLine['exit']>> {
    const household = this.#household
    const { customer } = household
    const json = words.includes('--json')
    const said: string[] = []
    const stop = AbortSignal.any([stopped, household.stopping])
    const terminal: Terminal = {
      ...{ live, interactive, asksSecrets: false, columns: () => columns },
      ask: oneByOne((text, signal) =>
        this.#ask(AbortSignal.any([signal, stop]), (question) =>
          told({ question: { question, text } }),
        ),
      ),
      launch: (commands, signal) =>
        this.#ask(AbortSignal.any([signal, stop]), (question) =>
          told({ launch: { question, commands } }),
        ),
      // A secret passes through no socket.
      askSecret: async () => undefined,
      draw: (text) => told({ draw: text }),
    }
    const context: Context = {
      ...customer,
      ...{ household, terminal, stop, folder, words },
      environment: { ...customer.environment, FLOODGATE_HOME: customer.home.folder },
      streams: {
        out: (line) => told(json ? { event: line } : { line }),
        err: (line) => said.push(line),
      },
    }
    const code = await customer.runWords(words, context)
    return said.length === 0 ? { code } : { code, message: said.join('\n') }
  }

  /** Sends something that is answered; undefined when the signal came first. */
  #ask(signal: AbortSignal, send: (question: string) => void): Promise<string | undefined> {
    if (signal.aborted) return Promise.resolve(undefined)
    const question = newName()
    return new Promise((resolve) => {
      const answered = (answer: string | undefined): void => {
        this.#questions.delete(question)
        signal.removeEventListener('abort', ended)
        resolve(answer?.trim())
      }
      const ended = (): void => answered(undefined)
      signal.addEventListener('abort', ended)
      this.#questions.set(question, answered)
      send(question)
    })
  }

  /** Answers a question; false when nobody asked it. */
  answer(question: string, answer: string | undefined): boolean {
    const waits = this.#questions.get(question)
    waits?.(answer)
    return waits !== undefined
  }

  /** Stops a verb as Ctrl-C would; false when none has this name. */
  interrupt(name: string): boolean {
    this.#stops.get(name)?.abort()
    return this.#stops.has(name)
  }

  /** Resolves when every verb has ended; the household is stopping. */
  async ended(): Promise<void> {
    await Promise.all(this.#ends)
  }
}

function newName(): string {
  return randomBytes(NAME_BYTES).toString('hex')
}
