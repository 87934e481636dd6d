/** Times that work is given: nothing here but the time itself keeps this process alive. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inTime, PROCESS_TIMERS } from '../../client/pay/timers.js'

const never = new Promise<never>(() => undefined)

test('what never comes is late, and a program that waits for it goes on', async () => {
  assert.equal(await inTime(1, never), 'late')
})

test('what comes or fails in time is given as it is', async () => {
  assert.equal(await inTime(60_000, Promise.resolve(7)), 7)
  await assert.rejects(inTime(60_000, Promise.reject(new Error('full'))), /full/)
})

test('what has come in time keeps no process alive', async () => {
  const before = process.getActiveResourcesInfo()
  await inTime(Number.POSITIVE_INFINITY, Promise.resolve())
  assert.deepEqual(process.getActiveResourcesInfo(), before)
})

// A timer of Node with more than 31 bits of milliseconds goes off after one.
test('a month and more is not over before a moment', async () => {
  const over: string[] = []
  const month = PROCESS_TIMERS.after(40 * 86_400_000, () => over.push('month'))
  const ever = PROCESS_TIMERS.after(Number.POSITIVE_INFINITY, () => over.push('ever'))
  for (let moment = 0; moment < 5; moment++) await PROCESS_TIMERS.wait(10)
  assert.deepEqual(over, [])
  month()
  ever()
})
