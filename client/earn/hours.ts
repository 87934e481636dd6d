/**
 * A time table of the week, as `mon-fri 22-7, sat-sun`: when earn may work; pure.
 *
 * Days and times are those of this machine's clock on the wall. A span that ends before it begins
 * goes on into the next day: it belongs to the day on which it began.
 */
import { visible } from '../../shared/command.js'
import { type Refusal, refuse } from '../../shared/errors.js'

/** A moment on the wall: day 0 is Sunday, minutes since midnight. */
export interface WallTime {
  readonly day: number
  readonly minute: number
}

/** A span that begins on certain days; minutes since midnight, `to` above a day's goes over it. */
interface Span {
  readonly days: ReadonlySet<number>
  readonly from: number
  readonly to: number
}

/** When earn may work. */
export interface Hours {
  /** As it was written. */
  readonly text: string
  readonly spans: readonly Span[]
}

const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat']
const DAY_MINUTES = 24 * 60
const WEEK_MINUTES = 7 * DAY_MINUTES
const EXAMPLE = "write for example 'mon-fri 22-7, sat-sun' or '1:30-6'"

/** Reads a time table; refuses as usage. */
export function parseHours(text: string): Hours | Refusal {
  const spans: Span[] = []
  for (const part of text.split(',')) {
    const span = parseSpan(part.trim().toLowerCase())
    if (span === undefined)
      return refuse('usage', `"${visible(text)}" is no time table; ${EXAMPLE}`)
    spans.push(span)
  }
  return { text, spans }
}

function parseSpan(text: string): Span | undefined {
  const words = text.split(/\s+/)
  const [first = '', second] = words
  if (words.length > 2 || first === '') return undefined
  const named = parseDays(first)
  const times = named === undefined ? first : second
  if (named === undefined && second !== undefined) return undefined
  const days = named ?? new Set(DAYS.keys())
  if (times === undefined) return { days, from: 0, to: DAY_MINUTES }
  const [from, to, more] = times.split('-').map(parseTime)
  if (from === undefined || to === undefined || more !== undefined) return undefined
  if (times.split('-').length !== 2 || from === DAY_MINUTES) return undefined
  return { days, from, to: to > from ? to : to + DAY_MINUTES }
}

function parseDays(text: string): ReadonlySet<number> | undefined {
  const [from, to, more] = text.split('-').map((name) => DAYS.indexOf(name))
  if (from === undefined || from === -1 || to === -1 || more !== undefined) return undefined
  const count = to === undefined ? 1 : ((to - from + DAYS.length) % DAYS.length) + 1
  return new Set(Array.from({ length: count }, (_, at) => (from + at) % DAYS.length))
}

/** Minutes of `22` or `22:30`; 24 is the end of a day. */
function parseTime(text: string): number | undefined {
  const match = /^(\d{1,2})(?::(\d{2}))?$/.exec(text)
  if (match === null) return undefined
  const minutes = Number(match[1]) * 60 + Number(match[2] ?? 0)
  const fits = Number(match[2] ?? 0) < 60 && minutes <= DAY_MINUTES
  return fits ? minutes : undefined
}

/** Whether earn may work at a moment. */
export function isOpen({ spans }: Hours, { day, minute }: WallTime): boolean {
  return spans.some(({ days, from, to }) => {
    const today = days.has(day) && minute >= from && minute < to
    const yesterday = days.has((day + 6) % 7) && minute + DAY_MINUTES < to
    return today || yesterday
  })
}

/** The next moment at which the table opens, after one at which it is closed, as `fri 22:00`. */
export function nextOpening(hours: Hours, { day, minute }: WallTime): string | undefined {
  const now = day * DAY_MINUTES + minute
  for (let ahead = 1; ahead <= WEEK_MINUTES; ahead++) {
    const at = (now + ahead) % WEEK_MINUTES
    const then = { day: Math.floor(at / DAY_MINUTES), minute: at % DAY_MINUTES }
    if (isOpen(hours, then)) return formatWall(then)
  }
  return undefined
}

/** The part of a week in which the table is open, from 0 to 1. */
export function openPart(hours: Hours): number {
  let open = 0
  for (let at = 0; at < WEEK_MINUTES; at++) {
    if (isOpen(hours, { day: Math.floor(at / DAY_MINUTES), minute: at % DAY_MINUTES })) open++
  }
  return open / WEEK_MINUTES
}

function formatWall({ day, minute }: WallTime): string {
  const two = (value: number): string => String(value).padStart(2, '0')
  return `${DAYS[day]} ${two(Math.floor(minute / 60))}:${two(minute % 60)}`
}

/** The moment on this machine's wall, in its time zone. */
export function wallTime(ms: number): WallTime {
  const date = new Date(ms)
  return { day: date.getDay(), minute: date.getHours() * 60 + date.getMinutes() }
}

/** Reads a table that may be missing; refuses as usage. */
export function readHours(text: string | undefined): Hours | undefined | Refusal {
  return text === undefined ? undefined : parseHours(text)
}
