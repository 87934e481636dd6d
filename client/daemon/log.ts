/** What happened in a home at work, the newest so many lines; nothing of it is kept on the disk. */

import { LOG_MAX_COUNT, LOG_TEXT_MAX_CHARACTERS } from '../../shared/local-limits.js'
import type { LogRow } from '../local/rows.js'

/** How serious a line is. */
export type Level = LogRow['level']

/** The log of one household. */
export class Log {
  readonly #now: () => number
  readonly #rows: LogRow[] = []
  readonly #hearers = new Set<(row: LogRow) => void>()
  #number = 0

  /** `now`: milliseconds of our own clock. */
  constructor(now: () => number) {
    this.#now = now
  }

  /** Adds a line. */
  tell(level: Level, text: string, code?: string): void {
    this.#number++
    const row: LogRow = {
      ...{ number: this.#number, at: this.#now(), level },
      text: text.slice(0, LOG_TEXT_MAX_CHARACTERS),
      ...(code === undefined ? {} : { code }),
    }
    this.#rows.push(row)
    if (this.#rows.length > LOG_MAX_COUNT) this.#rows.shift()
    for (const hear of this.#hearers) hear(row)
  }

  /** Lines after a number that are still kept, oldest first. */
  after(number: number): readonly LogRow[] {
    const first = this.#rows[0]?.number ?? 0
    return this.#rows.slice(Math.max(0, number + 1 - first))
  }

  /** Calls `hear` with every new line until the returned function is called. */
  listen(hear: (row: LogRow) => void): () => void {
    this.#hearers.add(hear)
    return () => this.#hearers.delete(hear)
  }
}
