/**
 * The demo from beginning to end: a provider, its own seller, two buyers, four processes.
 *
 * Each step runs the programs' own verbs, as a person would at four terminals; what they say is put
 * on the stage. Nothing is checked here: that is checks.ts, at the end.
 */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { formatAmount } from '../../shared/amount.js'
import { fail } from '../../shared/command.js'
import { counted } from '../../shared/words.js'
import { type Item, readItem } from './contents.js'
import { freePort, gather } from './premises.js'
import type { Company, Line, Running } from './running.js'
import {
  BUYERS,
  byName,
  type Download,
  MEMBERS,
  type Player,
  type Published,
  SELLER,
  type Stage,
  sumOf,
} from './stage.js'

const COMPLAINT_WINDOW = '2s'
const SETTLE_TIMEOUT_MS = 60_000
const STALL_TIMEOUT_MS = 120_000
const POLL_MS = 300
/** What a buyer has left after everything is bought; millionths. */
const POCKET_MONEY = 1_000_000n

/** What the demo is given. */
export interface Script {
  /** New or empty folder that will hold everything. */
  readonly folder: string
  readonly paths: readonly string[]
  readonly pieceLength: number | undefined
  readonly upLimit: string
}

/** Who wants to hear of the demo's course. */
export interface Audience {
  /** A line for a person. */
  say(line: string): void
  downloaded(download: Download): void
}

/** The demo, step by step. */
export class Performance {
  readonly #script: Script
  readonly #stage: Stage
  readonly #company: Company
  readonly #audience: Audience

  constructor(script: Script, stage: Stage, company: Company, audience: Audience) {
    this.#script = script
    this.#stage = stage
    this.#company = company
    this.#audience = audience
  }

  /** Plays everything; the stage then holds the final books. */
  async play(): Promise<void> {
    const tracker = await this.#openProvider()
    await this.#publishAll()
    await this.#registerAll()
    const seller = await this.#startSeller()
    for (const content of this.#stage.published) await this.#sell(content)
    this.#stage.phase = 'settling the money'
    await seller.stop()
    await this.#settle()
    await tracker.stop()
    await this.#verify()
  }

  #player(name: string): Player {
    const player = this.#stage.players[name]
    if (player === undefined) throw new Error(`bug: no player ${name}`)
    return player
  }

  #home(name: string): string {
    return join(this.#script.folder, name)
  }

  #trackerVerb(...args: readonly string[]): Promise<Line> {
    const home = ['--home', this.#home('tracker')]
    return this.#company.run({
      who: 'the tracker',
      program: 'floodgate-tracker',
      args: [...args, ...home],
    })
  }

  async #openProvider(): Promise<Running> {
    const url = `http://127.0.0.1:${await freePort()}`
    this.#stage.url = url
    this.#stage.phase = 'opening the provider'
    await this.#trackerVerb('init', '--name', 'Demo', '--url', url)
    const tracker = this.#company.start({
      who: 'the tracker',
      program: 'floodgate-tracker',
      args: ['serve', '--home', this.#home('tracker')],
    })
    await tracker.line('listening')
    this.#audience.say(`tracker of the provider "Demo" on ${url}`)
    return tracker
  }

  async #publishAll(): Promise<void> {
    const { paths, pieceLength } = this.#script
    mkdirSync(this.#home('torrents'), { recursive: true })
    for (const [index, path] of paths.entries()) {
      const item = await readItem(path, pieceLength)
      this.#stage.phase = `publishing ${item.name}`
      const content = await this.#publish(item, join(this.#home('torrents'), `${index}.torrent`))
      this.#stage.published.push(content)
      const money = `price ${formatAmount(item.price)}, ${formatAmount(item.reward)} a piece`
      const { files, name, pieceLength: length, pieces } = item
      const size = `${item.bytes} bytes in ${counted(pieces, 'piece')} of ${length / 1024} KiB`
      const parts = files.length > 1 ? `${files.length} files, ` : ''
      this.#audience.say(`published ${name}: ${parts}${size}, ${money}`)
    }
  }

  async #publish(item: Item, torrent: string): Promise<Published> {
    const { path, pieceLength, price, reward } = item
    const { cid } = await this.#trackerVerb(
      ...['publish', path, '--price', formatAmount(price), '--reward', formatAmount(reward)],
      ...['--piece-length', String(pieceLength), '--complaint-window', COMPLAINT_WINDOW],
      ...['--out', torrent],
    )
    return { ...item, cid: String(cid) }
  }

  async #registerAll(): Promise<void> {
    const stage = this.#stage
    stage.phase = 'registering members'
    await Promise.all(MEMBERS.map((name) => this.#register(name)))
    await this.#trackerVerb('house', SELLER)
    const prices = stage.published.reduce((sum, { price }) => sum + price, 0n)
    stage.credit = prices + POCKET_MONEY
    const credit = formatAmount(stage.credit)
    for (const name of BUYERS) await this.#trackerVerb('topup', name, credit)
    this.#audience.say(`members ${MEMBERS.join(', ')}; ${BUYERS.join(' and ')} have ${credit} each`)
  }

  async #register(name: string): Promise<void> {
    const { uid } = await this.#company.run({
      who: name,
      program: 'floodgate',
      args: [
        ...['register', '--tracker', this.#stage.url, '--name', name],
        ...['--home', this.#home(name)],
      ],
    })
    this.#player(name).uid = String(uid)
  }

  async #startSeller(): Promise<Running> {
    const { paths, upLimit } = this.#script
    this.#stage.phase = 'starting the seller'
    const seller = this.#company.start({
      who: `the seller (${SELLER})`,
      program: 'floodgate',
      args: [
        ...['seed', this.#home('torrents'), '--data', gather(paths, this.#home('source'))],
        ...['--home', this.#home(SELLER), '--host', '127.0.0.1', '--up-limit', upLimit],
      ],
    })
    seller.listen((line) => this.#heard(SELLER, line))
    await seller.line('seeding', paths.length)
    this.#audience.say(`${SELLER} seeds, at most ${upLimit}/s`)
    return seller
  }

  /** Both buyers buy and fetch one content, and stay as sellers until both have it. */
  async #sell(content: Published): Promise<void> {
    this.#stage.phase = `selling ${content.name}`
    const buyers = BUYERS.map((name) => this.#startBuyer(name, content))
    await Promise.race([
      Promise.all(buyers.map((buyer) => buyer.line('complete', 1, Number.POSITIVE_INFINITY))),
      this.#stalled(buyers),
    ])
    const ends = await Promise.all(buyers.map((buyer) => buyer.stop()))
    for (const [index, name] of BUYERS.entries()) {
      const download = readDownload(this.#stage, content, name, ends[index] as Line)
      this.#stage.downloads.push(download)
      Object.assign(this.#player(name), { downRate: 0, upRate: 0, pieces: download.pieces })
      this.#audience.downloaded(download)
    }
  }

  #startBuyer(name: string, content: Published): Running {
    Object.assign(this.#player(name), { fetching: content, left: content.bytes, pieces: {} })
    const out = join(this.#home('downloads'), name)
    const buyer = this.#company.start({
      who: name,
      program: 'floodgate',
      args: [
        ...['get', content.cid, '--out', out, '--yes', '--seed'],
        ...['--home', this.#home(name), '--host', '127.0.0.1'],
      ],
    })
    buyer.listen((line) => this.#heard(name, line))
    return buyer
  }

  #heard(name: string, line: Line): void {
    const player = this.#player(name)
    // A buyer listens as soon as it has bought.
    if (line.event === 'listening') player.spent += player.fetching?.price ?? 0n
    if (line.event === 'complete') player.left = 0
    if (line.event !== 'progress') return
    player.left = Number(line.left)
    player.downRate = Number(line.downRate)
    player.upRate = Number(line.upRate)
    player.pieces = byName(this.#stage, line.pieces)
  }

  /** Rejects when no buyer has got anything for long. */
  async #stalled(buyers: readonly Running[]): Promise<never> {
    const left = (): string => BUYERS.map((name) => this.#stage.players[name]?.left).join()
    for (let [before, sinceMs] = [left(), performance.now()]; ; ) {
      await wait(POLL_MS, undefined, { ref: false })
      if (buyers.every(({ stopping }) => stopping)) return new Promise(() => undefined)
      const now = left()
      if (now !== before) [before, sinceMs] = [now, performance.now()]
      if (performance.now() - sinceMs > STALL_TIMEOUT_MS) {
        fail('internal', `nothing arrived for ${STALL_TIMEOUT_MS / 1000} s: ${now} bytes left`)
      }
    }
  }

  /** Waits until every claim has matured and the held part of the prices is revenue. */
  async #settle(): Promise<void> {
    const until = performance.now() + SETTLE_TIMEOUT_MS
    for (;;) {
      await this.readBooks()
      const waiting = sumOf(this.#stage.books, /:(pending|held|escrow)$/)
      if (waiting === 0n) return
      if (performance.now() > until) {
        fail('ledger-wrong', `${formatAmount(waiting)} did not become spendable in time`)
      }
      await wait(POLL_MS)
    }
  }

  async #verify(): Promise<void> {
    this.#stage.phase = 'verifying the ledger'
    await this.#trackerVerb('ledger', 'verify')
    await this.readBooks()
    this.#stage.phase = 'done'
    this.#player(SELLER).upRate = 0
  }

  /** Puts the provider's books on the stage. */
  async readBooks(): Promise<void> {
    const { balances, sum } = await this.#trackerVerb('accounts')
    const entries = Object.entries(balances as Record<string, string>)
    this.#stage.books = {
      sum: BigInt(String(sum)),
      balances: Object.fromEntries(entries.map(([name, amount]) => [name, BigInt(amount)])),
    }
  }
}

function readDownload(stage: Stage, content: Published, peer: string, line: Line): Download {
  return {
    content,
    peer,
    files: line.files as Download['files'],
    seconds: Number(line.seconds),
    paid: BigInt(String(line.paid)),
    pieces: byName(stage, line.pieces),
    sold: byName(stage, line.sold),
  }
}
