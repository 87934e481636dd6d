/**
 * The writing thread (D13): it takes groups of saves, commits each in one transaction, and says so.
 *
 * A message in is the saves of one group, or `end`; a message out is `durable`, or what went wrong
 * as `{ code, message }`, for an error loses its code between threads.
 */
import { parentPort, workerData } from 'node:worker_threads'
import { type Batch, type Journal, openJournal } from './journal.js'

/** What the thread is started with. */
export interface WriterData {
  /** Path of the wallet. */
  readonly path: string
  /** The wallet's own key. */
  readonly key: Uint8Array
}

/** What the thread is told. */
export type ToWriter = readonly Batch[] | 'end'

/** What the thread answers to each group. */
export type FromWriter = 'durable' | { readonly code: string | undefined; readonly message: string }

const { path, key } = workerData as WriterData
let journal: Journal | undefined

function write(batches: readonly Batch[]): FromWriter {
  try {
    journal ??= openJournal(path, key)
    journal.commit(batches)
    return 'durable'
  } catch (error) {
    const { code, message } = error as { code?: string; message: string }
    return { code, message }
  }
}

parentPort?.on('message', (message: ToWriter) => {
  if (message !== 'end') return parentPort?.postMessage(write(message))
  journal?.close()
  parentPort?.close()
})
