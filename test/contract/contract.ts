/**
 * The contract suite: one call holds a scheme to the six laws (design §3).
 */
import { after, before, describe, test } from 'node:test'
import type { Scheme } from '../../shared/schemes/scheme.js'
import { Books } from './books.js'
import { LAWS } from './laws.js'

/** Registers one test per law for a scheme, on a ledger of its own. */
export function contract(scheme: Scheme): void {
  describe(`scheme ${scheme.name}`, () => {
    let books: Books
    before(() => {
      books = new Books()
    })
    after(() => books.close())
    for (const { name, check } of LAWS) test(name, () => check(scheme, books))
  })
}
