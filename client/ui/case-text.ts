/** Cases in words; pure. */
import { formatAmount } from '../../shared/amount.js'
import type { CaseEntry } from '../../shared/cases.js'
import { visible } from '../../shared/command.js'
import { counted, formatMoment } from '../../shared/words.js'

type Lines = Readonly<Record<string, string>>

/** A case in one line. */
export function caseLine(entry: CaseEntry): string {
  const { kind, number, reason = '', state } = entry
  const said = reason === '' ? '' : `: ${visible(reason)}`
  const lines = kind === 'refund' ? refundLines(entry, said) : complaintLines(entry, said)
  const what = `${counted(entry.pieces, 'piece')}, ${formatAmount(entry.amount)}`
  const other = `(${visible(kind)}): ${visible(state)} (${what})${said}`
  return `case ${number} ${lines[state] ?? other}`
}

function refundLines({ amount, deadline, pieces }: CaseEntry, said: string): Lines {
  const what = `${counted(pieces, 'piece')}, ${formatAmount(amount)}`
  const date = formatMoment(deadline)
  return {
    open: `asks for a refund (${what}); the desk decides`,
    granted: `of a refund is granted (${what}), paid after ${date} less what is claimed${said}`,
    paid: `of a refund is paid: ${formatAmount(amount)} came back${said}`,
    rejected: `of a refund was rejected${said}; the content can be fetched again`,
  }
}

function complaintLines(entry: CaseEntry, said: string): Lines {
  const { amount, deadline, kind, number, other = '', pieces, role } = entry
  const what = `${counted(pieces, 'piece')} (${formatAmount(amount)})`
  const date = formatMoment(deadline)
  if (kind === 'marks') {
    return {
      open: `stopped your trade in a content, for the marks of others; the desk decides${said}`,
      kept: `keeps your trade in a content stopped${said}`,
      lifted: `is lifted: you trade that content again${said}`,
    }
  }
  if (kind !== 'unpaid') {
    const whom = role === 'accused' ? 'you' : other
    return {
      upheld: `proves ${visible(kind)} against ${whom}${said}; what is due is paid after ${date}`,
      paid: `proved ${visible(kind)} against ${whom}: ${formatAmount(amount)} was paid${said}`,
    }
  }
  const ended = {
    settled: `is settled: nothing is owed${said}`,
    denied: `ended with word against word; no money moved${said}`,
    rejected: `was turned down by the desk${said}`,
  }
  if (role === 'accused') {
    return {
      ...ended,
      open:
        `says that you owe ${other} for ${what}: answer before ${date}, or the grant pays; ` +
        `floodgate cases answer ${number}`,
      paid: `ended without your answer: your grant paid ${what} to ${other}${said}`,
    }
  }
  return {
    ...ended,
    open: `waits for ${other}, who owes you for ${what}; it is decided by ${date}`,
    paid: `is paid: ${formatAmount(amount)} for what ${other} owed you${said}`,
  }
}
