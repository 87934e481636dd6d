/**
 * Loaded before a program (`node --import`): collects garbage every five seconds. V8 puts that off
 * for many minutes while there is room, and what it has not collected yet looks like a leak.
 */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { isMainThread } from 'node:worker_threads'

const COLLECT_MS = 5000

if (isMainThread) {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  setInterval(collect, COLLECT_MS).unref()
}
