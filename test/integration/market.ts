/**
 * A provider with one published content, and members with money, each in a folder of its own.
 */
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { doneOf, floodgate, Program, tracker } from './programs.js'

/** What is for sale; sizes in bytes. */
export interface Offer {
  readonly bytes: number
  readonly pieceLength: number
  readonly price: string
  readonly reward: string
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

/** A TCP port of loopback that nobody uses just now. */
export function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer()
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}

/** A provider and its members. */
export class Market {
  readonly folder: string
  readonly url: string
  readonly port: number
  readonly torrent: string
  readonly sha256: string
  cid = ''
  #tracker: Program | undefined

  private constructor(folder: string, port: number, sha256: string) {
    this.folder = folder
    this.port = port
    this.url = `http://127.0.0.1:${port}`
    this.torrent = join(folder, 'content.torrent')
    this.sha256 = sha256
  }

  /** Makes a provider, publishes one file and starts the tracker. */
  static async open(offer: Offer): Promise<Market> {
    const folder = mkdtempSync(join(tmpdir(), 'floodgate-'))
    const content = contentOf(offer.bytes)
    const market = new Market(folder, await freePort(), sha256Of(content))
    const file = join(folder, 'content.bin')
    writeFileSync(file, content)
    const home = market.home('tracker')
    doneOf(await tracker(home, 'init', '--name', 'Provider', '--url', market.url))
    const terms = ['--price', offer.price, '--reward', offer.reward, '--complaint-window', '1s']
    const form = ['--piece-length', String(offer.pieceLength), '--out', market.torrent]
    const published = doneOf(await tracker(home, 'publish', file, ...terms, ...form))
    market.cid = String(published.cid)
    await market.startTracker()
    return market
  }

  /** Home folder of a participant. */
  home(name: string): string {
    return join(this.folder, name)
  }

  async startTracker(): Promise<void> {
    const args = ['serve', '--port', String(this.port)]
    this.#tracker = new Program('floodgate-tracker', this.home('tracker'), args)
    await this.#tracker.until('listening')
  }

  async stopTracker(signal: 'SIGINT' | 'SIGKILL'): Promise<void> {
    await this.#tracker?.stop(signal)
    this.#tracker = undefined
  }

  /** Registers a member, gives it money, and returns its uid. */
  async member(name: string, credit?: string): Promise<string> {
    const args = ['register', '--tracker', this.url, '--name', name]
    const { uid } = doneOf(await floodgate(this.home(name), ...args))
    if (credit !== undefined) {
      doneOf(await tracker(this.home('tracker'), 'topup', String(uid), credit))
    }
    return String(uid)
  }

  /** Starts a seller of the published content. */
  async seller(name: string, ...args: readonly string[]): Promise<Program> {
    const seller = this.start(name, 'seed', this.torrent, ...args)
    await seller.until('seeding')
    return seller
  }

  /** Starts a verb of a member. */
  start(name: string, ...args: readonly string[]): Program {
    const seller = ['--host', '127.0.0.1']
    const listens = args[0] === 'seed' || args[0] === 'get'
    return new Program('floodgate', this.home(name), [...args, ...(listens ? seller : [])])
  }

  /** What the provider's ledger says of itself; throws when it does not add up. */
  async verify(): Promise<void> {
    doneOf(await tracker(this.home('tracker'), 'ledger', 'verify'))
  }

  async close(): Promise<void> {
    await this.stopTracker('SIGINT')
    rmSync(this.folder, { recursive: true })
  }
}
