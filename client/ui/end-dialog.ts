/** The question before all work stops; pure. */
import type { AppEffect } from './app-state.js'
import type { Dialog } from './screen.js'

/** What a yes to it does. */
export const END_ALL: AppEffect = {
  ...{ effect: 'call', screen: undefined },
  call: { effect: 'call', call: 'stop', request: {} },
}

/** `own`: whether the work is this process's, and ends with its screen. */
export function endDialog(own: boolean): Dialog {
  const what = own ? 'the client ends' : 'nothing is traded until the daemon is started again'
  return {
    kind: 'confirm',
    title: 'Stop all work?',
    lines: [[`Last payments and claims go out; then ${what}.`]],
    yes: own ? 'stop and leave' : 'stop the daemon',
  }
}
