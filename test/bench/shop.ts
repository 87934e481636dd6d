/**
 * What the overhead is measured on: one file as a free torrent and as a paid content, one seller of
 * both, and for each download a fresh home.
 */
import { createCipheriv } from 'node:crypto'
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { must } from '../../shared/errors.js'
import { encodeInfo, encodeTorrent, parseMetainfo } from '../../shared/metainfo.js'
import { freePort } from '../free-port.js'
import { doneOf, floodgate, Program, tracker } from '../integration/programs.js'
import { cpuSeconds } from './process-time.js'

const MIB = 1024 * 1024
/** 0.0001 for each piece; the price covers any size that is measured. */
const REWARD = '0.0001'
const PRICE = '1'
const CREDIT = '1'

/** How a content is fetched. */
export type Kind = 'free' | 'paid'

/** One download: megabytes (10^6) a second, and processor seconds of both sides. */
export interface Measured {
  readonly rate: number
  readonly buyer: number
  readonly seller: number
}

/** A customer: its home, a folder for its files, and its options to meet the seller. */
export interface Customer {
  readonly home: string
  readonly out: string
  readonly meets: readonly string[]
}

/** A provider and its seller at work. */
export class Shop {
  readonly #folder: string
  readonly #bytes: number
  readonly #url: string
  #tracker: Program | undefined
  #seller: Program | undefined
  #sellerPort = 0
  #downloads = 0

  private constructor(folder: string, bytes: number, port: number) {
    this.#folder = folder
    this.#bytes = bytes
    this.#url = `http://127.0.0.1:${port}`
  }

  /** Publishes a file of this size, starts tracker and seller; the file lies below `inside`. */
  static async open(inside: string, bytes: number, pieceLength: number): Promise<Shop> {
    const folder = mkdtempSync(join(inside, 'floodgate-bench-'))
    const shop = new Shop(folder, bytes, await freePort())
    try {
      await shop.#stock(pieceLength)
      await shop.#staff()
      return shop
    } catch (error) {
      await shop.close()
      throw error
    }
  }

  #at(...names: readonly string[]): string {
    return join(this.#folder, ...names)
  }

  /** The torrent of the file, as it is fetched in one way or the other. */
  torrent(kind: Kind): string {
    return this.#at('data', `${kind}.torrent`)
  }

  /** Writes the file and both torrents. */
  async #stock(pieceLength: number): Promise<void> {
    mkdirSync(this.#at('data'))
    writeRandom(this.#at('data', 'content.bin'), this.#bytes)
    const home = this.#at('tracker')
    doneOf(await tracker(home, 'init', '--name', 'Bench', '--url', this.#url))
    const money = ['--price', PRICE, '--reward', REWARD]
    const form = ['--piece-length', String(pieceLength), '--out', this.torrent('paid')]
    doneOf(await tracker(home, 'publish', this.#at('data', 'content.bin'), ...money, ...form))
    const paid = must(parseMetainfo(new Uint8Array(await readFile(this.torrent('paid')))))
    const { infoBytes } = encodeInfo({
      ...paid,
      ...{ singleFile: true, private: false, source: undefined },
    })
    writeFileSync(this.torrent('free'), encodeTorrent({ infoBytes, announce: [] }))
  }

  /** Starts the tracker, and a seller of both torrents. */
  async #staff(): Promise<void> {
    this.#tracker = new Program('floodgate-tracker', this.#at('tracker'), ['serve'])
    await this.#tracker.until('listening')
    await this.#member('seller')
    const torrents = [this.torrent('free'), this.torrent('paid')]
    const args = ['seed', ...torrents, '--host', '127.0.0.1']
    this.#seller = new Program('floodgate', this.#at('seller'), args)
    this.#sellerPort = Number((await this.#seller.until('listening')).port)
    const seeding = new Set<unknown>()
    await this.#seller.until('seeding', ({ cid }) => seeding.add(cid).size === torrents.length)
  }

  async #member(name: string): Promise<string> {
    const args = ['register', '--tracker', this.#url, '--name', name]
    return String(doneOf(await floodgate(this.#at(name), ...args)).uid)
  }

  /** A fresh customer with money, and its options to meet the seller. */
  async customer(): Promise<Customer> {
    const name = `buyer${++this.#downloads}`
    const uid = await this.#member(name)
    doneOf(await tracker(this.#at('tracker'), 'topup', uid, CREDIT))
    const meets = ['--host', '127.0.0.1', '--peer', `127.0.0.1:${this.#sellerPort}`]
    return { home: this.#at(name), out: this.#at(`${name}-files`), meets }
  }

  /** One download into a fresh folder by a fresh customer, from its start to its last piece. */
  async fetch(kind: Kind): Promise<Measured> {
    const { home, meets, out } = await this.customer()
    const args = ['get', this.torrent(kind), '--out', out, '--yes', '--seed-for', '1s']
    const buyer = new Program('floodgate', home, [...args, ...meets])
    try {
      await buyer.until('listening')
      const began = this.#spent(buyer)
      await buyer.until('complete')
      const ended = this.#spent(buyer)
      const { paid, seconds } = doneOf(await buyer.ended)
      if ((paid === '0') !== (kind === 'free')) throw new Error(`a ${kind} content cost ${paid}`)
      return {
        rate: this.#bytes / 1e6 / Number(seconds),
        buyer: ended.buyer - began.buyer,
        seller: ended.seller - began.seller,
      }
    } finally {
      await buyer.stop()
      this.forget(out)
    }
  }

  #spent(buyer: Program): Pick<Measured, 'buyer' | 'seller'> {
    const pid = this.#seller?.pid
    if (pid === undefined || buyer.pid === undefined) throw new Error('a program did not start')
    return { buyer: cpuSeconds(buyer.pid), seller: cpuSeconds(pid) }
  }

  /** Deletes the files of a download. */
  forget(out: string): void {
    rmSync(out, { recursive: true, force: true })
  }

  async close(): Promise<void> {
    await this.#seller?.stop()
    await this.#tracker?.stop()
    rmSync(this.#folder, { recursive: true, force: true })
  }
}

/** Fills a file with a keystream: nothing that a disk or a line could compress. */
function writeRandom(path: string, bytes: number): void {
  const stream = createCipheriv('aes-256-ctr', Buffer.alloc(32), Buffer.alloc(16))
  const zeros = Buffer.alloc(MIB)
  const file = openSync(path, 'w')
  try {
    for (let left = bytes; left > 0; left -= MIB) {
      writeSync(file, stream.update(zeros.subarray(0, Math.min(left, MIB))))
    }
  } finally {
    closeSync(file)
  }
}
