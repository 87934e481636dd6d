/** What happens at a station, told to the log of its household. */
import type { Report } from '../../shared/command.js'
import { faultOf, isCode } from '../../shared/errors.js'
import type { StationEvents } from '../trade/station.js'
import { stationEvents } from '../verbs/trading.js'
import type { Level, Log } from './log.js'

/** A report of which the lines for people go to a log. */
export function logReport(log: Log): Report {
  return {
    json: false,
    event: (event, line) => {
      if (line === undefined) return
      const { code } = event
      log.tell(levelOf(code), line, typeof code === 'string' ? code : undefined)
    },
    line: (line) => log.tell('info', line),
  }
}

/** What is our own fault, or the disk's, stops work; the rest is worth a look. */
function levelOf(code: unknown): Level {
  if (typeof code !== 'string' || !isCode(code)) return 'info'
  return faultOf(code) === 'ours' ? 'error' : 'warning'
}

/** The events of a station as lines of a log. */
export function logEvents(log: Log): StationEvents {
  return stationEvents(logReport(log))
}
