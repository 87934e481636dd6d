/**
 * A real tracker for tests: its own home in a fresh folder, SQLite on disk, HTTP on a free port,
 * and members that speak the signed API. Only the clock is ours, so that windows pass when a test
 * says.
 */
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FUNDING, spendable } from '../../shared/account.js'
import { parseAmount } from '../../shared/amount.js'
import { RegisterAnswer } from '../../shared/api.js'
import { toHex } from '../../shared/bytes.js'
import { must } from '../../shared/errors.js'
import type { Uid } from '../../shared/identifier.js'
import { parseMetainfo } from '../../shared/metainfo.js'
import { floodgate } from '../../shared/schemes/floodgate/floodgate.js'
import type { Scheme } from '../../shared/schemes/scheme.js'
import { readTerms } from '../../shared/terms.js'
import { openTracker } from '../../tracker/assembly.js'
import { createAuthority } from '../../tracker/authority.js'
import { type Home, homeAt, makeHome, writeConfig, writeKey } from '../../tracker/config.js'
import { createRoutes, type Ingress } from '../../tracker/http/routes.js'
import { type Listening, listen } from '../../tracker/http/server.js'
import { commit, commitKey } from '../../tracker/ledger.js'
import type { Prover } from '../../tracker/proof.js'
import { type Offer, publish } from '../../tracker/publish.js'
import { openStore } from '../../tracker/store.js'
import type { Tracker } from '../../tracker/tracker.js'
import { decodeBody, Member, type Sold } from './tracker-member.js'

const random = (bytes: number): Uint8Array => new Uint8Array(randomBytes(bytes))

/** Makes a home as `init` does. */
export function makeTestHome(folder: string): Home {
  const home = homeAt(folder)
  makeHome(home)
  writeKey(home.vaultKey, random(32))
  createAuthority(home, 'Test provider', Date.now(), random)
  must(openStore(home.database)).close()
  writeConfig(home, { name: 'Test provider', url: 'http://127.0.0.1:1', currency: 'credit' })
  return home
}

/** How its port is opened, where a test wants something else. */
type Opening = Partial<Listening> &
  Partial<Pick<Ingress, 'behindProxy' | 'answersMaxBytes'>> &
  Partial<Pick<Tracker, 'registration'>>

/** A running tracker. */
export class World {
  readonly folder = mkdtempSync(join(tmpdir(), 'floodgate-tracker-'))
  readonly home = makeTestHome(join(this.folder, 'home'))
  /** Added to the real clock. */
  aheadMs = 0
  schemes: readonly Scheme[] = []
  /** Members here speak the API alone, so they are believed where they are reached. */
  prover!: Prover
  tracker!: Tracker
  url = ''
  readonly errors: unknown[] = []
  #close: () => Promise<void> = async () => undefined

  static async start(
    schemes: readonly Scheme[] = [floodgate],
    prover: Prover = () => async () => true,
  ): Promise<World> {
    const world = new World()
    world.schemes = schemes
    world.prover = prover
    await world.open()
    return world
  }

  /** Opens home and port; after `stop` it is a restart. */
  async open({ behindProxy = false, answersMaxBytes, ...rest }: Opening = {}): Promise<void> {
    const { registration = 'open', ...where } = rest
    const now = (): number => Date.now() + this.aheadMs
    const { prover, schemes } = this
    const opened = must(openTracker(this.home, { schemes, prover, now, random }))
    this.tracker = { ...opened, registration }
    const onError = (error: unknown): number => this.errors.push(error)
    const app = createRoutes(this.tracker, {
      behindProxy,
      onError,
      ...(answersMaxBytes && { answersMaxBytes }),
    })
    const at = { host: '127.0.0.1', port: 0, tls: undefined, ...where }
    const listener = must(await listen(app, at))
    this.url = `http://127.0.0.1:${listener.port}`
    this.#close = listener.close
  }

  async stop(): Promise<void> {
    await this.#close()
    this.tracker.store.close()
  }

  async close(): Promise<void> {
    await this.stop()
    rmSync(this.folder, { recursive: true })
  }

  /** Publishes `pieces` pieces of 16 KiB at 0.01 each, and gives what a buyer learns of it. */
  async publish(pieces: number, offer: Partial<Offer> = {}): Promise<Sold> {
    const path = join(this.folder, `content-${toHex(random(4))}`)
    writeFileSync(path, randomBytes(pieces * 16384))
    return this.offer(path, offer)
  }

  /** Publishes a file, once more when it was published before. */
  async offer(path: string, offer: Partial<Offer> = {}): Promise<Sold> {
    const published = must(
      await publish(this.tracker, path, {
        price: must(parseAmount('2')),
        reward: must(parseAmount('0.01')),
        scheme: 'floodgate',
        n: 1,
        b: 1,
        pieceLength: 16384,
        complaint: 60_000,
        progress: () => undefined,
        ...offer,
      }),
    )
    const metainfo = must(parseMetainfo(published.torrent))
    const { digest } = must(readTerms(metainfo, this.tracker.authority.keyring))
    return { cid: published.cid, pieces: metainfo.pieceCount, terms: digest, path }
  }

  async member(name: string, credit = '0'): Promise<Member> {
    const member = new Member(this, name)
    const reply = await member.register()
    member.uid = decodeBody(RegisterAnswer, reply.body).uid
    await this.topup(member.uid, credit)
    return member
  }

  /** Credits a member, once. */
  async topup(uid: Uid, credit: string): Promise<void> {
    const amount = must(parseAmount(credit))
    const transfers = [{ debit: FUNDING, credit: spendable(uid), amount }]
    const key = commitKey('topup', uid, 'test')
    const request = { key, kind: 'topup', at: Date.now(), transfers } as const
    if (amount > 0n) must(await this.tracker.store.write((rows) => commit(rows, request)))
  }

  /** Balances by account name, empty ones left out. */
  async balances(): Promise<Record<string, bigint>> {
    const rows = await this.tracker.store.read((all) => all.ledger.accounts())
    const entries = rows.map(({ name, debits, credits }) => [name, credits - debits] as const)
    return Object.fromEntries(entries.filter(([, balance]) => balance !== 0n))
  }
}
