/**
 * Requests are answered by turns, a few in each, with the event loop's other work between them.
 *
 * The loop takes one new connection in each of its rounds, and in a round every connection with
 * something to say is heard. So a few dozen that ask again as soon as they are answered would make
 * rounds long, and whoever wants to connect would wait for hundreds of rounds. With a few answers
 * to a round, few of them have something new to say in the next.
 */
import { HTTP_TURN_REQUESTS_COUNT } from '../../shared/tracker-limits.js'

/** What waits to be answered, in the order in which it came. */
export class Turns {
  #waiting: (() => void)[] = []
  #planned = false

  /** Does this in its turn. */
  add(work: () => void): void {
    this.#waiting.push(work)
    this.#plan()
  }

  #plan(): void {
    if (this.#planned) return
    this.#planned = true
    setImmediate(() => this.#take())
  }

  #take(): void {
    this.#planned = false
    const turn = this.#waiting.splice(0, HTTP_TURN_REQUESTS_COUNT)
    if (this.#waiting.length > 0) this.#plan()
    for (const work of turn) work()
  }
}
