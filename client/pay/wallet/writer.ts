/**
 * Saves on their way to the disk: a thread writes, so that no fsync holds up the event loop (D13).
 *
 * One group is under way at a time. What comes in meanwhile, from whichever gate, gathers into the
 * next one, so a slow disk makes groups larger and not the queue longer. A group that fails ends
 * the writer: the machines are then ahead of the books, and nothing more may be said or written.
 */
import { Worker } from 'node:worker_threads'
import type { Batch } from './journal.js'
import type { SaveEffect } from './wallet.js'
import type { FromWriter, ToWriter, WriterData } from './writer-thread.js'

const THREAD = new URL('./writer-thread.js', import.meta.url)

/** Saves that share one transaction, and who waits for it. */
interface Group {
  readonly batches: Batch[]
  readonly waiting: { readonly done: () => void; readonly failed: (error: unknown) => void }[]
}

/** The one writer of a wallet; its thread starts with the first save. */
export class WalletWriter {
  readonly #data: WriterData
  #thread: Worker | undefined
  #gathering: Group = { batches: [], waiting: [] }
  #underWay: Group | undefined
  #failure: Error | undefined

  constructor({ path, key }: WriterData) {
    // A key of its own: a view would take whatever lies around it along to the thread.
    this.#data = { path, key: new Uint8Array(key) }
  }

  /**
   * Writes saves in order, in one transaction; resolves when they are durable. Rejects with what
   * went wrong (`code` is SQLite's) and writes nothing ever after.
   */
  write({ provider, saves }: Batch): Promise<void> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure)
    this.#gathering.batches.push({ provider, saves: saves.map(detached) })
    return new Promise((done, failed) => {
      this.#gathering.waiting.push({ done, failed })
      if (this.#underWay === undefined) this.#post()
    })
  }

  /** What ended the writer; undefined while it writes. */
  get failure(): Error | undefined {
    return this.#failure
  }

  #post(): void {
    const group = this.#gathering
    this.#underWay = group
    this.#gathering = { batches: [], waiting: [] }
    try {
      this.#thread ??= this.#start()
      this.#thread.ref()
      this.#thread.postMessage(group.batches satisfies ToWriter)
    } catch (error) {
      this.#fail(error as Error)
    }
  }

  #start(): Worker {
    const thread = new Worker(THREAD, { workerData: this.#data })
    thread.on('message', (answer: FromWriter) => this.#answered(answer))
    thread.on('messageerror', (error) => this.#fail(error))
    thread.on('error', (error) => this.#fail(error))
    thread.on('exit', () => this.#fail(new Error('the thread that writes the wallet has ended')))
    return thread
  }

  #answered(answer: FromWriter): void {
    if (answer !== 'durable') return this.#fail(Object.assign(new Error(answer.message), answer))
    // Nobody waits any more where a broken thread's answer comes behind the news that it broke.
    const waiting = this.#underWay?.waiting ?? []
    this.#underWay = undefined
    // An idle thread keeps no process alive; one at work does.
    this.#thread?.unref()
    if (this.#gathering.batches.length > 0) this.#post()
    for (const { done } of waiting) done()
  }

  #fail(error: Error): void {
    if (this.#failure !== undefined) return
    this.#failure = error
    const waiting = [...(this.#underWay?.waiting ?? []), ...this.#gathering.waiting]
    this.#underWay = undefined
    this.#gathering = { batches: [], waiting: [] }
    for (const { failed } of waiting) failed(error)
  }

  #settled({ waiting }: Group): Promise<void> {
    return new Promise((resolve) => waiting.push({ done: resolve, failed: () => resolve() }))
  }

  /** Ends the thread once everything that was given to it is written, or has failed. */
  async close(): Promise<void> {
    while (this.#underWay !== undefined) await this.#settled(this.#underWay)
    this.#failure ??= new Error('the wallet is closed')
    const thread = this.#thread
    if (thread === undefined || thread.threadId === -1) return
    thread.ref()
    const ended = new Promise((resolve) => thread.once('exit', resolve))
    thread.postMessage('end' satisfies ToWriter)
    await ended
  }
}

/** A save with byte strings of its own: a view would take its whole buffer along to the thread. */
function detached(effect: SaveEffect): SaveEffect {
  const fields = Object.entries(effect.save).map(([name, value]) => [
    name,
    value instanceof Uint8Array ? new Uint8Array(value) : value,
  ])
  return { ...effect, save: Object.fromEntries(fields) }
}
