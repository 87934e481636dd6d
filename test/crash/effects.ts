/**
 * The effects of one process, counted by kind as they happen: each is written to a file, and at the
 * chosen one the process kills itself.
 *
 * `FLOODGATE_CRASH` is `kind:n:before` or `kind:n:after`, `FLOODGATE_CRASH_FILE` the file. A line
 * of it is `kind n what`; the one of the kill says `hit before kind n what`. An effect is begun
 * before anything of it is done and ended when all of it is.
 */
import { appendFileSync } from 'node:fs'

/** What is counted (issue 2): saves, sends and credits of a member, commits of the tracker. */
export type Kind = 'save' | 'send' | 'credit' | 'commit'

/** Where a process dies: just before or just after its n-th effect of a kind, n from 1. */
export interface Point {
  readonly kind: Kind
  /** Counts only the effects whose description has this in it; the empty text is in all. */
  readonly of: string
  readonly n: number
  readonly moment: 'before' | 'after'
}

/** A point as it is written in FLOODGATE_CRASH. */
export function pointText({ kind, n, moment, of }: Point): string {
  return `${kind}${of === '' ? '' : `/${of}`}:${n}:${moment}`
}

/** Reads what pointText wrote. */
export function readPoint(text: string): Point | undefined {
  const match = /^(save|send|credit|commit)(?:\/([^:]+))?:(\d+):(before|after)$/.exec(text)
  if (match === null) return undefined
  const [, kind, of = '', n, moment] = match
  return { kind: kind as Kind, of, n: Number(n), moment: moment as Point['moment'] }
}

/** Whether an effect is one that a point counts. */
export function isCounted(point: Point, kind: Kind, what: string): boolean {
  return point.kind === kind && what.includes(point.of)
}

/** Counts effects and dies at one. */
export class Effects {
  readonly #path: string
  readonly #point: Point | undefined
  readonly #counts = new Map<Kind, number>()
  /** Effects that the point counts. */
  #seen = 0
  /** The process dies as soon as the effect under way is done. */
  dying = false

  constructor(path: string, point: Point | undefined) {
    this.#path = path
    this.#point = point
  }

  /** Counts an effect; gives what to call when it is done. */
  begin(kind: Kind, what: string): () => void {
    const n = (this.#counts.get(kind) ?? 0) + 1
    this.#counts.set(kind, n)
    const line = `${kind} ${n} ${what}`
    const point = this.#point
    const counted = point !== undefined && isCounted(point, kind, what)
    if (counted) this.#seen += 1
    const here = counted && this.#seen === point.n
    if (here && point.moment === 'before') this.#die(`hit before ${line}`)
    appendFileSync(this.#path, `${line}\n`)
    this.dying ||= here
    return () => {
      if (here) this.#die(`hit after ${line}`)
    }
  }

  #die(line: string): never {
    appendFileSync(this.#path, `${line}\n`)
    process.kill(process.pid, 'SIGKILL')
    throw new Error('the process outlived SIGKILL')
  }
}
