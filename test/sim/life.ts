/** A member's program from its start to its end: what client/trade does, by simulated time. */

import type { Customer } from '../../client/customer.js'
import { certified } from '../../client/customer.js'
import { Bitfield } from '../../client/engine/bitfield.js'
import { CaseDesk } from '../../client/pay/case-desk.js'
import { Mailbox } from '../../client/pay/mailbox.js'
import { createPayGate } from '../../client/pay/paygate.js'
import { greet } from '../../client/pay/provider/greeting.js'
import { register } from '../../client/pay/provider/membership.js'
import { Provider, pin, uidOf } from '../../client/pay/provider.js'
import type { Timers } from '../../client/pay/timers.js'
import type { BoughtRow } from '../../client/pay/wallet/grants.js'
import type { ProviderRow } from '../../client/pay/wallet/providers.js'
import type { Apart } from '../../client/pay/world.js'
import type { PaidContent } from '../../client/trade/content.js'
import { Correspondence } from '../../client/trade/correspondence.js'
import { keepContent, liveGrants, purchase } from '../../client/trade/purchase.js'
import { retryDelayMs } from '../../client/trade/retry.js'
import { Failure, must, type Refusal, refused } from '../../shared/errors.js'
import type { Cid } from '../../shared/identifier.js'
import { ed25519PublicKey, privateKeyFromSeed } from '../../shared/keys.js'
import { floodgate } from '../../shared/schemes/floodgate/floodgate.js'
import { readTerms } from '../../shared/terms.js'
import { trackerUrl } from './calls.js'
import { Claims } from './claims.js'
import { payFirst } from './collusion.js'
import type { SimMember } from './member.js'
import { PASSING } from './passing.js'
import { Swarming } from './swarming.js'
import { type SimContent, Torrent } from './torrent.js'

const SCHEMES = new Map([[floodgate.name, floodgate]])
const NO_REPORT = { json: true, event: () => undefined, line: () => undefined }
/** The books of a content that is still being opened: nothing can be written there yet. */
const NOT_YET: Apart = {
  change: async () => false,
  unpaid: async () => () => false,
}
/** Gates and connections tick every second, as on a busy machine: a run is mostly ticks. */
const SLOW_TICK_MS = 1000
/** Without a block for so long a request is withdrawn; a setting, short here. */
const PATIENCE_MS = 10_000

/** One run of the program. */
export class Life {
  readonly member: SimMember
  readonly customer: Customer
  readonly swarmings = new Map<Cid, Swarming>()
  #provider: Provider | undefined
  #claims: Claims | undefined
  #letters: Correspondence | undefined
  #alive = true
  readonly #endings: (() => void)[] = []
  readonly #timers: Timers

  constructor(member: SimMember) {
    this.member = member
    this.#timers = this.#lifelong()
    const { clock } = member.stage
    const now = (): number => clock.now + member.skewMs
    this.customer = {
      ...{ schemes: SCHEMES, environment: {}, random: member.dice.bytes, now, monotonic: now },
      ...{ stop: new AbortController().signal, wallet: member.wallet, passphrase: undefined },
      privateKey: privateKeyFromSeed(member.seed),
      publicKey: ed25519PublicKey(member.seed),
      caps: () => ({ download: undefined, day: undefined, low: undefined }),
    } as unknown as Customer
    this.#do(this.#begin())
  }

  /** The provider's client, once it is registered. */
  get provider(): Provider | undefined {
    return this.#provider
  }

  /** Work of this life alone: what it throws after its end is nobody's business. */
  #do(work: Promise<void>): void {
    work.catch((error) => {
      if (!this.#alive) return
      const { part, restored, stage } = this.member
      // A cheat that is turned away has failed as it should; a home that is behind must not go on.
      const behind = restored && error instanceof Failure && error.code === 'home-copied'
      if (behind || (!part.conduct.honest && error instanceof Failure)) this.end()
      else stage.broken(error)
    })
  }

  /** The process ends, without a word. */
  end(): void {
    this.#alive = false
    for (const ending of this.#endings) ending()
    for (const swarming of this.swarmings.values()) swarming.end()
  }

  /** Repeats work with growing pauses while it fails by what passes; stays open after the end. */
  async #persist<T>(work: () => Promise<T | Refusal>): Promise<T> {
    for (let failures = 1; ; failures++) {
      const result = await work().catch((error: unknown) => {
        if (error instanceof Failure) return error
        throw error
      })
      if (!this.#alive) return new Promise(() => undefined)
      const failed = result instanceof Failure || refused(result)
      if (!failed) return result as T
      const { code } = result as Failure | Refusal
      if (!PASSING.has(code)) throw result instanceof Failure ? result : new Failure(result)
      this.member.stage.trace.note(this.member.name, `tries again: ${code}`)
      await this.member.stage.clock.wait(retryDelayMs(failures, this.member.dice.next()))
    }
  }

  async #begin(): Promise<void> {
    const { member, customer } = this
    const provider = await this.#join()
    this.#provider = provider
    if (member.uid === undefined) await member.enrol(uidOf(provider.row))
    await this.#persist(() => certified(customer, provider))
    const claims = new Claims(member, provider, SCHEMES)
    this.#claims = claims
    this.#letters = this.#correspond(provider)
    for (const content of [...member.part.holds, ...member.part.buys]) {
      await this.#open(provider, content)
    }
    const { clock } = member.stage
    this.#endings.push(clock.every(SLOW_TICK_MS, () => this.#do(claims.look())))
    this.#endings.push(clock.every(SLOW_TICK_MS, () => this.#tick()))
  }

  /** Registers, or finds what an earlier life registered. */
  async #join(): Promise<Provider> {
    const { member, customer } = this
    const { wallet, random, now, privateKey, publicKey } = customer
    const url = trackerUrl(member.address)
    const [kept] = wallet.providers.all()
    const row =
      kept ??
      (await this.#persist(async () => {
        const greeting = await greet({ url, pinned: undefined, random, now })
        if (refused(greeting)) return greeting
        pin(wallet, greeting, url, member.name)
        return wallet.providers.get(greeting.fingerprint) as ProviderRow
      }))
    const provider = new Provider({ wallet, row, privateKey, random, now })
    if (provider.row.uid === null) {
      await this.#persist(() => register({ provider, publicKey, wallet }, member.name))
    }
    return provider
  }

  /** Letters to sellers that are gone, and from buyers that found us gone. */
  #correspond(provider: Provider): Correspondence {
    const { customer, member } = this
    const signer = { fingerprint: provider.row.fingerprint, privateKey: customer.privateKey }
    const apart = (cid: Cid): Apart => this.swarmings.get(cid)?.gate.apart ?? NOT_YET
    const own = { provider, signer, wallet: member.wallet, schemes: SCHEMES }
    const mailbox = new Mailbox({ ...own, apart })
    const isTraded = (cid: Cid) => this.swarmings.has(cid)
    const desk = new CaseDesk({
      ...own,
      payFor: (one) => mailbox.leave([one]),
      isTraded,
      denies: true,
    })
    const { honest } = member.part.conduct
    return new Correspondence({
      ...{ desk, mailbox, now: customer.monotonic, random: member.dice.next },
      timers: this.#timers,
      owedTo: () => (honest ? [...this.swarmings.values()].flatMap((one) => one.owedTo()) : []),
      patienceMs: PATIENCE_MS,
      told: (news) => {
        const all = news.news === 'letters' ? news.letters : news.cases.map(({ entry }) => entry)
        for (const one of all) member.stage.trace.note(member.name, `${news.news} ${told(one)}`)
      },
    })
  }

  async #open(provider: Provider, { bytes, metainfo }: SimContent): Promise<void> {
    const { member, customer } = this
    const shown = await this.#persist(() => provider.torrent(metainfo.cid))
    const terms = must(readTerms(shown.metainfo, provider.keyring))
    const content: PaidContent = {
      ...{ paid: true, torrent: shown.bytes, metainfo: shown.metainfo, provider, terms },
      scheme: floodgate,
    }
    keepContent(customer, content, 'here')
    const buys = member.part.buys.some((one) => one.metainfo.cid === metainfo.cid)
    const consent = { yes: true, report: NO_REPORT }
    const bought = buys
      ? await this.#persist(() => purchase(customer, content, consent))
      : undefined
    if (!this.#alive) return
    const grants = bought === undefined ? [] : liveGrants(customer, content)
    const accomplice = member.part.accomplice?.life?.provider
    if (accomplice !== undefined) {
      const { random, privateKey } = customer
      const signer = { fingerprint: provider.row.fingerprint, privateKey }
      for (const row of grants) await payFirst(content, row, { signer, random }, accomplice)
      if (!this.#alive) return
    }
    this.#swarm(content, { bytes, metainfo }, grants)
  }

  /** Meets others over one content. */
  #swarm(paid: PaidContent, content: SimContent, grants: readonly BoughtRow[]): void {
    const { member, customer } = this
    const { clock, trace, broken } = member.stage
    const { conduct } = member.part
    const buys = grants.length > 0
    const { cid, pieceCount } = content.metainfo
    const have = member.disks.get(cid) ?? new Bitfield(pieceCount)
    member.disks.set(cid, have)
    const { provider, scheme } = paid
    const { row } = provider
    let swarming: Swarming | undefined
    const gate = createPayGate({
      ...{ wallet: member.wallet, keyring: provider.keyring, scheme, grants },
      ...{ metainfo: content.metainfo, revocations: provider.revocations },
      identity: {
        uid: uidOf(row),
        signer: { fingerprint: row.fingerprint, privateKey: customer.privateKey },
        get leaf() {
          return provider.row.certificate ?? new Uint8Array(0)
        },
        get issuing() {
          return provider.row.issuer ?? provider.row.issuing
        },
      },
      // Who never pays does not let its gate find what it took without paying.
      has: (piece) => (Number.isFinite(conduct.paysAfterMs) || !buys) && have.has(piece),
      missing: () => pieceCount - have.count,
      random: member.dice.bytes,
      trackerNow: () => provider.trackerNow(),
      timers: this.#timers,
      requestTimeoutMs: PATIENCE_MS,
      announceAgain: () => swarming?.again(),
      told: (event) => trace.note(member.name, told(event)),
      failed: (error) => {
        if (error instanceof Failure && error.code === 'disk-full') member.crash()
        else broken(error)
      },
    })
    const torrent = new Torrent(have, {
      ...{ content, conduct, clock, gate, dice: member.dice },
      delivered: (to, { piece }) => member.stage.delivered(member, to, cid, piece),
    })
    swarming = new Swarming({
      ...{ member, provider, torrent, gate, grants, timers: this.#timers },
      waiting: (waiting) => this.#letters?.heard(waiting),
      ended: () => this.end(),
    })
    this.swarmings.set(cid, swarming)
  }

  /** Timers that end with this life; those of gates are slow. */
  #lifelong(): Timers {
    const { clock } = this.member.stage
    const mine = (work: () => void) => () => {
      if (this.#alive) work()
    }
    return {
      after: (ms, work) => {
        let off = false
        clock.after(
          ms,
          mine(() => (off ? undefined : work())),
        )
        return () => {
          off = true
        }
      },
      every: (ms, work) => {
        const end = clock.every(Math.max(ms, SLOW_TICK_MS), mine(work))
        this.#endings.push(end)
        return end
      },
      wait: (ms) => new Promise((resolve) => clock.after(ms, mine(resolve))),
    }
  }

  #tick(): void {
    for (const swarming of this.swarmings.values()) swarming.tick()
  }

  /** Whether everything that was earned and signed is claimed, and every payment is out. */
  get settled(): boolean {
    return (
      this.#claims?.settled === true && [...this.swarmings.values()].every(({ settled }) => settled)
    )
  }
}

const told = (event: object): string =>
  Object.values(event)
    .map((value) => (value === undefined ? '-' : String(value)))
    .join(' ')
