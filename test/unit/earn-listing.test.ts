/** What earn takes for sold by a provider whose catalogue is too long for one answer. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { listingOf } from '../../client/earn/listing.js'
import type { Listed } from '../../client/pay/provider/shown.js'
import { must, type Refusal, refuse } from '../../shared/errors.js'
import type { Cid, Fingerprint } from '../../shared/identifier.js'
import { CATALOGUE_MAX_COUNT, CATALOGUE_QUERY_MAX_BYTES } from '../../shared/limits.js'

const [ONE, OTHER] = ['11', '22'].map((digits) => digits.repeat(32)) as [Fingerprint, Fingerprint]
const cidOf = (at: number) => at.toString(16).padStart(40, '0') as Cid

type Holding = Parameters<typeof listingOf>[1][number]

function holding(at: number, name: string, fingerprint = ONE, origin = 'earn'): Holding {
  const content = {
    ...{ paid: true, metainfo: { cid: cidOf(at), length: 7, name } },
    ...{ terms: { pieces: 2, price: 3n, reward: 1n }, provider: { row: { fingerprint } } },
  }
  return { content, origin } as unknown as Holding
}

const listed = (at: number) => ({ cid: cidOf(at), day: 4 }) as unknown as Listed[number]
const full = Array.from({ length: CATALOGUE_MAX_COUNT }, (_, at) => listed(at))

function provider(answers: Readonly<Record<string, Listed | Refusal>>) {
  const asked: string[] = []
  const catalogue = async (text: string) => {
    asked.push(text)
    return answers[text] ?? []
  }
  const row = { fingerprint: ONE }
  return { asked, catalogue, row } as unknown as Parameters<typeof listingOf>[0] & {
    readonly asked: string[]
  }
}

const cids = (wares: readonly { readonly cid: Cid }[]) => wares.map(({ cid }) => cid)

test('what a whole catalogue lacks is gone, of what earn holds of this provider', async () => {
  const one = provider({ '': [listed(1)] })
  const held = [holding(1, 'a'), holding(2, 'b'), holding(3, 'c', OTHER)]
  const listing = must(await listingOf(one, [...held, holding(4, 'd', ONE, 'person')]))
  const gone = { name: 'b', bytes: 7, pieces: 2, price: 3n, reward: 1n }
  assert.deepEqual(listing.gone, [{ cid: cidOf(2), ...gone, sellers: 0, day: 0, week: 0 }])
  assert.deepEqual(one.asked, [''])
})

test('what a full catalogue leaves out is asked for by its name before it is gone', async () => {
  const one = provider({ '': full, old: [listed(5000), listed(5001)] })
  const held = [holding(7, 'new'), holding(5001, 'old'), holding(5002, 'withdrawn')]
  const listing = must(await listingOf(one, held))
  assert.deepEqual(cids(listing.listed.slice(full.length)), [cidOf(5001)])
  assert.deepEqual(cids(listing.gone), [cidOf(5002)])
  assert.deepEqual(one.asked, ['', 'old', 'withdrawn'])
})

test('what nobody can tell of is not gone', async () => {
  const one = provider({ '': full, common: full, busy: refuse('rate-limited') })
  const held = [holding(5001, 'common'), holding(5002, 'busy')]
  const listing = must(await listingOf(one, held))
  assert.deepEqual(listing.gone, [])
  assert.equal(listing.listed.length, full.length)
})

test('of a long name as much is asked for as a question holds', async () => {
  const one = provider({ '': full })
  await listingOf(one, [holding(5001, 'é'.repeat(400))])
  assert.equal(one.asked[1], 'é'.repeat(CATALOGUE_QUERY_MAX_BYTES / 2))
})
