/**
 * A provider with one published content, and members with money, each in a folder of its own.
 */
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { homeAt } from '../../client/home.js'
import { attach } from '../../client/local/attach.js'
import { placeOf } from '../../client/local/place.js'
import { must } from '../../shared/errors.js'
import { freePort } from '../free-port.js'
import { doneOf, type Ended, Program, type Start } from './programs.js'

/** What is for sale; sizes in bytes. */
export interface Offer {
  readonly bytes: number
  readonly pieceLength: number
  readonly price: string
  readonly reward: string
}

/** Where a provider serves, and how programs are started, by the name of their home. */
export interface Setting {
  readonly url?: string
  /** Options of `publish` besides those of the offer. */
  readonly publish?: readonly string[]
  /** Arguments of `serve` besides the port. */
  readonly serve?: readonly string[]
  /** Address that members listen on. */
  readonly hosts?: ReadonlyMap<string, string>
  readonly starts?: ReadonlyMap<string, Start>
}

/** Content of a given size that is the same in every run. */
export function contentOf(bytes: number): Buffer {
  const block = createHash('sha512').update('floodgate test content').digest()
  const content = Buffer.alloc(bytes)
  for (let at = 0, count = 0; at < bytes; at += block.length, count++) {
    createHash('sha512').update(block).update(String(count)).digest().copy(content, at)
  }
  return content
}

/** SHA-256 in hex digits. */
export function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/** A provider and its members. */
export class Market {
  readonly folder: string
  readonly url: string
  readonly port: number
  readonly torrent: string
  readonly sha256: string
  cid = ''
  readonly #setting: Setting
  #tracker: Program | undefined
  readonly #programs: Program[] = []

  private constructor(folder: string, port: number, sha256: string, setting: Setting) {
    this.folder = folder
    this.port = port
    this.url = setting.url ?? `http://127.0.0.1:${port}`
    this.#setting = setting
    this.torrent = join(folder, 'content.torrent')
    this.sha256 = sha256
  }

  /** Makes a provider, publishes one file and starts the tracker. */
  static async open(offer: Offer, setting: Setting = {}): Promise<Market> {
    const folder = mkdtempSync(join(tmpdir(), 'floodgate-'))
    const content = contentOf(offer.bytes)
    const port = setting.url === undefined ? await freePort() : Number(new URL(setting.url).port)
    const market = new Market(folder, port, sha256Of(content), setting)
    const file = join(folder, 'content.bin')
    writeFileSync(file, content)
    doneOf(await market.desk('init', '--name', 'Provider', '--url', market.url))
    const terms = ['--price', offer.price, '--reward', offer.reward, '--complaint-window', '1s']
    const form = ['--piece-length', String(offer.pieceLength), '--out', market.torrent]
    const published = doneOf(
      await market.desk('publish', file, ...terms, ...form, ...(setting.publish ?? [])),
    )
    market.cid = String(published.cid)
    await market.startTracker()
    return market
  }

  /** Home folder of a participant. */
  home(name: string): string {
    return join(this.folder, name)
  }

  async startTracker(...more: readonly string[]): Promise<Program> {
    const { serve = [] } = this.#setting
    const serving = this.#provider(['serve', '--port', String(this.port), ...serve, ...more])
    this.#tracker = serving
    await serving.until('listening')
    return serving
  }

  /** Runs a verb of the provider to its end. */
  desk(...args: readonly string[]): Promise<Ended> {
    return this.#provider(args).ended
  }

  #provider(args: readonly string[]): Program {
    const start = this.#setting.starts?.get('tracker')
    return this.#begun(new Program('floodgate-tracker', this.home('tracker'), args, start))
  }

  async stopTracker(signal: 'SIGINT' | 'SIGKILL'): Promise<void> {
    await this.#tracker?.stop(signal)
    this.#tracker = undefined
  }

  /** Registers a member, gives it money, and returns its uid. */
  async member(name: string, credit?: string): Promise<string> {
    const args = ['register', '--tracker', this.url, '--name', name]
    const { uid } = doneOf(await this.start(name, ...args).ended)
    if (credit !== undefined) doneOf(await this.desk('topup', String(uid), credit))
    return String(uid)
  }

  /** Starts a seller of the published content. */
  async seller(name: string, ...args: readonly string[]): Promise<Program> {
    const seller = this.start(name, 'seed', this.torrent, ...args)
    await seller.until('seeding')
    return seller
  }

  /**
   * Lets a member at work send so much in a second, or as much as it can (''): what a test has to
   * see in mid-download goes on until then.
   */
  async limit(name: string, value: string): Promise<void> {
    const api = must(attach(placeOf(homeAt(this.home(name)), process.env)))
    must(await api.call('set', { name: 'up-limit', value }))
  }

  /** Starts a verb of a member. */
  start(name: string, ...args: readonly string[]): Program {
    const { hosts, starts } = this.#setting
    const host = ['--host', hosts?.get(name) ?? '127.0.0.1']
    const listens = args[0] === 'seed' || args[0] === 'get'
    const all = [...args, ...(listens ? host : [])]
    return this.#begun(new Program('floodgate', this.home(name), all, starts?.get(name)))
  }

  /** Remembers a program, so that none outlives the market. */
  #begun(program: Program): Program {
    this.#programs.push(program)
    return program
  }

  /** What the provider's ledger says of itself; throws when it does not add up. */
  async verify(): Promise<void> {
    doneOf(await this.desk('ledger', 'verify'))
  }

  async close(): Promise<void> {
    await this.stopTracker('SIGINT')
    await Promise.all(this.#programs.map((program) => program.stop('SIGKILL')))
    // A program whose terminal was closed may still be at its last lines there.
    rmSync(this.folder, { recursive: true, maxRetries: 20, retryDelay: 100 })
  }
}
