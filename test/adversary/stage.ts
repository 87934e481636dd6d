/**
 * What attacks are played on: a provider with two contents, of one piece and of eight to a
 * signature, and honest members, all of them processes of the shipped programs on loopback.
 *
 * Cheats run in the test itself. The books are read, and money is credited, in the provider's
 * database, as its own verbs do while it serves.
 */
import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FUNDING, pending, spendable } from '../../shared/account.js'
import { parseAmount } from '../../shared/amount.js'
import { must } from '../../shared/errors.js'
import type { PieceIndex, Uid } from '../../shared/identifier.js'
import { type Metainfo, parseMetainfo, pieceHash } from '../../shared/metainfo.js'
import { floodgate } from '../../shared/schemes/floodgate/floodgate.js'
import { readTerms } from '../../shared/terms.js'
import { openTracker } from '../../tracker/assembly.js'
import { homeAt } from '../../tracker/config.js'
import { balanceOf, commit, commitKey } from '../../tracker/ledger.js'
import { proveByConnecting } from '../../tracker/proof.js'
import type { Tracker } from '../../tracker/tracker.js'
import { verifyLedger } from '../../tracker/verify.js'
import { freePort } from '../free-port.js'
import { contentOf } from '../integration/market.js'
import { DIST, doneOf, Program, type Start } from '../integration/programs.js'
import type { Served, Sold } from '../unit/tracker-member.js'

/** Pieces of every content, and what one weighs; a piece is two blocks. */
export const PIECES = 16
export const PIECE_BYTES = 32_768
/** Unpaid pieces that a seller allows. */
export const N = 4
/** The runs that every attack is played with. */
export const RUNS = [1, 8] as const
/** What the seller of one piece earns, and what a content costs. */
export const REWARD = '0.05'
const PRICE = '1'

/** A content of the stage. */
export interface Offered extends Sold {
  /** Pieces that one signature covers. */
  readonly b: number
  readonly metainfo: Metainfo
  readonly bytes: Uint8Array
  readonly torrent: string
}

/** An honest seller at work. */
export interface Seller {
  readonly uid: Uid
  readonly name: string
  readonly port: number
  readonly program: Program
}

/** How a stage differs from the usual one. */
export interface StageSetting {
  /** Options of `publish` besides the usual ones. */
  readonly publish?: readonly string[]
  /** How the provider's server is started, and its own options. */
  readonly serve?: Start & { readonly options?: readonly string[] }
  /** Without their defence attacks may leave books that do not add up: nobody looks at the end. */
  readonly bends?: 'books'
}

/** A provider and its honest members. */
export class Stage implements Served {
  readonly folder = mkdtempSync(join(tmpdir(), 'floodgate-stage-'))
  readonly offers = new Map<number, Offered>()
  readonly url: string
  readonly #port: number
  /** The provider's home, opened here as well. */
  #tracker: Tracker | undefined
  #serving: Program | undefined
  #servingFrom = DIST
  readonly #sellers = new Map<string, { seller: Seller; dist: string }>()
  readonly #registered = new Map<string, Uid>()
  readonly #programs = new Set<Program>()

  readonly #setting: StageSetting

  private constructor(port: number, setting: StageSetting) {
    this.#port = port
    this.#setting = setting
    this.url = `http://127.0.0.1:${port}`
  }

  /** Makes the provider, publishes its contents and starts it. */
  static async open(setting: StageSetting = {}): Promise<Stage> {
    const stage = new Stage(await freePort(), setting)
    try {
      await stage.#set()
    } catch (error) {
      await stage.close()
      throw error
    }
    return stage
  }

  async #set(): Promise<void> {
    doneOf(await this.desk('init', '--name', 'Provider', '--url', this.url))
    const opened = openTracker(homeAt(this.home('tracker')), {
      schemes: [floodgate],
      prover: proveByConnecting,
      now: Date.now,
      random: (bytes) => new Uint8Array(randomBytes(bytes)),
    })
    this.#tracker = must(opened)
    await Promise.all(RUNS.map((b) => this.#publish(b)))
    await this.serve()
  }

  async #publish(b: number): Promise<void> {
    const path = join(this.folder, `content-${b}.bin`)
    const torrent = join(this.folder, `content-${b}.torrent`)
    // Of another byte each, so that they are two contents.
    const bytes = contentOf(PIECES * PIECE_BYTES).fill(b, 0, 1)
    writeFileSync(path, bytes)
    const { publish: more = [] } = this.#setting
    const terms = ['--price', PRICE, '--reward', REWARD, '--n', String(N), '--b', String(b)]
    const form = ['--piece-length', String(PIECE_BYTES), '--out', torrent]
    doneOf(await this.desk('publish', path, ...terms, ...form, ...more))
    const metainfo = must(parseMetainfo(readFileSync(torrent)))
    const { cid } = metainfo
    const { digest } = must(readTerms(metainfo, this.tracker.authority.keyring))
    this.offers.set(b, { b, cid, metainfo, bytes, torrent, path, pieces: PIECES, terms: digest })
  }

  /** The provider's own books and keys. */
  get tracker(): Tracker {
    assert.ok(this.#tracker, 'the stage is set')
    return this.#tracker
  }

  /** Home of a participant. */
  home(name: string): string {
    return join(this.folder, name)
  }

  /** Runs a verb of the provider to its end. */
  desk(...args: readonly string[]) {
    return this.#begin('floodgate-tracker', 'tracker', args).ended
  }

  /** Starts a verb of a member, from the shipped programs or from a copy. */
  start(name: string, args: readonly string[], start: Start = {}): Program {
    return this.#begin('floodgate', name, args, start)
  }

  #begin(
    which: 'floodgate' | 'floodgate-tracker',
    name: string,
    args: readonly string[],
    start: Start = {},
  ): Program {
    const program = new Program(which, this.home(name), args, start)
    this.#programs.add(program)
    void program.over.then(() => this.#programs.delete(program))
    return program
  }

  /** Has the provider served by the programs of a folder; by the shipped ones when absent. */
  async serve(dist = DIST): Promise<void> {
    if (this.#serving !== undefined && this.#servingFrom === dist) return
    await this.#serving?.stop()
    const { options = [], ...start } = this.#setting.serve ?? {}
    const args = ['serve', '--port', String(this.#port), ...options]
    this.#serving = this.#begin('floodgate-tracker', 'tracker', args, { ...start, dist })
    this.#servingFrom = dist
    await this.#serving.until('listening')
  }

  /** Registers a member's home once, and gives its uid. */
  async register(name: string): Promise<Uid> {
    const known = this.#registered.get(name)
    if (known !== undefined) return known
    const args = ['register', '--tracker', this.url, '--name', name]
    const uid = doneOf(await this.start(name, args).ended).uid as Uid
    this.#registered.set(name, uid)
    return uid
  }

  /** An honest seller of both contents, run by the programs of a folder. */
  async seller(
    dist = DIST,
    name = 'seller',
    { more = [], ...start }: Start & { readonly more?: readonly string[] } = {},
  ): Promise<Seller> {
    const at = this.#sellers.get(name)
    if (at?.dist === dist) return at.seller
    await at?.seller.program.stop()
    const uid = await this.register(name)
    const torrents = [...this.offers.values()].map(({ torrent }) => torrent)
    const host = more.includes('--host') ? [] : ['--host', '127.0.0.1']
    const args = ['seed', ...torrents, '--data', this.folder, ...host, ...more]
    const program = this.start(name, args, { ...start, dist })
    const { port } = await program.until('listening')
    for (const { cid } of this.offers.values()) {
      await program.until('seeding', (event) => event.cid === cid)
    }
    const seller = { uid, name, port: Number(port), program }
    this.#sellers.set(name, { seller, dist })
    // One that an attack has brought down is started anew when it is asked for.
    void program.over.then(() => {
      if (this.#sellers.get(name)?.seller === seller) this.#sellers.delete(name)
    })
    return seller
  }

  /** Ends a seller, so that the tracker names it no more. */
  async dismiss(name: string): Promise<void> {
    const at = this.#sellers.get(name)
    this.#sellers.delete(name)
    await at?.seller.program.stop()
  }

  /** Ends all honest sellers: a buyer then has nobody but the cheats. */
  async dismissAll(): Promise<void> {
    await Promise.all([...this.#sellers.keys()].map((name) => this.dismiss(name)))
  }

  /** Ends every seller and server that runs from a folder; the shipped tracker serves again. */
  async clear(dist: string): Promise<void> {
    const gone = [...this.#sellers].filter(([, at]) => at.dist === dist)
    await Promise.all(gone.map(([name]) => this.dismiss(name)))
    await this.serve()
  }

  /** An honest buyer of a content, run by the programs of a folder, with peers it is told of. */
  async buyer(
    name: string,
    { torrent }: Offered,
    { dist = DIST, peers = [] as readonly number[], more = [] as readonly string[] } = {},
  ): Promise<Program> {
    await this.credit(await this.register(name), PRICE)
    const told = peers.flatMap((port) => ['--peer', `127.0.0.1:${port}`])
    const out = ['--out', this.home(`${name}-files`), '--host', '127.0.0.1']
    return this.start(name, ['get', torrent, '--yes', ...out, ...told, ...more], { dist })
  }

  /** Credits a member's account, as `topup` does. */
  async credit(uid: Uid, text: string): Promise<void> {
    const transfers = [{ debit: FUNDING, credit: spendable(uid), amount: must(parseAmount(text)) }]
    const key = commitKey('topup', uid, randomBytes(16).toString('hex'))
    const request = { key, kind: 'topup', at: Date.now(), transfers } as const
    must(await this.tracker.store.write((rows) => commit(rows, request)))
  }

  /** What the books have wrong, of one grant when it is named. */
  async problems(rid = ''): Promise<string[]> {
    const { problems } = await verifyLedger(this.tracker)
    return problems.filter((each) => each.includes(rid))
  }

  /** The server of the provider, for its memory and its end. */
  get serving(): Program {
    assert.ok(this.#serving, 'the provider serves')
    return this.#serving
  }

  /** What a member has, spendable and pending. */
  async balanceOf(uid: Uid): Promise<bigint> {
    const names = [spendable(uid), pending(uid)]
    const rows = await this.tracker.store.read((all) =>
      Promise.all(names.map((name) => all.ledger.account(name))),
    )
    return rows.reduce((sum, row) => sum + balanceOf(row), 0n)
  }

  /** Ends all programs; throws when the ledger does not add up. */
  async close(): Promise<void> {
    const bent = this.#tracker === undefined || this.#setting.bends === 'books'
    const problems = bent ? [] : await this.problems()
    await Promise.all([...this.#programs].map((program) => program.stop('SIGKILL')))
    this.#tracker?.store.close()
    rmSync(this.folder, { recursive: true })
    assert.deepEqual(problems, [])
  }
}

/** Whether these are the bytes of a piece. */
export function isPiece({ metainfo }: Offered, piece: number, bytes: Uint8Array): boolean {
  const hash = createHash('sha1').update(bytes).digest()
  return hash.equals(pieceHash(metainfo, piece as PieceIndex))
}
