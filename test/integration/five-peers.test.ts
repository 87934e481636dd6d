/**
 * Five peers that buy from each other: for each the sum of what it earned by peer and piece is what
 * its wallet says, what the provider's statement says, and what the ledger holds, to the unit.
 */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Market } from './market.js'
import { doneOf, type Event, floodgate, type Program } from './programs.js'

const PIECES = 60
const REWARD = 10_007n
const PRICE = 1_000_003n
const NAMES = ['ann', 'bob', 'carol', 'dan', 'eve']

let market: Market
const uids = new Map<string, string>()
before(async () => {
  market = await Market.open({
    ...{ bytes: PIECES * 16_384 - 100, pieceLength: 16_384, price: '1.000003', reward: '0.010007' },
  })
})
after(() => market.close())

/** What the two sides of one peer's books say. */
interface Told {
  /** Pieces by member, over all runs: whom it paid, and who paid it. */
  readonly bought: Readonly<Record<string, number>>
  readonly sold: Readonly<Record<string, number>>
  readonly wallet: Event
  readonly statement: Event
  readonly postings: readonly Event[]
}

async function toldOf(name: string, tally: Event): Promise<Told> {
  const home = market.home(name)
  const wallet = doneOf(await floodgate(home, 'wallet'))
  const ended = await floodgate(home, 'statement')
  const statement = doneOf(ended)
  return {
    bought: tally.pieces as Told['bought'],
    sold: tally.sold as Told['sold'],
    wallet,
    statement,
    postings: ended.events.filter(({ event }) => event === 'posting'),
  }
}

const sumOf = (postings: readonly Event[], kind: string): bigint =>
  postings
    .filter((each) => each.kind === kind)
    .reduce((sum, { amount }) => sum + BigInt(String(amount)), 0n)

/** What a statement says that each member paid. */
function byMember(postings: readonly Event[]): Record<string, bigint> {
  const sums: Record<string, bigint> = {}
  for (const { amount, kind, other } of postings) {
    if (kind !== 'claim') continue
    sums[String(other)] = (sums[String(other)] ?? 0n) + BigInt(String(amount))
  }
  return sums
}

const worth = (pieces: Readonly<Record<string, number>>): Record<string, bigint> =>
  Object.fromEntries(Object.entries(pieces).map(([uid, count]) => [uid, BigInt(count) * REWARD]))

/** Five buy and sell at once; gives what each did in all, over both of its runs. */
async function trade(): Promise<Map<string, Event>> {
  // Slow enough that most of the content goes from peer to peer.
  const house = await market.seller('house', '--data', market.folder, '--up-limit', '400kB/s')
  const fetch = (name: string, ...more: readonly string[]): Program => {
    const out = market.home(`${name}-files`)
    return market.start(name, 'get', market.torrent, '--out', out, '--yes', ...more)
  }
  const peers = NAMES.map((name) => fetch(name, '--seed', '--up-limit', '1MB/s'))
  for (const peer of peers) await peer.until('complete')
  for (const peer of peers) doneOf(await peer.stop())
  doneOf(await house.stop())
  const tallies = new Map<string, Event>()
  for (const name of NAMES) {
    tallies.set(name, doneOf(await fetch(name).ended))
    doneOf(await floodgate(market.home(name), 'claim'))
  }
  doneOf(await floodgate(market.home('house'), 'claim'))
  return tallies
}

const own = (name: string): string => uids.get(name) ?? ''

test('per peer = wallet = statement = ledger, to the unit', async () => {
  for (const name of NAMES) uids.set(name, await market.member(name, '2'))
  uids.set('house', await market.member('house'))
  doneOf(await market.desk('house', own('house')))
  const told = new Map<string, Told>()
  for (const [name, tally] of await trade()) told.set(name, await toldOf(name, tally))
  let between = 0n
  for (const [name, { bought, postings, sold, statement, wallet }] of told) {
    const earned = worth(sold)
    const total = Object.values(earned).reduce((sum, each) => sum + each, 0n)
    between += total
    assert.deepEqual(byMember(postings), earned, `${name}: by peer, as the provider has it`)
    assert.equal(wallet.earned, String(total), `${name}: the wallet`)
    assert.deepEqual([wallet.agrees, statement.agrees], [true, true], name)
    assert.equal(sumOf(postings, 'claim'), total, `${name}: the statement`)
    assert.equal(sumOf(postings, 'purchase'), PRICE, `${name}: what it bought`)
    assert.equal(wallet.spent, String(PRICE))
    const paid = Object.values(bought).reduce((sum, each) => sum + each, 0)
    assert.equal(paid, PIECES, `${name}: every piece is paid once`)
    for (const [other, { bought: theirs }] of told) {
      const pieces = sold[own(other)] ?? 0
      assert.equal(theirs[own(name)] ?? 0, pieces, `${other} paid ${name} what ${name} has`)
    }
  }
  assert.ok(between > 0n, 'peers sold to each other')
  const { events } = await floodgate(market.home('house'), 'statement')
  const house = sumOf(
    events.filter(({ event }) => event === 'posting'),
    'claim',
  )
  assert.equal(between + house, BigInt(NAMES.length * PIECES) * REWARD, 'all that was paid')
  await ledgerAgrees(told)
})

/** The provider's accounts hold what the statements say; maturing moves money between two. */
async function ledgerAgrees(told: ReadonlyMap<string, Told>): Promise<void> {
  const accounts = doneOf(await market.desk('accounts', '--all'))
  const balances = accounts.balances as Readonly<Record<string, string>>
  for (const [name, { statement }] of told) {
    const holds = (kind: string): bigint => BigInt(balances[`member:${own(name)}:${kind}`] ?? '0')
    const said = BigInt(String(statement.spendable)) + BigInt(String(statement.pending))
    assert.equal(holds('spendable') + holds('pending'), said, `${name}: the ledger`)
  }
  await market.verify()
  doneOf(await market.desk('audit'))
}
