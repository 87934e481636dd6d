/** Quantities as people read them; pure. */
import { isoMoment } from '../../shared/words.js'

const BYTE_UNITS = ['B', 'kB', 'MB', 'GB', 'TB']

/** Bytes in decimal units with three digits: `104 MB`, `8.39 MB`. */
export function formatBytes(bytes: number): string {
  let [value, unit] = [bytes, 0]
  while (value >= 999.5 && unit < BYTE_UNITS.length - 1) {
    value /= 1000
    unit++
  }
  return `${unit === 0 ? Math.round(value) : digits(value)} ${BYTE_UNITS[unit]}`
}

/** Three significant digits. */
function digits(value: number): string {
  return value.toFixed(value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2)
}

/** A time span: `4s`, `2m05s`, `3h20m`, `5d2h`. */
export function formatDuration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds))
  const [days, hours] = [Math.floor(whole / 86_400), Math.floor(whole / 3600) % 24]
  const [minutes, rest] = [Math.floor(whole / 60) % 60, whole % 60]
  const two = (value: number): string => String(value).padStart(2, '0')
  if (days > 0) return `${days}d${hours}h`
  if (hours > 0) return `${hours}h${two(minutes)}m`
  return minutes > 0 ? `${minutes}m${two(rest)}s` : `${rest}s`
}

/** The same in a table, without what is plain from `now`: `11-24 15:00`, `2027-01-02`. */
export function formatWhen(ms: number, now: number): string {
  const text = isoMoment(ms)
  const thisYear = text.slice(0, 4) === isoMoment(now).slice(0, 4)
  return thisYear ? `${text.slice(5, 10)} ${text.slice(11, 16)}` : ` ${text.slice(0, 10)}`
}

/** A window as publish takes it, in the largest unit that divides it: `3d`, `36h`, `1500ms`. */
export function formatWindow(ms: number): string {
  const units = [
    ['d', 86_400_000],
    ['h', 3_600_000],
    ['m', 60_000],
    ['s', 1000],
  ] as const
  const [unit, size] = units.find(([, each]) => ms >= each && ms % each === 0) ?? ['ms', 1]
  return `${ms / size}${unit}`
}

/** How often a member came on the blacklist; only what was not put there by hand grows longer. */
export function formatOffences(code: string, offences: number): string {
  if (offences === 0) return 'not counted'
  return code === 'by-hand' ? String(offences) : `${offences}; twice as long each time`
}
