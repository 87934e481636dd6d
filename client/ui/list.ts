/**
 * A list that scrolls: which row is chosen, which rows are shown, what a search leaves; pure. The
 * choice follows its row, not its place.
 */

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

/** A list whose choice follows its row. */
export interface Followed<K extends string = string> {
  readonly list: ListState
  /** Key of the chosen row; undefined before anything moved. */
  readonly chosen: K | undefined
}

/** The beginning of such a list. */
export const FOLLOWED_START: Followed<never> = { list: LIST_START, chosen: undefined }

/** A list as it stands now. */
export interface ListNow<R> {
  readonly rows: readonly R[]
  readonly list: ListState
  readonly row: R | undefined
  /** Rows that there is room for. */
  readonly room: number
}

/** What tells rows apart; rows of one key are told apart by their place. */
export type KeyOf<R, K extends string = string> = (row: R) => K

/** Reads a list: the chosen row is found wherever it is now; when it is gone, its old place is. */
export function listNow<R>(
  rows: readonly R[],
  keyOf: KeyOf<R>,
  { chosen, list }: Followed,
  room: number,
): ListNow<R> {
  const there = rows[list.at]
  const stays = chosen === undefined || (there !== undefined && keyOf(there) === chosen)
  const found = stays ? list.at : rows.findIndex((row) => keyOf(row) === chosen)
  const at = found < 0 ? list.at : found
  const settled = settleList({ at, top: list.top }, rows.length, room)
  return { rows, list: settled, row: rows[settled.at], room }
}

/** The list after an action that moves it. */
export function moveFollowed<R, K extends string>(
  { list, room, rows }: ListNow<R>,
  keyOf: KeyOf<R, K>,
  [action, to = 0]: readonly [ListAction, number?],
): Followed<K> {
  const moved = moveList(list, action, { count: rows.length, rows: room, to })
  const row = rows[moved.at]
  return { list: moved, chosen: row === undefined ? undefined : keyOf(row) }
}

/**
 * What fits a search: texts that hold each of its words, in any case, or ids that begin with it.
 */
export function fitting(text: string): (told: string, ...ids: (string | undefined)[]) => boolean {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean)
  return (told, ...ids) => {
    if (words.length === 0) return true
    const lower = told.toLowerCase()
    return words.every((word) => lower.includes(word) || ids.some((id) => id?.startsWith(word)))
  }
}
