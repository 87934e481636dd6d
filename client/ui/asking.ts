/** Questions to one person, one after the other. */

/** Asks and gives the answer; undefined when the signal came first. */
export type Ask = (question: string, stop: AbortSignal) => Promise<string | undefined>

/**
 * The same way of asking, but each question waits until the one before is answered: a yes that was
 * meant for one price must not be taken for another.
 */
export function oneByOne(ask: Ask): Ask {
  let last: Promise<unknown> = Promise.resolve()
  return (question, stop) => {
    const turn = last.then(() => (stop.aborted ? undefined : ask(question, stop)))
    last = turn.catch(() => undefined)
    return turn
  }
}
