/**
 * The effects of one process, counted by kind as they happen: each is written to a file, and at the
 * chosen one the process kills itself.
 *
 * `FLOODGATE_CRASH` is `kind:n:before` or `kind:n:after`, `FLOODGATE_CRASH_FILE` the file. A line
 * of it is `kind n what`; the one of the kill says `hit before kind n what`. An effect is begun
 * before anything of it is done and ended when all of it is. The threads of a process count
 * together: a member's saves are written by a thread of their own.
 */
import { appendFileSync } from 'node:fs'
import { getEnvironmentData, setEnvironmentData } from 'node:worker_threads'

/** What is counted (issue 2): saves, sends and credits of a member, commits of the tracker. */
export type Kind = (typeof KINDS)[number]
export const KINDS = ['save', 'send', 'credit', 'commit'] as const

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

/** Where the threads of this process count: a place for each kind, and two more. */
const SHARED = 'floodgate-crash'
const [SEEN, DYING] = [KINDS.length, KINDS.length + 1]

/** The counts that the main thread made for all. */
function sharedCounts(): Int32Array {
  const known = getEnvironmentData(SHARED)
  if (known instanceof Int32Array) return known
  const counts = new Int32Array(new SharedArrayBuffer(4 * (KINDS.length + 2)))
  setEnvironmentData(SHARED, counts)
  return counts
}

/** Counts effects and dies at one. */
export class Effects {
  readonly #path: string
  readonly #point: Point | undefined
  readonly #counts = sharedCounts()

  constructor(path: string, point: Point | undefined) {
    this.#path = path
    this.#point = point
  }

  /** The process dies as soon as the effect under way is done. */
  get dying(): boolean {
    return Atomics.load(this.#counts, DYING) > 0
  }

  /** Counts an effect; gives what to call when it is done. */
  begin(kind: Kind, what: string): () => void {
    const n = Atomics.add(this.#counts, KINDS.indexOf(kind), 1) + 1
    const line = `${kind} ${n} ${what}`
    const point = this.#point
    const counted = point !== undefined && isCounted(point, kind, what)
    const here = counted && Atomics.add(this.#counts, SEEN, 1) + 1 === point.n
    if (here && point.moment === 'before') this.#die(`hit before ${line}`)
    appendFileSync(this.#path, `${line}\n`)
    if (here) Atomics.store(this.#counts, DYING, 1)
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
