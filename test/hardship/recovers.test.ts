/**
 * A daemon that meets a full disk, an absent tracker or a wrong clock says what happened and what
 * to do, and goes on by itself when the cause is gone. Nobody restarts it; nothing is paid twice.
 */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { homeAt } from '../../client/home.js'
import { attach } from '../../client/local/attach.js'
import type { LocalApi } from '../../client/local/local-api.js'
import { placeOf } from '../../client/local/place.js'
import type { Account, Totals } from '../../client/local/rows.js'
import type { Transfer } from '../../client/local/transfer-rows.js'
import { must } from '../../shared/errors.js'
import type { Cid } from '../../shared/identifier.js'
import { Market } from '../integration/market.js'
import { doneOf, type Program, type Start } from '../integration/programs.js'
import { until } from '../until.js'
import { audit } from './audit.js'
import { clockOffBy, NO_CLOCKS } from './clock.js'
import { NO_DISKS, SmallDisk } from './small-disk.js'

const PIECE_BYTES = 256 * 1024
/** 20 MiB: more than the small disk holds. */
const OFFER = { bytes: 80 * PIECE_BYTES, pieceLength: PIECE_BYTES, price: '1', reward: '0.01' }

/** A download takes 20 s, so that things can happen on its way; the rest comes at full speed. */
const SLOWLY = '1MB'

/** A market with a seller, and a daemon in the home of ann, who has three times the price. */
class Scene {
  readonly market: Market
  readonly starts: Map<string, Start>
  readonly #disks: SmallDisk[] = []
  readonly #members: Record<string, string> = {}
  seller: Program | undefined
  daemon: Program | undefined

  private constructor(market: Market, starts: Map<string, Start>) {
    this.market = market
    this.starts = starts
  }

  static async open(t: TestContext): Promise<Scene> {
    const starts = new Map<string, Start>()
    const scene = new Scene(await Market.open(OFFER, { starts }), starts)
    t.after(() => scene.#close())
    scene.#members.seller = await scene.market.member('seller')
    scene.seller = await scene.market.seller('seller')
    return scene
  }

  get out(): string {
    return this.market.home('out')
  }

  disk(path: string): SmallDisk {
    const disk = SmallDisk.mount(path)
    this.#disks.push(disk)
    return disk
  }

  /** Registers ann and begins her daemon. */
  async begin(): Promise<LocalApi> {
    this.#members.ann = await this.market.member('ann', '3')
    this.daemon = this.market.start('ann', 'daemon', '--host', '127.0.0.1')
    await this.daemon.until('ready')
    return must(attach(placeOf(homeAt(this.market.home('ann')), process.env)))
  }

  buy(api: LocalApi) {
    const { cid } = this.market
    return api.call('buy', { cid: cid as Cid, price: 1_000_000n, folder: this.out })
  }

  /** Everything is here, was paid once, and every book agrees. */
  async complete(api: LocalApi): Promise<void> {
    await shows(api, ({ row }) => row?.state === 'seeding')
    doneOf((await this.daemon?.stop()) as never)
    doneOf((await this.seller?.stop()) as never)
    const files = [join(this.out, 'content.bin')]
    await audit(this.market, { members: this.#members, files })
  }

  async #close(): Promise<void> {
    await this.daemon?.stop('SIGKILL')
    for (const disk of this.#disks) disk.unmount()
    await this.market.close()
  }
}

/** What a daemon shows at one moment. */
interface Seen {
  readonly row: Transfer | undefined
  readonly account: Account | undefined
  readonly totals: Totals
}

/** Waits until a daemon shows what fits. */
async function shows(api: LocalApi, fits: (seen: Seen) => boolean): Promise<Seen> {
  let last: Seen | undefined
  const look = async () => {
    const { accounts, totals, transfers } = must(await api.call('state', {}))
    last = { row: transfers[0], account: accounts[0], totals }
    return fits(last) && last
  }
  return until('a daemon to show what fits', look, { everyMs: 100, seen: () => last })
}

const begun = ({ row }: Seen) => (row?.have ?? 0) > 2

test('the disk of a download is full', { skip: NO_DISKS }, async (t) => {
  const it = await Scene.open(t)
  const disk = it.disk(it.out)
  const api = await it.begin()
  must(await it.buy(api))
  const { row } = await shows(api, (seen) => seen.row?.problem !== undefined)
  assert.deepEqual([row?.state, row?.problem?.code], ['failed', 'disk-full'])
  assert.match(row?.problem?.message ?? '', /full/)
  assert.match(row?.problem?.advice ?? '', /free some space .* goes on by itself/)
  disk.grow()
  await it.complete(api)
})

test('the disk of the wallet is full while pieces are paid', { skip: NO_DISKS }, async (t) => {
  const it = await Scene.open(t)
  const disk = it.disk(it.market.home('ann'))
  const api = await it.begin()
  await it.market.limit('seller', SLOWLY)
  must(await it.buy(api))
  await shows(api, begun)
  disk.fill()
  const { row } = await shows(api, (seen) => seen.row?.problem !== undefined)
  assert.equal(row?.problem?.code, 'disk-full')
  const { rows } = must(await api.call('log', { after: 0 }))
  assert.ok(rows.length > 0)
  disk.empty()
  await it.market.limit('seller', '')
  await it.complete(api)
})

test('the tracker is away while a content is fetched', async (t) => {
  const it = await Scene.open(t)
  const api = await it.begin()
  await it.market.limit('seller', SLOWLY)
  must(await it.buy(api))
  await shows(api, begun)
  await it.market.stopTracker('SIGKILL')
  await it.market.limit('seller', '')
  const away = await shows(api, ({ account }) => account?.problem !== undefined)
  assert.equal(away.account?.problem?.code, 'unreachable')
  assert.match(away.account?.problem?.advice ?? '', /asked again/)
  await it.market.startTracker()
  await shows(api, ({ account }) => account?.problem === undefined)
  await it.complete(api)
})

test('the clock of this machine is wrong for a while', { skip: NO_CLOCKS }, async (t) => {
  const it = await Scene.open(t)
  const clock = join(it.market.folder, 'clock')
  writeFileSync(clock, '+0')
  it.starts.set('ann', clockOffBy(clock))
  const api = await it.begin()
  const wrong = ({ totals }: Seen) => totals.problems.find(({ code }) => code === 'clock-wrong')
  assert.equal(wrong(await shows(api, () => true)), undefined)
  writeFileSync(clock, '+400d')
  const seen = await shows(api, (each) => wrong(each) !== undefined)
  assert.match(wrong(seen)?.message ?? '', /ahead/)
  assert.match(wrong(seen)?.advice ?? '', /set the clock/)
  must(await it.buy(api))
  writeFileSync(clock, '+0')
  await shows(api, (each) => wrong(each) === undefined)
  await it.complete(api)
})
