/** What is tried again and fails by an exception ends neither the trying nor the program. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Household } from '../../client/daemon/household.js'
import { beginMending } from '../../client/daemon/mending.js'
import { refuse } from '../../shared/errors.js'
import { until } from '../until.js'

test("a wallet's full disk is told of, and what rests is tried once more", async () => {
  let clock = 0
  let tries = 0
  const told: (string | undefined)[] = []
  const held = {
    ...{ content: { metainfo: { cid: 'aa', pieceLength: 1 }, paid: false }, paused: false },
    ...{ folder: '/', problem: refuse('not-readable') },
  }
  const household = {
    customer: { monotonic: () => clock, wallet: { broken: undefined } },
    ...{ stopping: new AbortController().signal, unopened: new Map(), transfers: () => [held] },
    log: { tell: (_level: string, _text: string, code?: string) => told.push(code) },
    again: async () => {
      tries++
      throw Object.assign(new Error('database or disk is full'), { code: 'SQLITE_FULL' })
    },
  }
  const end = beginMending(household as unknown as Household)
  // Each look finds that the pause is over.
  const passing = setInterval(() => {
    clock += 3_600_000
  }, 100)
  try {
    await until('a second try', () => tries > 1)
  } finally {
    clearInterval(passing)
    await end()
  }
  assert.deepEqual([...new Set(told)], ['disk-full'])
})
