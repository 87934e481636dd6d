/**
 * SHA-1 of pieces in threads of their own, one pool per process, so that no piece, however long,
 * holds up the event loop (issue "hardened", D13).
 *
 * Bytes are handed over and back, never copied; what is so short that handing it over would cost
 * the loop more than hashing it is hashed in place. Two pieces wait at a thread, so that it goes on
 * while an answer is on its way; the rest waits here, for whichever thread is free first. What may
 * wait at all is bounded by the callers, who count these bytes as theirs (scheduler, check).
 */
import { hash } from 'node:crypto'
import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import { assert, type Refusal, refuse } from '../../shared/errors.js'
import { HASH_IN_PLACE_MAX_BYTES, HASH_THREADS_MAX_COUNT } from '../../shared/swarm-limits.js'
import type { HashAnswer } from './hash-worker.js'

const AT_A_THREAD = 2

/** Bytes and their SHA-1. */
export interface Hashed {
  readonly data: Uint8Array
  /** 20 bytes. */
  readonly digest: Uint8Array
}

interface Job {
  readonly data: Uint8Array
  readonly settle: (answer: Hashed | Refusal) => void
}

interface Thread {
  readonly worker: Worker
  /** Handed over, in order; the thread answers in the same order. */
  readonly jobs: Job[]
}

/** The hash threads of a process; they start with the first piece and keep no process alive. */
export class Hasher {
  /** Most pieces that are hashed at a time. */
  readonly threads: number
  readonly #pool: Thread[] = []
  readonly #waiting: Job[] = []
  #closed = false

  /** By default one thread less than the machine has cores. */
  constructor(threads = availableParallelism() - 1) {
    this.threads = Math.max(1, Math.min(HASH_THREADS_MAX_COUNT, threads))
  }

  /**
   * Hashes bytes that fill an ArrayBuffer of their own. They are handed over: the array is empty
   * from now on, and the same bytes are in the answer. Refuses as internal when a thread broke.
   */
  hash(data: Uint8Array): Promise<Hashed | Refusal> {
    assert(data.length === data.buffer.byteLength, 'bytes that share their buffer')
    if (data.length <= HASH_IN_PLACE_MAX_BYTES) {
      return Promise.resolve({ data, digest: hash('sha1', data, 'buffer') })
    }
    return new Promise((settle) => {
      if (this.#closed) return settle(refuse('internal', 'the hash threads are gone'))
      this.#waiting.push({ data, settle })
      this.#feed()
    })
  }

  /**
   * Ends the threads; what was not hashed is refused. Until they are gone they keep the process
   * alive: a last answer must not let go of it while somebody waits for this.
   */
  async close(): Promise<void> {
    this.#closed = true
    const gone = refuse('internal', 'the hash threads are gone')
    for (const { settle } of this.#waiting.splice(0)) settle(gone)
    await Promise.all(this.#pool.map(({ worker }) => worker.terminate()))
  }

  #feed(): void {
    for (;;) {
      if (this.#waiting.length === 0) return
      const thread = this.#leastBusy()
      if (thread.jobs.length >= AT_A_THREAD) return
      const job = this.#waiting.shift() as Job
      if (thread.jobs.length === 0) thread.worker.ref()
      thread.jobs.push(job)
      thread.worker.postMessage(job.data, [job.data.buffer as ArrayBuffer])
    }
  }

  #leastBusy(): Thread {
    let best: Thread | undefined
    for (const thread of this.#pool) {
      if (best === undefined || thread.jobs.length < best.jobs.length) best = thread
    }
    const busy = best === undefined || best.jobs.length > 0
    return busy && this.#pool.length < this.threads ? this.#start() : (best as Thread)
  }

  #start(): Thread {
    const worker = new Worker(new URL('./hash-worker.js', import.meta.url))
    worker.unref()
    const thread: Thread = { worker, jobs: [] }
    this.#pool.push(thread)
    worker.on('message', (answer: HashAnswer) => {
      thread.jobs.shift()?.settle(answer)
      if (thread.jobs.length === 0 && !this.#closed) worker.unref()
      this.#feed()
    })
    worker.on('error', (error: Error) => process.emitWarning(error))
    worker.on('exit', () => this.#lost(thread))
    return thread
  }

  /** A thread ended, by `close` or (out of memory) by itself; its pieces are gone with it. */
  #lost(thread: Thread): void {
    this.#pool.splice(this.#pool.indexOf(thread), 1)
    const problem = refuse('internal', 'a hash thread ended before its work was done')
    for (const { settle } of thread.jobs.splice(0)) settle(problem)
    this.#feed()
  }
}
