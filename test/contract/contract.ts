/**
 * The contract suite: one call holds a scheme to the five laws (design §3).
 */
import { describe, test } from 'node:test'
import type { Scheme } from '../../shared/schemes/scheme.js'
import { LAWS } from './laws.js'

/** Registers one test per law for a scheme. */
export function contract(scheme: Scheme): void {
  describe(`scheme ${scheme.name}`, () => {
    for (const { name, check } of LAWS) test(name, () => check(scheme))
  })
}
