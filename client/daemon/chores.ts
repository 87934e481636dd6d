/**
 * Chores: what a home at work does besides trading, when its settings say so. They run while a
 * daemon or a screen has the home, not during a single `get` or `seed`.
 */
import { refusalOf } from '../../shared/command.js'
import { Earning } from '../earn/earning.js'
import { doneHooks } from './done-hook.js'
import type { Household } from './household.js'
import { watchFolder } from './watching.js'

/** A chore at work. */
export interface Chore {
  /** Ends it; resolves when nothing of it is under way. */
  stop(): Promise<void>
}

/** Begins a chore; undefined when the settings do not ask for it. Throws a Failure as verbs do. */
export type BeginChore = (household: Household) => Chore | undefined

/** The chores, in the order in which they begin. */
export const CHORES: Readonly<Record<string, BeginChore>> = {
  'on-done': doneHooks,
  watch: watchFolder,
  earn: (household) => {
    household.earning = new Earning(household)
    return household.earning
  },
}

/** Begins every chore; one that cannot begin is told in the log. The function ends them all. */
export function beginChores(household: Household): () => Promise<void> {
  const begun: Chore[] = []
  for (const [name, begin] of Object.entries(CHORES)) {
    try {
      const chore = begin(household)
      if (chore !== undefined) begun.push(chore)
    } catch (error) {
      const { code, message } = refusalOf(error)
      household.log.tell('error', `${name}: ${message}`, code)
    }
  }
  return async () => {
    await Promise.all(begun.map((chore) => chore.stop()))
  }
}
