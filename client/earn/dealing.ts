/** What earn does with one provider: looks, buys, takes up, rests, gives up. */
import { mkdir, rmdir } from 'node:fs/promises'
import { join } from 'node:path'
import { formatAmount } from '../../shared/amount.js'
import { createReport, refusalOf, visible } from '../../shared/command.js'
import { DEMAND_KEPT_DAYS, EARN_DISK_SPARE_BYTES, EARN_RETRY_MS } from '../../shared/earn-limits.js'
import { type Refusal, refuse, refused } from '../../shared/errors.js'
import type { Cid, Fingerprint } from '../../shared/identifier.js'
import { parseMetainfo } from '../../shared/metainfo.js'
import { removeFiles } from '../daemon/files.js'
import type { Held } from '../daemon/held.js'
import type { Household } from '../daemon/household.js'
import type { Provider } from '../pay/provider.js'
import type { Agreement, StakeRow } from '../pay/wallet/earn.js'
import { openTorrent, type PaidContent } from '../trade/content.js'
import { purchase, recover } from '../trade/purchase.js'
import { type Choice, choose } from './chooser.js'
import { freeBytes } from './disk.js'
import type { Ware } from './forecast.js'
import { listingOf } from './listing.js'
import { dayOf, demandOf, earnedWith, type Looking, sightOf, waresOf } from './sight.js'

/** Nobody reads what a purchase of earn says; the log tells what it bought. */
const QUIET = createReport(false, () => undefined)

/** Earn with one provider. */
export class Dealing {
  readonly #household: Household
  readonly #provider: Provider
  /** What holds now. */
  agreement: Agreement
  /** Contents that were refused, by when they may be tried again (monotonic). */
  readonly #avoided = new Map<Cid, number>()
  #stopped = false

  constructor(household: Household, provider: Provider, agreement: Agreement) {
    this.#household = household
    this.#provider = provider
    this.agreement = agreement
  }

  get fingerprint(): Fingerprint {
    return this.#provider.row.fingerprint
  }

  /** Begins nothing new. */
  stop(): void {
    this.#stopped = true
  }

  get #book() {
    return this.#household.customer.wallet.earn
  }

  /** Lets every content work, or rest; one that a person paused stays so. */
  async settle(resting: boolean): Promise<void> {
    for (const stake of this.#book.stakes(this.fingerprint)) {
      if (this.#stopped) return
      const held = this.#household.find(stake.cid)
      const ours = held?.origin === 'earn'
      if (stake.state === 'dropped') {
        if (ours) await this.drop(stake.cid, 'as was decided before')
      } else if (held !== undefined && !ours) {
        // A person took it over: it is none of ours any more.
        this.#book.mark(this.fingerprint, stake.cid, 'dropped')
      } else if (held !== undefined) await this.#settleHeld(stake, held, resting)
      else if (!resting) await this.#settleAbsent(stake)
    }
  }

  async #settleHeld({ cid, complete, resting: ours }: StakeRow, held: Held, resting: boolean) {
    const household = this.#household
    if (resting && !held.paused) {
      this.#book.rest(this.fingerprint, cid, true)
      await household.pause(cid)
    } else if (!resting && held.paused && ours) {
      this.#tell(await household.resume(cid))
      this.#book.rest(this.fingerprint, cid, false)
    }
    if (complete === null && held.trade?.snapshot().left === 0) {
      this.#book.complete(this.fingerprint, cid, household.customer.now())
    }
  }

  /** Takes up what was bought and is not at work, as after a crash; unless a person removed it. */
  async #settleAbsent({ cid, state }: StakeRow): Promise<void> {
    const { customer, providers } = this.#household
    const { contents, grants } = customer.wallet
    const isHere = contents.held(cid) !== undefined
    if (state === 'held' && !isHere) return this.#book.mark(this.fingerprint, cid, 'dropped')
    const kept = contents.get(cid)
    const bought = grants.of(this.fingerprint, cid).length > 0
    if (kept === undefined || !bought || this.#isAvoided(cid)) return
    const content = await openTorrent(customer, kept.torrent, providers)
    if (content.paid) await this.#take(content)
  }

  #tell(problem: Refusal | undefined): void {
    if (problem === undefined) return
    this.#household.log.tell('warning', `earn: ${visible(problem.message)}`, problem.code)
  }

  async #take(content: PaidContent): Promise<void> {
    const { cid } = content.metainfo
    const folder = this.#folderOf(cid)
    try {
      await mkdir(folder, { recursive: true })
      const trade = await this.#household.take({ content, folder, origin: 'earn', cut: true })
      if (refused(trade)) this.#refused(cid, trade)
      this.#book.mark(this.fingerprint, cid, 'held')
    } catch (error) {
      this.#refused(cid, refusalOf(error))
    }
  }

  #folderOf(cid: Cid): string {
    return join(this.agreement.folder, cid)
  }

  #isAvoided(cid: Cid): boolean {
    const until = this.#avoided.get(cid)
    return until !== undefined && this.#household.customer.monotonic() < until
  }

  #refused(cid: Cid, problem: Refusal): void {
    this.#avoided.set(cid, this.#household.customer.monotonic() + EARN_RETRY_MS)
    this.#tell(problem)
  }

  /**
   * Looks at what sells and keeps that; weighs everything anew and, unless earn rests, acts on it.
   * Refuses as the catalogue does.
   */
  async look(acts: boolean): Promise<readonly Choice[] | Refusal> {
    const { agreement } = this
    const looking = await this.#lookAround(agreement)
    if (refused(looking)) return looking
    const { now } = looking
    const wares = waresOf(looking)
    this.#book.observe(this.fingerprint, demandOf(wares, now), dayOf(now) - DEMAND_KEPT_DAYS)
    this.count()
    const { means, sight } = sightOf(looking)
    const choices = choose(sight, means)
    if (acts) await this.#act(choices)
    return choices
  }

  /** Books what each content has brought by now. */
  count(): void {
    const { customer } = this.#household
    const brought = earnedWith(customer.wallet, this.fingerprint)
    for (const { content } of this.#household.transfers()) {
      const earned = brought.get(content.metainfo.cid)
      if (!content.paid || earned === undefined) continue
      this.#book.earned(this.fingerprint, content.metainfo.cid, earned, Math.round(customer.now()))
    }
  }

  async #lookAround(agreement: Agreement): Promise<Looking | Refusal> {
    const { customer } = this.#household
    const held = this.#household.transfers().filter(({ origin }) => origin === 'earn')
    const listing = await listingOf(this.#provider, held)
    if (refused(listing)) return listing
    const selling = held.flatMap(({ content, trade }) =>
      trade === undefined ? [] : [content.metainfo.cid],
    )
    const left = held.reduce((sum, { trade }) => sum + (trade?.snapshot().left ?? 0), 0)
    const avoided = [...this.#avoided.keys()].filter((cid) => this.#isAvoided(cid))
    return {
      ...{ wallet: customer.wallet, agreement, ...listing, now: customer.now() },
      ...{ selling: new Set(selling), avoided: new Set(avoided) },
      free: (await freeBytes(agreement.folder)) - EARN_DISK_SPARE_BYTES - left,
    }
  }

  async #act(choices: readonly Choice[]): Promise<void> {
    for (const { act, ware, why } of choices) {
      if (this.#stopped) return
      if (act === 'drop') await this.drop(ware.cid, why)
    }
    const stakes = this.#book.stakes(this.fingerprint)
    const ordered = stakes.filter(({ state }) => state === 'ordered')
    const again = choices.filter(
      ({ ware }) => ordered.some(({ cid }) => cid === ware.cid) && !this.#isAvoided(ware.cid),
    )
    const fresh = choices.filter(({ act }) => act === 'buy')
    for (const { ware, why } of [...again, ...fresh]) {
      if (this.#stopped) return
      const problem = await this.#buy(ware, why).catch(refusalOf)
      if (problem === undefined) continue
      this.#book.release(this.fingerprint, ware.cid)
      this.#refused(ware.cid, problem)
      if (problem.code === 'insufficient-funds' || problem.code === 'over-cap') return
    }
  }

  /** Buys one content at exactly the price that was weighed; throws a Failure or refuses. */
  async #buy(ware: Ware, why: string): Promise<Refusal | undefined> {
    const { customer, log, providers } = this.#household
    const { cid, name, price, reward } = ware
    const torrent = await this.#provider.torrent(cid)
    if (refused(torrent)) return torrent
    const content = await openTorrent(customer, torrent.bytes, providers)
    if (!content.paid) return refuse('bad-answer', 'the catalogue sells a free torrent')
    const { terms } = content
    if (terms.price !== price || terms.reward !== reward) return refuse('terms-changed')
    const known = this.#book.stake(this.fingerprint, cid)
    if (known?.state === 'ordered' && known.price !== price) return this.#recover(content)
    if (known === undefined && customer.wallet.grants.of(this.fingerprint, cid).length > 0) {
      return refuse('bought-before', 'a person bought it meanwhile')
    }
    if (!this.#book.reserve(this.fingerprint, cid, price, Math.round(customer.now()))) {
      return refuse('over-cap', 'the budget of earn does not allow it')
    }
    const consent = { yes: true, agreed: price, report: QUIET }
    const { again } = await purchase(customer, content, consent)
    const paid = again ? 'bought before' : `bought for ${formatAmount(price)}`
    log.tell('info', `earn: ${visible(name)} ${paid}: ${why}`)
    await this.#take(content)
    return undefined
  }

  /** What was ordered at another price than today's is taken when it was bought, and not bought. */
  async #recover(content: PaidContent): Promise<Refusal | undefined> {
    const { customer, log } = this.#household
    const got = await recover(customer, content)
    if (refused(got)) return got
    log.tell('info', `earn: ${visible(content.metainfo.name)} was bought before its price changed`)
    await this.#take(content)
    return undefined
  }

  /** Gives a content up; deletes its files when earn itself fetched them. */
  async drop(cid: Cid, why: string): Promise<void> {
    const household = this.#household
    const held = household.find(cid)
    this.#book.mark(this.fingerprint, cid, 'dropped')
    const folder = this.#folderOf(cid)
    if (held === undefined) this.#tell(await this.#deleteAbsent(cid, folder))
    else if (held.origin === 'earn') {
      const own = held.folder === folder
      this.#tell(await household.remove(cid, own))
      household.log.tell('info', `earn: gave up ${visible(held.content.metainfo.name)}: ${why}`)
    }
    await rmdir(folder).catch(() => undefined)
  }

  /** Deletes what earn fetched of a content that is not at work in this household. */
  async #deleteAbsent(cid: Cid, folder: string): Promise<Refusal | undefined> {
    const { contents } = this.#household.customer.wallet
    const kept = contents.get(cid)
    if (contents.held(cid)?.origin !== 'earn' || kept?.folder !== folder) return undefined
    const metainfo = parseMetainfo(kept.torrent)
    contents.drop(cid)
    return refused(metainfo)
      ? metainfo
      : removeFiles(this.#household.customer, { metainfo, folder })
  }
}
