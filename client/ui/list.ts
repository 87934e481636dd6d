/** A list that scrolls: which row is chosen, and which rows the screen shows; pure. */

/** Where a list stands. */
export interface ListState {
  /** Number of the chosen row. */
  readonly at: number
  /** Number of the first row that is shown. */
  readonly top: number
}

/** The beginning of a list. */
export const LIST_START: ListState = { at: 0, top: 0 }

/** What moves the choice; `choose` goes to the row of a number. */
export type ListAction = 'up' | 'down' | 'pageup' | 'pagedown' | 'first' | 'last' | 'choose'

/** Whether an action moves a list. */
export function movesList(action: string): action is ListAction {
  return /^(up|down|pageup|pagedown|first|last|choose)$/.test(action)
}

/**
 * The list after an action, with `count` rows of which `rows` are shown. The choice stays within
 * the list, and within what is shown.
 */
export function moveList(
  state: ListState,
  action: ListAction,
  { count, rows, to = 0 }: { readonly count: number; readonly rows: number; readonly to?: number },
): ListState {
  const page = Math.max(1, rows - 1)
  const target = {
    up: state.at - 1,
    down: state.at + 1,
    pageup: state.at - page,
    pagedown: state.at + page,
    first: 0,
    last: count - 1,
    choose: to,
  }[action]
  return settleList({ at: target, top: state.top }, count, rows)
}

/** The list after rows came or went, or the terminal changed its size. */
export function settleList({ at, top }: ListState, count: number, rows: number): ListState {
  const chosen = Math.max(0, Math.min(at, count - 1))
  const shown = Math.max(1, rows)
  const lowest = Math.max(0, Math.min(top, count - shown))
  return { at: chosen, top: Math.max(chosen - shown + 1, Math.min(lowest, chosen)) }
}
