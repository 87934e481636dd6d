/** Which points to kill at, spread over the whole life that a clean run shows. Pure. */
import type { Kind, Point } from './effects.js'
import type { Crash } from './play.js'
import type { Role } from './stage.js'

/** Points of each role by kind; 20 a role. */
const POINTS: Readonly<Record<Role, Partial<Readonly<Record<Kind, number>>>>> = {
  tracker: { send: 10, commit: 10 },
  seller: { save: 7, send: 7, credit: 6 },
  buyer: { save: 10, send: 10 },
}

/** How often an effect of each kind was seen in a role's life. */
export type Counts = ReadonlyMap<Kind, number>

/** Counts the effects that a life wrote down. */
export function countEffects(lines: readonly string[]): Counts {
  const counts = new Map<Kind, number>()
  for (const line of lines) {
    const kind = line.split(' ')[0] as Kind
    counts.set(kind, (counts.get(kind) ?? 0) + 1)
  }
  return counts
}

/** Every so many points of a seller's life it comes back late. */
const LATE_EVERY = 4

/** Even steps from the first effect to the last, by turns before and after it. */
function spread(kind: Kind, seen: number, count: number): Point[] {
  return Array.from({ length: count }, (_, index): Point => {
    const n = 1 + Math.round((index * (seen - 1)) / (count - 1))
    return { kind, n, moment: index % 2 === 0 ? 'before' : 'after' }
  })
}

/** The points of one role; throws when its life lacks a kind. */
export function planRole(role: Role, counts: Counts): Crash[] {
  const points = Object.entries(POINTS[role]).flatMap(([name, count]) => {
    const kind = name as Kind
    const seen = counts.get(kind) ?? 0
    if (seen === 0) throw new Error(`the ${role} does no ${kind}`)
    return spread(kind, seen, count)
  })
  return points.map((point, index) => {
    const late = role === 'seller' && index % LATE_EVERY === LATE_EVERY - 1
    return { role, point, late }
  })
}

/** Another point for one that a life ended without: at most what that life had of the kind. */
export function replan({ late, role, point }: Crash, counts: Counts): Crash {
  const seen = counts.get(point.kind) ?? 0
  return { role, late, point: { ...point, n: Math.max(1, Math.min(point.n - 1, seen)) } }
}
