/** Shows progress while a verb works: one live line on a terminal, else a line now and then. */
import type { Report } from '../../shared/command.js'
import { type Progress, progressEvent, progressLine } from './progress.js'
import type { Terminal } from './terminal.js'

const LIVE_MS = 500
const EVENT_MS = 1000
const PLAIN_MS = 5000

/**
 * Starts to show progress; the returned function ends it. `parts` are events of the single
 * transfers, for programs alone; a person reads the sum.
 */
export function startProgress(
  report: Report,
  terminal: Terminal,
  progress: () => Progress,
  parts: () => readonly Readonly<Record<string, unknown>>[] = () => [],
): () => void {
  const live = terminal.live && !report.json
  let said = ''
  const show = () => {
    const line = progressLine(progress())
    if (live) terminal.draw(line.slice(0, terminal.columns() - 1))
    // For a person without a terminal the same line again says nothing.
    else report.event(progressEvent(progress()), line === said ? undefined : line)
    said = line
    for (const part of parts()) report.event({ event: 'part', ...part })
  }
  const timer = setInterval(show, live ? LIVE_MS : report.json ? EVENT_MS : PLAIN_MS)
  return () => {
    clearInterval(timer)
    terminal.draw('')
  }
}
