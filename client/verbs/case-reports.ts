/** How cases are told, by the verbs and while a program trades. */
import type { CaseEntry } from '../../shared/cases.js'
import { type Report, visible } from '../../shared/command.js'
import type { SeenCase } from '../pay/case-desk.js'
import { caseLine } from '../ui/case-text.js'

const WITH = {
  receipt: 'answered with the receipt',
  payment: 'answered with your payment',
} as const

/** Tells how a case stands, and about which content it is. */
export function tellCase(report: Report, entry: CaseEntry): void {
  report.event({ event: 'case', ...entry }, caseLine(entry))
  report.line(`  content ${entry.cid}`)
}

/** Tells how a case stands, and what was answered without asking anybody. */
export function tellSeen(
  report: Report,
  { answered, entry, problem, waits }: Omit<SeenCase, 'news'>,
): void {
  tellCase(report, entry)
  if (answered !== undefined) {
    const said = answered === 'denial' ? 'denied: by your books nothing came whole' : WITH[answered]
    const line = `case ${entry.number} was ${said}`
    report.event({ event: 'answered', number: entry.number, kind: answered, message: line }, line)
  }
  if (waits === true) {
    const how = `floodgate cases answer ${entry.number}`
    const line = `case ${entry.number} waits for an answer; yours: ${how}`
    report.event({ event: 'unanswered', number: entry.number, message: line }, line)
  }
  if (problem !== undefined) {
    const { code } = problem
    const line = `case ${entry.number} is not answered yet: ${visible(problem.message)}`
    report.event({ event: 'unanswered', number: entry.number, code, message: line }, line)
  }
}
