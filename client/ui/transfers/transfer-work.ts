/** What is done to transfers: on the marked ones, else on the chosen one; pure. */

import { refused } from '../../../shared/errors.js'
import type { Cid } from '../../../shared/identifier.js'
import { counted } from '../../../shared/words.js'
import type { FileRow, Transfer } from '../../local/transfer-rows.js'
import { formatBytes } from '../format.js'
import type { Line } from '../paint.js'
import type { Called, Dialog, Effect, Size } from '../screen.js'
import { buyDialog, buyTag, refusedDialog } from '../shop/buying.js'
import type { World } from '../world.js'
import { fileKey, nextPriority } from './files-tab.js'
import { peerKey } from './peers-tab.js'
import { shownTransfers } from './transfer-list.js'
import { type TransfersState, tabNow, transfersNow } from './transfers-state.js'

const NAMES_MAX_COUNT = 6

/** What an action is done to: the marked contents that are shown, else the chosen one. */
export function targetsOf(state: TransfersState, world: World, size: Size): readonly Transfer[] {
  const marked = shownTransfers(world, state).filter(({ cid }) => state.marked.has(cid))
  if (marked.length > 0) return marked
  const { row } = transfersNow(state, world, size)
  return row === undefined ? [] : [row]
}

function cidsOf(rows: readonly Transfer[]): Cid[] {
  return rows.map(({ cid }) => cid)
}

/** Pauses what runs; when nothing of it does, resumes all. */
export function pauseOrResume(rows: readonly Transfer[]): readonly Effect[] {
  const running = rows.filter(({ state }) => state !== 'paused')
  if (running.length > 0) {
    return [{ effect: 'call', call: 'pause', request: { cids: cidsOf(running) } }]
  }
  return [{ effect: 'call', call: 'resume', request: { cids: cidsOf(rows) } }]
}

/** The question before contents are removed, with their files or without. */
export function removeDialog(rows: readonly Transfer[], files: boolean): Dialog {
  const names = rows.slice(0, NAMES_MAX_COUNT).map(({ name }): Line => [`  ${name}`])
  const more = rows.length - names.length
  const bytes = rows.reduce((sum, row) => sum + row.bytes - row.left, 0)
  const paid = rows.some((row) => row.paid)
  const what = counted(rows.length, 'content')
  return {
    kind: 'confirm',
    title: files ? `Delete ${what} and the files` : `Remove ${what} from the list`,
    yes: files ? `delete ${formatBytes(bytes)}` : 'remove',
    lines: [
      ...names,
      ...(more > 0 ? [[`  and ${more} more`] as Line] : []),
      [],
      files
        ? [
            ['The files are deleted from the disk: ', 'bad'],
            [formatBytes(bytes), 'strong'],
          ]
        : ['The files stay where they are.'],
      ...(paid ? PAID_LINES : []),
    ],
  }
}

const PAID_LINES: readonly Line[] = [
  ['What was bought stays bought, what was earned stays earned: get'],
  ['takes a content up again without paying its price twice.'],
]

/** Turns fetching in order on or off for each. */
export function toggleOrder(rows: readonly Transfer[]): readonly Effect[] {
  const on = rows.some(({ sequential }) => !sequential)
  return rows.map(({ cid }) => ({ effect: 'call', call: 'sequential', request: { cid, on } }))
}

/** Changes how much the chosen file is wanted: a step, or between skip and normal. */
export function changePriority(
  state: TransfersState,
  world: World,
  size: Size,
  step: 1 | -1 | 'skip',
): readonly Effect[] {
  const now = tabNow(state, world, size)
  const file = chosenFile(state, world, size)
  if (now === undefined || file === undefined) return []
  const { number, priority } = file
  const toggled = priority === 'skip' ? 'normal' : 'skip'
  const wanted = step === 'skip' ? toggled : nextPriority(priority, step)
  if (wanted === priority) return []
  const request = { cid: now.view.transfer.cid, files: [{ number, priority: wanted }] }
  return [{ effect: 'call', call: 'priorities', request }]
}

/** The chosen file of an open tab of files. */
function chosenFile(state: TransfersState, world: World, size: Size): FileRow | undefined {
  const now = state.tab === 'files' ? tabNow(state, world, size) : undefined
  const chosen = now?.tab.settled?.(now.view).chosen
  return now?.view.detail?.files.find((file) => fileKey(file) === chosen)
}

/** Plays the chosen content, of an open tab of files the chosen file. */
export function playEffects(state: TransfersState, world: World, size: Size): readonly Effect[] {
  const { row } = transfersNow(state, world, size)
  if (row === undefined) return []
  const file = chosenFile(state, world, size)
  const chosen = file === undefined ? [] : ['--file', String(file.number)]
  return [{ effect: 'run', words: ['play', row.cid, ...chosen] }]
}

/** The question before missing pieces are bought, with their whole cost. */
export function askPieces({ answer }: Called & { call: 'quote' }): readonly Effect[] {
  if (refused(answer)) return [{ effect: 'tell', text: answer.message, level: 'error' }]
  if (answer.pieces === undefined) {
    const text = 'nothing has to be bought: what is missing is paid for and may still come'
    return [{ effect: 'tell', text, level: 'info' }]
  }
  const dialog = answer.refused === undefined ? buyDialog(answer) : refusedDialog(answer)
  return [{ effect: 'ask', tag: answer.refused ? 'note' : buyTag(answer), dialog }]
}

/** The member that the chosen row of peers or money is about. */
export function chosenMember(state: TransfersState, world: World, size: Size): string | undefined {
  const now = tabNow(state, world, size)
  const chosen = now?.tab.settled?.(now.view).chosen
  if (state.tab === 'money') return chosen
  if (state.tab !== 'peers') return undefined
  return now?.view.detail?.peers.find((peer) => peerKey(peer) === chosen)?.uid
}

const DONE: Partial<Readonly<Record<Called['call'], string>>> = {
  pause: 'paused',
  resume: 'resumed',
  remove: 'removed',
  check: 'checking: what is on the disk is hashed again',
  announce: 'asked the trackers',
  buy: 'bought; what was missing is fetched now',
}

/** What is told of an answer: why something failed, else what was done. */
export function tellAnswer({ answer, call, request }: Called): readonly Effect[] {
  if (refused(answer)) return [{ effect: 'tell', text: answer.message, level: 'error' }]
  const done = DONE[call]
  if (done === undefined) return []
  if (!('refused' in answer)) return [{ effect: 'tell', text: done, level: 'info' }]
  const failures = answer.refused as readonly { readonly message: string }[]
  const [first] = failures
  const asked = 'cids' in request ? request.cids.length : 1
  if (first === undefined) {
    return [{ effect: 'tell', text: asked === 1 ? done : `${done} (${asked})`, level: 'info' }]
  }
  const others = failures.length > 1 ? `; ${failures.length} of ${asked} failed` : ''
  return [{ effect: 'tell', text: `${first.message}${others}`, level: 'error' }]
}
