/** A hash thread: takes bytes over from the hasher, gives them back with their SHA-1. */
import { hash } from 'node:crypto'
import { parentPort } from 'node:worker_threads'

/** What comes back for one piece: its bytes, and 20 bytes of SHA-1. */
export interface HashAnswer {
  readonly data: Uint8Array<ArrayBuffer>
  readonly digest: Uint8Array
}

parentPort?.on('message', (data: Uint8Array<ArrayBuffer>) => {
  const answer: HashAnswer = { data, digest: hash('sha1', data, 'buffer') }
  parentPort?.postMessage(answer, [data.buffer])
})
