/** What happened in a run, event for event, as one digest. */
import { createHash } from 'node:crypto'
import type { Clock } from './clock.js'

/** Takes down every event; the same seed gives the same digest, on any Node. */
export class Trace {
  readonly #clock: Clock
  readonly #hash = createHash('sha256')
  readonly #print: ((line: string) => void) | undefined
  #events = 0

  /** `print` gets every line as well, to find where two runs part. */
  constructor(clock: Clock, print?: (line: string) => void) {
    this.#clock = clock
    this.#print = print
  }

  /** An event: who, what, and bytes that belong to it. */
  note(who: string, what: string, bytes?: Uint8Array): void {
    this.#events++
    const line = `${this.#clock.now} ${who} ${what} ${bytes?.length ?? ''}\n`
    this.#hash.update(line)
    if (bytes !== undefined) this.#hash.update(bytes)
    this.#print?.(line.trimEnd())
  }

  get events(): number {
    return this.#events
  }

  /** Hex digits; of everything up to now. */
  digest(): string {
    return this.#hash.copy().digest('hex')
  }
}
