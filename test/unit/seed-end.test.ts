/** When `seed` is done with a content: not while something may still bring it back to work. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Household } from '../../client/daemon/household.js'
import { endOf } from '../../client/verbs/seed.js'
import type { Report } from '../../shared/command.js'
import { type Refusal, refuse } from '../../shared/errors.js'
import type { Cid } from '../../shared/identifier.js'

const CID = 'aa'.repeat(20) as Cid

interface Shown {
  paused: boolean
  problem?: Refusal
  trade?: { readonly failed: Promise<Refusal> }
}

function ending(held: Shown) {
  const content = { metainfo: { name: 'film' } }
  const household = { mending: true, find: () => ({ content, ...held }) } as unknown as Household
  const report = { event: () => undefined } as unknown as Report
  return endOf(household, { report }, CID, new AbortController().signal)
}

test('what failed while others were taken up is sold again when it works again', async () => {
  const held: Shown = { paused: false, problem: refuse('disk-full') }
  let fail: (problem: Refusal) => void = () => undefined
  const failed = new Promise<Refusal>((resolve) => {
    fail = resolve
  })
  let ended = false
  const end = ending(held).finally(() => {
    ended = true
  })
  delete held.problem
  held.trade = { failed }
  setTimeout(() => {
    assert.equal(ended, false)
    delete held.trade
    held.problem = refuse('certificate-revoked')
    fail(held.problem)
  }, 1500)
  assert.equal((await end).code, 'certificate-revoked')
})

test('what was paused meanwhile is over', async () => {
  assert.equal((await ending({ paused: true })).code, 'interrupted')
})
