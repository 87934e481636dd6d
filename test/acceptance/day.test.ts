/**
 * A customer's day in a real terminal, at three sizes: find, buy, fetch, sell, claim, end trade
 * with somebody, change the size, lose the terminal and come back.
 *
 * With FLOODGATE_PICTURES=DIR the screens are kept there as pictures; docs/pictures is made so.
 */
import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { contentOf, Market, sha256Of } from '../integration/market.js'
import { doneOf, floodgate, type Program } from '../integration/programs.js'
import { pictureOf } from './picture.js'
import { closeTerminals, openTerminal, press, resize, screen, shown, type } from './tmux.js'

const PIECE = 16_384
const OFFER = { bytes: 96 * PIECE, pieceLength: PIECE, price: '2', reward: '0.015' }
/** More to choose from: name, pieces, price, reward. */
const SHELF = [
  ['Tidal Notes - Live in Bergen.flac', 60, '1.2', '0.015'],
  ['河のほとりで (By the River).mkv', 400, '6', '0.0125'],
  ['Field Recordings 1977.zip', 120, '0.9', '0.005'],
] as const

/** Keeps the screen as a picture, when somebody wants pictures. */
function keep(name: string, columns: number, rows: number): void {
  const folder = process.env.FLOODGATE_PICTURES
  if (folder === undefined) return
  mkdirSync(folder, { recursive: true })
  const picture = pictureOf(`floodgate tui: ${name}`, shown(true), columns, rows)
  writeFileSync(join(folder, `${name}-${columns}x${rows}.svg`), picture)
}

/** A provider with a full shelf, its seller, ann with a daemon, and bob. */
async function townOf(t: TestContext) {
  const market = await Market.open(OFFER)
  // In this order: a daemon is found by its home, which goes with the market.
  t.after(closeTerminals)
  t.after(() => floodgate(market.home('ann'), 'daemon', '--stop'))
  t.after(() => market.close())
  for (const [name, pieces, price, reward] of SHELF) {
    const file = join(market.folder, name)
    writeFileSync(file, contentOf(pieces * PIECE))
    const terms = ['--price', price, '--reward', reward, '--piece-length', String(PIECE)]
    doneOf(await market.desk('publish', file, ...terms))
  }
  await market.member('house')
  await market.member('ann', '5')
  const bob = await market.member('bob', '5')
  const house = await market.seller('house')
  // Whoever is complete parts with its seller: there is nobody to be seen among the peers then.
  await market.limit('house', '50kB')
  const [home, out] = [market.home('ann'), market.home('out')]
  const daemon = ['daemon', '--background', '--host', '127.0.0.1', '--out', out]
  doneOf(await floodgate(home, ...daemon))
  return { market, house, home, out, bob }
}

type Town = Awaited<ReturnType<typeof townOf>>
type Keep = (name: string) => void

/** A confirmation takes no key of the first moment, so that nothing is agreed by a slip. */
async function agree(question: RegExp): Promise<void> {
  await screen(question)
  await new Promise((resolve) => setTimeout(resolve, 600))
  press('y')
}

/** Finds and buys; Enter alone buys nothing. */
async function buy({ home }: Town, picture: Keep): Promise<void> {
  press('1')
  await screen(/Tidal Notes[\s\S]*Field Recordings|Field Recordings[\s\S]*Tidal Notes/)
  press('/')
  type('content')
  press('Enter')
  await screen(/── content\.bin/)
  picture('shop')
  press('b')
  await screen(/2\.00 credit[\s\S]*buy for 2\.00 credit/)
  picture('buy')
  press('Enter')
  await screen(/b buy/)
  assert.equal(doneOf(await floodgate(home, 'wallet')).spent, '0', 'Enter alone bought')
  press('b')
  await agree(/buy for 2\.00 credit/)
}

/** Watches it come, tab by tab: the shop has led there. */
async function watch({ market, out }: Town, picture: Keep): Promise<void> {
  await screen(/2 Transfers[\s\S]*content\.bin[^\n]*\d+ %/)
  press('Enter')
  await screen(/overview +files +pieces[\s\S]*([2-9]\d|100) %/)
  picture('transfers')
  press('l', 'l')
  await screen(/96 pieces of/)
  picture('pieces')
  press('l')
  await screen(/127\.0\.0\.1:/)
  picture('peers')
  await market.limit('house', '')
  press('q')
  await screen(/content\.bin[^\n]*100 %/)
  assert.equal(sha256Of(readFileSync(join(out, 'content.bin'))), market.sha256)
}

/** The house is gone: bob buys from ann, who claims what that brought. */
async function sell({ house, market }: Town, picture: Keep): Promise<Program> {
  doneOf(await house.stop())
  const bobs = market.start('bob', 'get', market.cid, '--out', market.home('b'), '--yes', '--seed')
  await bobs.until('complete')
  press('Enter', 'l', 'l')
  await screen(/overview[^\n]*money[\s\S]*1\.44/)
  picture('money')
  press('q', '3')
  await screen(/content\.bin[^\n]*1\.44/)
  picture('seeding')
  press('4')
  await screen(/c claim/)
  press('c')
  await screen(/\$ claim .*done/)
  press('q')
  await screen(/earned +1\.44/)
  await screen(/agree to the unit/)
  picture('wallet')
  return bobs
}

/** Ends all trade with bob, and takes it up again. */
async function shun({ bob }: Town, picture: Keep): Promise<void> {
  press(':')
  type(`blacklist add ${bob} --for 2h`)
  press('Enter')
  await screen(/\$ blacklist add .*done/)
  press('q', '5')
  await screen(new RegExp(`Member[\\s\\S]*${bob.slice(0, 8)}`))
  picture('blacklist')
  press('x')
  await agree(/Enter, Esc/)
  await screen(/\$ blacklist lift .*done/)
  press('q')
  await screen(/Nobody is on the blacklist/)
}

/** Another size and back; then the terminal dies, and the work goes on. */
async function leave({ home }: Town, columns: number, rows: number): Promise<void> {
  press('2')
  resize(columns - 30, rows - 8)
  await screen(/content\.bin/)
  resize(columns, rows)
  await screen(/content\.bin[\s\S]*daemon \d+/)
  closeTerminals()
  const { pid } = doneOf(await floodgate(home, 'daemon', '--status'))
  openTerminal(columns, rows, 'tui', '--home', home)
  await screen(new RegExp(`content\\.bin[\\s\\S]*daemon ${pid}`))
}

async function day(t: TestContext, columns: number, rows: number): Promise<void> {
  const town = await townOf(t)
  const picture = (name: string) => keep(name, columns, rows)
  openTerminal(columns, rows, 'tui', '--home', town.home)
  await screen(/attached: q detaches/)
  await buy(town, picture)
  await watch(town, picture)
  const bobs = await sell(town, picture)
  await shun(town, picture)
  await leave(town, columns, rows)
  press('7')
  await screen(/complete/)
  picture('log')
  press('q')
  await screen(/detached: the work goes on/)
  doneOf(await bobs.stop())
  const wallet = doneOf(await floodgate(town.home, 'wallet'))
  assert.deepEqual([wallet.spent, wallet.earned, wallet.agrees], ['2000000', '1440000', true])
  await town.market.verify()
}

for (const [columns, rows] of [
  [80, 24],
  [120, 40],
  [200, 60],
] as const) {
  test(`a day at ${columns} x ${rows}`, { timeout: 300_000 }, (t) => day(t, columns, rows))
}
