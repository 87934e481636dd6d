/** The question before all work stops; pure. */
import type { Dialog } from './screen.js'

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
