/** The terms of a content in some lines: how it is traded, and what is due when. */
import { placesIn, type Terms } from '../../shared/terms.js'
import { counted } from '../../shared/words.js'
import { formatWindow } from './format.js'

/** What a buyer agrees to beside the price, in lines that a terminal of 80 columns holds. */
export function termsLines(terms: Terms): string[] {
  const { answer, b, claim, complaint, marks, mode, n, share, spend } = terms
  const swarm = mode === 'closed' ? `closed to ${counted(placesIn(terms), 'member')}` : mode
  return [
    `terms: ${swarm}; up to ${counted(n, 'unpaid piece')} a seller, ${b} to a signature`,
    `  fetch within ${formatWindow(spend)}, complain within ${formatWindow(complaint)}, ` +
      `sellers claim within ${formatWindow(claim)}`,
    `  who is accused answers within ${formatWindow(answer)}; over ${counted(marks, 'mark')} ` +
      `from over ${share} %`,
    "  of its partners stop a member's trade",
  ]
}

/** The same for programs. Windows in milliseconds, `share` in percent. */
export function termsFields(terms: Terms): Readonly<Record<string, string | number>> {
  const { answer, b, claim, complaint, marks, mode, n, share, spend } = terms
  return { mode, n, b, complaint, answer, marks, share, spend, claim }
}
