/** How payments that went or came by letter are told. */
import type { Report } from '../../shared/command.js'
import { counted } from '../../shared/words.js'
import type { MailRound, Posted } from '../pay/mailbox.js'

/** Tells of payments that went or came by letter. */
export function tellLetters(report: Report, { letters }: MailRound): void {
  for (const letter of letters) report.event({ event: 'letter', ...letter }, letterLine(letter))
}

function letterLine({ code, pieces, towards, uid }: Posted): string {
  const what = `payment for ${counted(pieces, 'piece')}`
  if (towards === 'seller') {
    if (code === 'ok') return `${uid} is gone: ${what} was left for it with the tracker`
    return `${uid} is gone, and the tracker takes no ${what} for it: ${code}`
  }
  if (code === 'ok') return `${what} came from ${uid} by letter`
  return `a letter of ${uid} brought nothing: ${code}`
}
