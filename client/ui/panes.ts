/** Commands that run or ran, each in its pane; the last is the one that is shown; pure. */
import type { Fingerprint } from '../../shared/identifier.js'
import type { RunLine } from '../local/calls.js'
import { openPane, type Pane, paneNews, tellPane } from './pane.js'
import type { Message } from './screen.js'
import { quoteWord } from './words.js'
import type { World } from './world.js'

/** What a client has of them, those that ended too; a new command puts these away. */
export type Panes = readonly Pane[]

/** The command of a screen as it could be typed, which heads its pane: providers by their names. */
export function runTitle(words: readonly string[], { accounts }: World): string {
  return words.map((word) => quoteWord(accounts.get(word as Fingerprint)?.name ?? word)).join(' ')
}

/** A command begins: those that ended are put away, those that run go on behind it. */
export function beginRun(panes: Panes, run: number, title: string): Panes {
  return [...panes.filter(({ exit }) => exit === undefined), openPane(run, title)]
}

/** The pane that is shown. */
export function shownPane(panes: Panes): Pane | undefined {
  return panes.at(-1)
}

/** One pane as it is now, in the place of what it was. */
export function putPane(panes: Panes, pane: Pane): Panes {
  return panes.map((each) => (each.run === pane.run ? pane : each))
}

/** The next pane comes to the front. */
export function turnPanes([first, ...rest]: Panes): Panes {
  return first === undefined ? rest : [...rest, first]
}

/** What a line of a command comes to; `looking` says whether the person looks at the last pane. */
export function tellRun(
  panes: Panes,
  run: number,
  line: RunLine,
  looking: boolean,
): { readonly panes: Panes; readonly message?: Message } {
  const before = panes.find((each) => each.run === run)
  if (before === undefined) return { panes }
  const pane = tellPane(before, line)
  if (looking && before === shownPane(panes)) return { panes: putPane(panes, pane) }
  const message = paneNews(pane)
  const news = message === undefined ? {} : { message }
  // What asks or ended is looked at next, but never comes under a hand that types.
  const forward = !looking && message !== undefined
  return {
    panes: forward ? [...panes.filter((each) => each !== before), pane] : putPane(panes, pane),
    ...news,
  }
}
