/** Which points to kill at, spread over the whole life that a clean run shows. Pure. */
import { isCounted, type Kind, type Point } from './effects.js'
import type { Crash } from './play.js'
import { PIECES, type Role } from './stage.js'

/** How many points of a kind, by what their effects have in their description. */
interface Share {
  readonly kind: Kind
  readonly of: string
  /** Usually, and when all are asked for. */
  readonly count: number
  readonly all: number
}
const share = (kind: Kind, count: number, all: number, of = ''): Share => ({ kind, of, count, all })

/** 20 or 50 points of each role: the few effects on which money hangs, and the rest evenly. */
const SHARES: Readonly<Record<Role, readonly Share[]>> = {
  tracker: [
    share('commit', 2, 2, 'kind=purchase'),
    share('commit', 2, 4, 'kind=claim'),
    share('commit', 1, 2, 'kind=mature'),
    share('commit', 1, 2, 'kind=release'),
    share('commit', 4, 14),
    share('send', 2, 2, 'purchase'),
    share('send', 2, 4, 'claim'),
    share('send', 6, 20),
  ],
  seller: [
    share('credit', 1, 2, `k=${PIECES}`),
    share('save', 2, 4, 'claim'),
    share('save', 6, 15),
    share('send', 1, 3, 'claim'),
    share('send', 6, 16),
    share('credit', 4, 10),
  ],
  buyer: [
    share('save', 2, 2, 'purchase'),
    share('save', 2, 2, `k=${PIECES}`),
    share('save', 6, 18),
    share('send', 2, 2, 'purchase'),
    share('send', 8, 26),
  ],
}
/** Every so many points of a seller's life it comes back late. */
const LATE_EVERY = 4

/** How many effects of a life a point counts. */
function seenIn(lines: readonly string[], point: Point): number {
  const effects = lines.map((line) => line.split(' '))
  return effects.filter(([kind, , ...what]) => isCounted(point, kind as Kind, what.join(' ')))
    .length
}

/** Even steps from the first effect to the last; throws when a life has none. */
function spread({ kind, of }: Share, count: number, lines: readonly string[]): Point[] {
  const first: Point = { kind, of, n: 1, moment: 'before' }
  const seen = seenIn(lines, first)
  if (seen === 0) throw new Error(`no ${kind} ${of}`)
  const step = count === 1 ? 0 : (seen - 1) / (count - 1)
  return Array.from({ length: count }, (_, index) => ({
    ...first,
    n: 1 + Math.round(index * step),
  }))
}

/** The points of one role by a clean life of it, by turns before and after their effect. */
export function planRole(role: Role, lines: readonly string[], all: boolean): Crash[] {
  const points = SHARES[role].flatMap((each) => spread(each, all ? each.all : each.count, lines))
  return points.map((point, index) => ({
    role,
    point: { ...point, moment: index % 2 === 0 ? 'before' : 'after' },
    late: role === 'seller' && index % LATE_EVERY === LATE_EVERY - 1,
  }))
}

/** Another point for one that a life ended without: at most what that life had of it. */
export function replan(crash: Crash, lines: readonly string[]): Crash {
  const { point } = crash
  const n = Math.max(1, Math.min(point.n - 1, seenIn(lines, point)))
  return { ...crash, point: { ...point, n } }
}
