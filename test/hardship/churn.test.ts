/**
 * A swarm that churns: five peers, of which one leaves (by Ctrl-C or by kill -9) or joins every
 * five seconds, until each of them has the content. Then wallet, the tracker's statement and the
 * ledger agree about each to the unit.
 */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { Market } from '../integration/market.js'
import { doneOf, type Program } from '../integration/programs.js'
import { audit } from './audit.js'

const PIECES = 96
const PIECE_BYTES = 65_536
const NAMES = ['ann', 'ben', 'cat', 'dan', 'eve']
const STEP_MS = 5000
/** Ten minutes: a swarm that is not done by then will never be. */
const STEPS_MAX_COUNT = 120

/** A member that comes and goes. */
class Peer {
  readonly #market: Market
  readonly #name: string
  #program: Program | undefined
  #complete = false
  lives = 0

  constructor(market: Market, name: string) {
    this.#market = market
    this.#name = name
  }

  /** Whether it had the content in this life or an earlier one. */
  get complete(): boolean {
    this.#complete ||= this.#program?.events.some(({ event }) => event === 'complete') === true
    return this.#complete
  }

  get present(): boolean {
    return this.#program !== undefined
  }

  get out(): string {
    return this.#market.home(`out-${this.#name}`)
  }

  join(): void {
    const { cid } = this.#market
    const args = ['get', cid, '--out', this.out, '--yes', '--seed', '--request-timeout', '3s']
    const program = this.#market.start(this.#name, ...args)
    this.#program = program
    this.lives++
  }

  /** Ends this life; throws when it had ended by itself. */
  async leave(signal: 'SIGINT' | 'SIGKILL'): Promise<void> {
    const { events, status, stderr } = (await this.#program?.stop(signal)) ?? {}
    const last = events?.at(-1)
    const good =
      signal === 'SIGKILL' ? status === null : this.complete || last?.code === 'interrupted'
    this.#program = undefined
    assert.ok(good, `${this.#name} ended with ${status}: ${stderr}`)
  }
}

let market: Market
let house: Program
const members: Record<string, string> = {}
const peers: Peer[] = []

before(async () => {
  const offer = { bytes: PIECES * PIECE_BYTES, pieceLength: PIECE_BYTES }
  market = await Market.open({ ...offer, price: '1', reward: '0.01' })
  members.house = await market.member('house')
  for (const name of NAMES) {
    members[name] = await market.member(name, '3')
    peers.push(new Peer(market, name))
  }
  house = await market.seller('house', '--up-limit', '400k', '--request-timeout', '3s')
})
after(() => market.close())

/** The next of those that fit, in turn. */
function next(from: number, fits: (peer: Peer) => boolean): Peer | undefined {
  return [...peers.keys()].map((at) => peers[(from + at) % peers.length] as Peer).find(fits)
}

test('each of five peers completes while they come and go', async () => {
  for (const peer of peers.slice(0, 3)) peer.join()
  let [leaves, joins] = [0, 0]
  for (let step = 0; !peers.every(({ complete }) => complete); step++) {
    assert.ok(step < STEPS_MAX_COUNT, 'the swarm makes no progress')
    await wait(STEP_MS)
    const absent = next(step, ({ present }) => !present)
    if (step % 2 === 0 && absent !== undefined) {
      absent.join()
      joins++
    } else {
      await next(step, ({ present }) => present)?.leave(leaves % 2 === 0 ? 'SIGKILL' : 'SIGINT')
      leaves++
    }
  }
  process.stdout.write(
    `${leaves} left, ${joins} joined; lives ${peers.map(({ lives }) => lives)}\n`,
  )
  for (const peer of peers) if (peer.present) await peer.leave('SIGINT')
})

test('wallet, statement and ledger agree about each', async () => {
  for (const name of NAMES) {
    const out = market.home(`out-${name}`)
    const args = ['get', market.cid, '--out', out, '--request-timeout', '3s']
    const done = doneOf(await market.start(name, ...args).ended)
    assert.equal(done.paid, '1000000', 'the price was paid once')
  }
  doneOf(await house.stop())
  await audit(market, { members, files: peers.map(({ out }) => join(out, 'content.bin')) })
})
