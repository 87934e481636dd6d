/**
 * Runs of the simulator: they hold, a seed decides everything that happens in one, and a defence
 * that is taken out of the programs is missed.
 */
import assert from 'node:assert/strict'
import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { type Edit, withoutDefence } from '../adversary/without-defence.js'
import { DIST } from '../integration/programs.js'
import { play } from './play.js'
import { playSeeds } from './seeds.js'

const SEEDS = 20
const PEERS = 100

test('a seed gives the same events again, another seed gives others', async () => {
  const first = await play({ seed: 2, peers: 6 })
  assert.deepEqual(first.problems, [])
  assert.deepEqual(await play({ seed: 2, peers: 6 }), first)
  assert.notEqual((await play({ seed: 3, peers: 6 })).digest, first.digest)
})

test(`${SEEDS} markets of ${PEERS} members come right, whatever went wrong in them`, async () => {
  const seeds = Array.from({ length: SEEDS }, (_, at) => at + 1)
  const failed = (await playSeeds(seeds, PEERS)).filter(({ status }) => status !== 0)
  assert.deepEqual(failed, [])
})

/** Defences and good order taken out, one at a time, and by which finding that is missed. */
const FAULTS: readonly (Edit & { readonly what: string; readonly found: RegExp })[] = [
  {
    what: 'that a seller which forgets debts in a crash loses more than it may',
    file: 'shared/exchange/selling.js',
    from: 'effects: [save(state, context, owed), serve(block)]',
    to: 'effects: [serve(block)]',
    found: /lost \d+ pieces to/,
  },
  {
    what: 'that a message which the network spoilt is held against its sender',
    file: 'client/pay/session.js',
    from: 'return this.drop(plaintext.code);',
    to: "return this.breach({ code: 'malformed', part: 'member' });",
    found: /has blacklisted honest/,
  },
  {
    what: 'that a seller which sends nothing is waited for without end',
    file: 'shared/exchange/buying.js',
    from: 'now - run.heard > context.requestTimeoutMs',
    to: 'false',
    found: /has not got what it bought/,
  },
  {
    what: 'that a posting is not written',
    file: 'tracker/ledger.js',
    from: 'insertTransfers(commit, posted)',
    to: 'insertTransfers(commit, posted.slice(1))',
    found: /escrow|sum|posting/,
  },
]

/** Markets that are played before a fault counts as not found. */
const SEEDS_MAX_COUNT = 20

for (const { found, what, ...edit } of FAULTS) {
  test(`the simulator finds ${what}`, async () => {
    const copy = withoutDefence(edit)
    try {
      cpSync(join(DIST, 'test'), join(copy.dist, 'test'), { recursive: true })
      const seen: string[] = []
      // Which storms bring a fault to light changes with the program.
      for (let seed = 1; seed < SEEDS_MAX_COUNT && !found.test(seen.join('\n')); seed += 2) {
        const played = await playSeeds([seed, seed + 1], 20, copy.dist)
        seen.push(...played.map(({ errors, last }) => `${errors}\n${last}`))
      }
      assert.match(seen.join('\n'), found)
    } finally {
      copy.remove()
    }
  })
}
