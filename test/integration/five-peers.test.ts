/**
 * Five peers that buy from each other: for each the sum of what it earned by peer, as its screen
 * shows it, is what its wallet says, what the provider's statement says, and what the ledger holds,
 * to the unit.
 */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { homeAt } from '../../client/home.js'
import { attach } from '../../client/local/attach.js'
import { placeOf } from '../../client/local/place.js'
import type { HistoryRow } from '../../client/local/rows.js'
import type { CounterpartRow } from '../../client/local/transfer-rows.js'
import { must } from '../../shared/errors.js'
import type { Cid } from '../../shared/identifier.js'
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
  /** What the daemon shows: trade by member, and the account's history. */
  readonly counterparts: readonly CounterpartRow[]
  readonly history: readonly HistoryRow[]
  readonly wallet: Event
  readonly statement: Event
  readonly postings: readonly Event[]
}

/** What a daemon in a peer's home tells, and the verbs that it runs for others. */
async function toldOf(name: string): Promise<Told> {
  const home = market.home(name)
  const daemon = market.start(name, 'daemon', '--host', '127.0.0.1')
  await daemon.until('ready')
  const api = must(attach(placeOf(homeAt(home), process.env)))
  const wallet = doneOf(await floodgate(home, 'wallet'))
  const ended = await floodgate(home, 'statement')
  const provider = String(wallet.provider) as never
  const [account] = must(await api.call('state', {})).accounts
  assert.equal(account?.agrees, true, `${name}: the line of the screen`)
  const { counterparts } = must(await api.call('detail', { cid: market.cid as Cid }))
  const { rows: history } = must(await api.call('history', { provider, most: 1000 }))
  doneOf(await daemon.stop())
  const postings = ended.events.filter(({ event }) => event === 'posting')
  return { counterparts, history, wallet, statement: doneOf(ended), postings }
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

/** What each member paid, by the rows of a screen. */
const shown = (rows: readonly CounterpartRow[]): Record<string, bigint> =>
  Object.fromEntries(rows.filter(({ sold }) => sold > 0).map(({ earned, uid }) => [uid, earned]))

/** Five buy and sell at once, and claim what they earned. */
async function trade(): Promise<void> {
  // Slow enough that most of the content goes from peer to peer.
  const house = await market.seller('house', '--data', market.folder, '--up-limit', '400kB/s')
  const peers = NAMES.map((name): Program => {
    const rest = ['--yes', '--seed', '--up-limit', '1MB/s']
    return market.start(name, 'get', market.torrent, '--out', market.home(`${name}-files`), ...rest)
  })
  for (const peer of peers) await peer.until('complete')
  for (const peer of peers) doneOf(await peer.stop())
  doneOf(await house.stop())
  for (const name of ['house', ...NAMES]) doneOf(await floodgate(market.home(name), 'claim'))
}

/** What all rows of one kind gave. */
const gained = (rows: readonly HistoryRow[], what: HistoryRow['what']): bigint =>
  rows.filter((row) => row.what === what).reduce((sum, { amount }) => sum + amount, 0n)

const own = (name: string): string => uids.get(name) ?? ''

test('per peer = wallet = statement = ledger, to the unit', async () => {
  for (const name of NAMES) uids.set(name, await market.member(name, '2'))
  uids.set('house', await market.member('house'))
  doneOf(await market.desk('house', own('house')))
  const told = new Map<string, Told>()
  await trade()
  for (const name of NAMES) told.set(name, await toldOf(name))
  let between = 0n
  for (const [name, { counterparts, history, postings, statement, wallet }] of told) {
    const earned = shown(counterparts)
    const total = Object.values(earned).reduce((sum, each) => sum + each, 0n)
    between += total
    assert.deepEqual(byMember(postings), earned, `${name}: by peer, as the provider has it`)
    assert.equal(wallet.earned, String(total), `${name}: the wallet`)
    assert.deepEqual([wallet.agrees, statement.agrees], [true, true], name)
    assert.equal(sumOf(postings, 'claim'), total, `${name}: the statement`)
    assert.equal(sumOf(postings, 'purchase'), PRICE, `${name}: what it bought`)
    assert.equal(wallet.spent, String(PRICE))
    assert.equal(gained(history, 'claimed'), total, `${name}: the history`)
    assert.equal(gained(history, 'bought'), -PRICE, name)
    const paid = counterparts.reduce((sum, { bought }) => sum + bought, 0)
    assert.equal(paid, PIECES, `${name}: every piece is paid once`)
    for (const [other, { counterparts: theirs }] of told) {
      const row = theirs.find(({ uid }) => uid === own(name))
      const back = counterparts.find(({ uid }) => uid === own(other))
      assert.deepEqual(
        [row?.bought ?? 0, row?.paid ?? 0n],
        [back?.sold ?? 0, back?.earned ?? 0n],
        `${other} paid ${name} what ${name} has`,
      )
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
