/** The suite tells: each of six schemes breaks one law and is caught by that law's check alone. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Scheme } from '../../shared/schemes/scheme.js'
import { Books } from './books.js'
import { bearer } from './broken/bearer.js'
import { disjoint } from './broken/disjoint.js'
import { forgetful } from './broken/forgetful.js'
import { generous } from './broken/generous.js'
import { lenient } from './broken/lenient.js'
import { repeated } from './broken/repeated.js'
import { LAWS } from './laws.js'

/** In the order of the laws, with what the check has to say. */
const BROKEN: readonly (readonly [Scheme, RegExp])[] = [
  [bearer, /a thief is paid for a foreign payment/],
  [repeated, /a claim twice pays once/],
  [disjoint, /overlapping claims pay the union/],
  [generous, /the ledger refuses a settlement/],
  [forgetful, /a saved token is lost/],
  [lenient, /a piece signed over twice is not found/],
]

/** What the check says; fast-check wraps it together with the smallest sequence. */
function caught(says: RegExp): (error: Error) => boolean {
  return ({ message, cause }) => says.test(cause instanceof Error ? cause.message : message)
}

for (const [number, [scheme, says]] of BROKEN.entries()) {
  describe(`broken scheme ${scheme.name}`, () => {
    let books: Books
    before(() => {
      books = new Books()
    })
    after(() => books.close())
    for (const [place, { name, check }] of LAWS.entries()) {
      if (place === number)
        test(`breaks: ${name}`, () => assert.rejects(check(scheme, books), caught(says)))
      else test(`keeps: ${name}`, () => check(scheme, books))
    }
  })
}
