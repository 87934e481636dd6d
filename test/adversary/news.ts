/** What a program says from a moment on: a seller that serves many attacks has said much before. */
import type { Event, Program } from '../integration/programs.js'

/** What a program says from now on. */
export function newsOf(program: Program) {
  const known = program.events.length
  const isNew = (event: Event): boolean => program.events.indexOf(event) >= known
  return {
    /** The first event of a name that fits. */
    until: (name: string, fits: (event: Event) => boolean = () => true): Promise<Event> =>
      program.until(name, (event) => isNew(event) && fits(event)),
    /** Whether there is one so far. */
    has: (name: string, fits: (event: Event) => boolean = () => true): boolean =>
      program.events.slice(known).some((event) => event.event === name && fits(event)),
  }
}
