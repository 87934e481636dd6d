/**
 * No space left: on the buyer's folder, in a wallet, in the tracker's database, on a full disk and
 * under a limit on the size of files. Each says so and loses nothing; with space made, a seller and
 * a person's download go on by themselves, and a program's completes by the same command.
 */
import assert from 'node:assert/strict'
import { cpSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { closeTerminals, openTerminal, screen } from '../acceptance/tmux.js'
import { Market } from '../integration/market.js'
import { doneOf, type Ended, type Program, type Start } from '../integration/programs.js'
import { audit } from './audit.js'
import { NO_DISKS, SmallDisk } from './small-disk.js'

const MIB = 1024 * 1024
const PIECES = 80
/** 20 MiB: more than the small disk holds. */
const OFFER = { bytes: PIECES * 256 * 1024, pieceLength: 256 * 1024, price: '1', reward: '0.01' }

/** A download takes 20 s, so that a disk can be filled on its way; the rest comes at full speed. */
const SLOWLY = '1MB'
/** What every program of a market is told (test/integration/market.ts). */
const LOCAL = ['--host', '127.0.0.1']
/** The wallets are larger after some dozens of pieces, with their write-ahead log. */
const WALLET_LIMIT_BYTES = 640 * 1024

/** What its open database and log hold, and little more. */
const TRACKER_LIMIT_BYTES = 48 * 1024

/** A market with a seller at work and a buyer with three times the price. */
class Scene {
  readonly market: Market
  readonly members: Record<string, string>
  readonly starts: Map<string, Start>
  seller: Program
  readonly #disks: SmallDisk[] = []

  private constructor(made: Pick<Scene, 'market' | 'members' | 'starts' | 'seller'>) {
    ;({ market: this.market, members: this.members, starts: this.starts } = made)
    this.seller = made.seller
  }

  static async open(): Promise<Scene> {
    const starts = new Map<string, Start>()
    const market = await Market.open(OFFER, { starts })
    const members = { seller: await market.member('seller') }
    return new Scene({ market, members, starts, seller: await market.seller('seller') })
  }

  /** Registers the buyer, with three times the price. */
  async enroll(): Promise<void> {
    this.members.ann = await this.market.member('ann', '3')
  }

  get out(): string {
    return this.market.home('out')
  }

  /** Mounts a small disk on a folder for as long as the scene lasts. */
  disk(path: string): SmallDisk {
    const disk = SmallDisk.mount(path)
    this.#disks.push(disk)
    return disk
  }

  /** Programs of a home run under a limit on the size of their files from now on. */
  limit(name: string, bytes: number): void {
    this.starts.set(name, { under: ['prlimit', `--fsize=${bytes}`] })
  }

  /** Moves a home onto a small disk of its own. */
  move(name: string): SmallDisk {
    const home = this.market.home(name)
    renameSync(home, `${home}.moving`)
    const disk = this.disk(home)
    cpSync(`${home}.moving`, home, { recursive: true })
    return disk
  }

  free(name: string): void {
    this.starts.delete(name)
  }

  get(...args: readonly string[]): Program {
    const { market, out } = this
    return market.start('ann', 'get', market.cid, '--out', out, '--yes', ...args)
  }

  /** The same command completes, at the price paid once, and every book agrees. */
  async complete(): Promise<void> {
    const done = doneOf(await this.get().ended)
    assert.equal(done.paid, '1000000', 'the price was paid once')
    doneOf(await this.seller.stop())
    const { market, members, out } = this
    await audit(market, { members, files: [join(out, 'content.bin')] })
  }

  async close(): Promise<void> {
    for (const disk of this.#disks) disk.unmount()
    await this.market.close()
  }
}

/** Plays a scene to its end and cleans up behind it. */
async function scene(play: (scene: Scene) => Promise<void>): Promise<void> {
  const opened = await Scene.open()
  try {
    await play(opened)
  } finally {
    await opened.close()
  }
}

/** The program said that there is no space, and left with 1. */
function isFull({ events, status, stderr }: Ended): void {
  assert.deepEqual([status, events.at(-1)?.code], [1, 'disk-full'], stderr)
  assert.match(stderr, /full|space|too large/i)
  assert.equal(stderr.trim().split('\n').length, 1, `one line: ${stderr}`)
}

/** A progress event of a trade in which pieces were paid for. */
const begun = ({ pieces }: Readonly<Record<string, unknown>>) =>
  Object.keys(pieces as object).length > 0

test("the buyer's folder is full", { skip: NO_DISKS }, () =>
  scene(async (it) => {
    await it.enroll()
    const disk = it.disk(it.out)
    isFull(await it.get().ended)
    disk.grow()
    await it.complete()
  }),
)

test('a person at a terminal is told, and waits', { skip: NO_DISKS }, () =>
  scene(async (it) => {
    await it.enroll()
    const { market, out } = it
    const disk = it.disk(out)
    const words = ['get', market.cid, '--yes', '--out', `'${out}'`, '--home']
    openTerminal(80, 24, ...words, `'${market.home('ann')}'`, ...LOCAL)
    try {
      await screen(/waits: the disk is full/)
      await screen(/waiting for room on the disk {2}spent 1/)
      disk.grow()
      await screen(/ended 0/)
    } finally {
      closeTerminals()
    }
    await it.complete()
  }),
)

test("the buyer's files may not grow", () =>
  scene(async (it) => {
    await it.enroll()
    it.limit('ann', 8 * MIB)
    isFull(await it.get().ended)
    it.free('ann')
    await it.complete()
  }))

test("the disk of the buyer's wallet is full", { skip: NO_DISKS }, () =>
  scene(async (it) => {
    const disk = it.disk(it.market.home('ann'))
    await it.enroll()
    await it.market.limit('seller', SLOWLY)
    const getting = it.get()
    await getting.until('progress', begun)
    disk.fill()
    isFull(await getting.ended)
    await it.market.limit('seller', '')
    disk.empty()
    await it.complete()
  }),
)

test("the buyer's wallet may not grow", () =>
  scene(async (it) => {
    await it.enroll()
    it.limit('ann', WALLET_LIMIT_BYTES)
    isFull(await it.get().ended)
    it.free('ann')
    await it.complete()
  }))

test("the disk of the seller's wallet is full", { skip: NO_DISKS }, () =>
  scene(async (it) => {
    await it.enroll()
    doneOf(await it.seller.stop())
    const disk = it.disk(it.market.home('merchant'))
    it.members.merchant = await it.market.member('merchant')
    it.seller = await it.market.seller('merchant')
    await it.market.limit('merchant', SLOWLY)
    const getting = it.get()
    await getting.until('progress', begun)
    disk.fill()
    await it.seller.until('waiting', ({ code }) => code === 'disk-full')
    disk.empty()
    await it.seller.until('goes-on')
    await it.market.limit('merchant', '')
    doneOf(await getting.ended)
    await it.complete()
  }),
)

test("the seller's wallet may not grow", () =>
  scene(async (it) => {
    await it.enroll()
    doneOf(await it.seller.stop())
    it.limit('seller', WALLET_LIMIT_BYTES)
    it.seller = await it.market.seller('seller')
    const getting = it.get()
    await it.seller.until('waiting', ({ code }) => code === 'disk-full')
    await it.seller.stop()
    it.free('seller')
    it.seller = await it.market.seller('seller')
    doneOf(await getting.ended)
    await it.complete()
  }))

test("the disk of the tracker's database is full", { skip: NO_DISKS }, () =>
  scene(async (it) => {
    const { market } = it
    await it.enroll()
    await market.stopTracker('SIGINT')
    const disk = it.move('tracker')
    const serving = await market.startTracker()
    disk.fill()
    isFull(await it.get().ended)
    assert.equal((await market.start('ann', 'search', '').ended).status, 0, 'reading goes on')
    disk.empty()
    await market.limit('seller', SLOWLY)
    const getting = it.get()
    await getting.until('progress', begun)
    disk.fill()
    await market.limit('seller', '')
    doneOf(await getting.ended)
    const { events } = await it.seller.stop()
    assert.ok(events.some(({ code, event }) => event === 'claim-delayed' && code === 'disk-full'))
    disk.empty()
    await it.complete()
    assert.equal(serving.events.length, 1, 'the tracker served all the time')
  }),
)

test("the tracker's database may not grow", () =>
  scene(async (it) => {
    const { market } = it
    await it.enroll()
    await market.stopTracker('SIGINT')
    it.limit('tracker', TRACKER_LIMIT_BYTES)
    await market.startTracker()
    isFull(await it.get().ended)
    await market.stopTracker('SIGINT')
    it.free('tracker')
    await market.startTracker()
    await it.complete()
  }))
