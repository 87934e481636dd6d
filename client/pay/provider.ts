/**
 * A provider that this customer has pinned: signed calls, one after the other, and signed answers.
 *
 * Each call takes its counter from the wallet before it leaves, so that no crash makes one leave
 * twice. The tracker is met (and its root compared with the pin) once per process before anything
 * is sent to it, again when its clock, seal key or signing certificate seem to have changed.
 */
import type { KeyObject } from 'node:crypto'
import { CALLS, type Call } from '../../shared/api.js'
import { assert, type Code, must, type Refusal, refuse, refused } from '../../shared/errors.js'
import type { Cid, Uid } from '../../shared/identifier.js'
import { createKeyring, type Keyring } from '../../shared/keyring.js'
import { rawPublicKey } from '../../shared/keys.js'
import {
  API_ANSWER_MAX_BYTES,
  FAREWELL_TIMEOUT_MS,
  METAINFO_MAX_BYTES,
  RETRY_MAX_MS,
  RETRY_MIN_MS,
  REVOCATIONS_MAX_BYTES,
} from '../../shared/limits.js'
import { tryDatabase } from '../../shared/thrown.js'
import { type Answered, type CallFields, openAnswer, prepareCall } from './provider/calls.js'
import { type Greeting, greet } from './provider/greeting.js'
import { Newest } from './provider/newest.js'
import { hintIn, isForm, notRegistered, refusalIn } from './provider/refusals.js'
import { type Listed, openCatalogue, openTorrentFile, type ShownTorrent } from './provider/shown.js'
import { requestBytes } from './provider/transport.js'
import { RevocationBook } from './revocations.js'
import type { ProviderRow } from './wallet/providers.js'
import type { Wallet } from './wallet/wallet.js'

/** What a provider's client is made of. */
export interface ProviderOptions {
  readonly wallet: Pick<Wallet, 'providers'>
  /** The pinned provider as the wallet has it. */
  readonly row: ProviderRow
  /** Our Ed25519 key; undefined when only what is public is asked. */
  readonly privateKey: KeyObject | undefined
  readonly random: (bytes: number) => Uint8Array
  /** Milliseconds of our own clock. */
  readonly now: () => number
}

/** Answers that may be due to what we knew of the provider being old. */
const STALE_KNOWLEDGE = new Set(['stale-time', 'seal-broken', 'weak-key', 'certificate-invalid'])

/** What the tracker may answer to any call, and after which there is nothing to trade with. */
export const ENDS_TRADING: ReadonlySet<Code> = new Set(['certificate-revoked', 'home-copied'])

/** Codes that are believed under the tracker's signature alone: they end more than one call. */
const SIGNED_ALONE: ReadonlySet<Code> = new Set([
  'certificate-revoked',
  'stale-counter',
  'call-repeated',
])

/** One pinned provider. */
export class Provider {
  readonly keyring: Keyring
  readonly revocations: RevocationBook
  readonly #options: ProviderOptions
  readonly #newest: Newest
  #row: ProviderRow
  #met = false
  /** The tracker has taken a call of this process. */
  #answered = false
  #timing: Promise<void> | undefined
  /** Our own clock before which no list of revoked certificates is asked for. */
  #listAfter = Number.NEGATIVE_INFINITY
  #turn: Promise<unknown> = Promise.resolve()

  constructor(options: ProviderOptions) {
    const { row } = options
    this.#options = options
    this.#row = row
    this.keyring = createKeyring(row.fingerprint, row.root, () => this.trackerNow())
    const { fingerprint } = row
    const { wallet } = options
    this.#newest = new Newest(wallet.providers, fingerprint)
    // One that has expired meanwhile is refused, and what it signed with it.
    for (const signer of wallet.providers.signers(fingerprint)) this.keyring.add(signer)
    const own = { wallet, fingerprint, keyring: this.keyring }
    this.revocations = new RevocationBook({ ...own, trackerNow: () => this.trackerNow() })
  }

  /** What is known of the provider and of our membership. */
  get row(): ProviderRow {
    return this.#row
  }

  /** Milliseconds of the tracker's time. */
  trackerNow(): number {
    return this.#options.now() + this.#row.clockOffset
  }

  /** Reads again what the wallet holds, after a registration or renewal. */
  reload(): void {
    const { wallet } = this.#options
    this.#row = wallet.providers.get(this.#row.fingerprint) ?? this.#row
  }

  /**
   * Meets the tracker: compares its root with the pin, sets the clock, learns new certificates.
   * Refuses as the disk does, too.
   */
  async meet(timeoutMs?: number): Promise<Refusal | undefined> {
    const { now, random, wallet } = this.#options
    const { fingerprint, url, memberName } = this.#row
    const greeting = await greet({
      ...{ url, pinned: fingerprint, random, now },
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
    })
    if (refused(greeting)) return greeting
    const kept = tryDatabase(() => pin(wallet, greeting, url, memberName))
    if (refused(kept)) return kept
    this.reload()
    const added = this.keyring.add(greeting.signing)
    if (refused(added)) return added
    this.#met = true
    return undefined
  }

  /**
   * Learns the tracker's time once, before a date is judged: the clock of this machine may have
   * been set since the offset to it was kept (D11). Without a tracker what was kept serves.
   */
  tellTime(): Promise<void> {
    this.#timing ??= this.#inTurn(async () => {
      if (!this.#met) await this.meet(FAREWELL_TIMEOUT_MS)
    })
    return this.#timing
  }

  /** Calls wait for each other. */
  #inTurn<T>(job: () => Promise<T>): Promise<T> {
    const made = this.#turn.then(job)
    this.#turn = made.catch(() => undefined)
    return made
  }

  /**
   * Makes a signed call and gives its verified answer; calls wait for each other.
   *
   * Refusals: unreachable, pin-mismatch, those of openAnswer, and what the tracker itself refuses.
   */
  call<N extends Call>(
    name: N,
    fields: CallFields<N>,
    timeoutMs?: number,
  ): Promise<Answered<N> | Refusal> {
    return this.#inTurn(() => this.#callNow(name, fields, timeoutMs))
  }

  async #callNow<N extends Call>(
    name: N,
    fields: CallFields<N>,
    timeoutMs: number | undefined,
  ): Promise<Answered<N> | Refusal> {
    const fresh = !this.#met
    const problem = fresh ? await this.meet(timeoutMs) : undefined
    if (problem !== undefined) return problem
    const answer = await this.#sendNewest(name, fields, timeoutMs)
    if (!refused(answer)) this.#answered = true
    if (fresh || !refused(answer) || !STALE_KNOWLEDGE.has(answer.code)) return answer
    return (await this.meet(timeoutMs)) ?? this.#sendNewest(name, fields, timeoutMs)
  }

  #sendNewest<N extends Call>(
    name: N,
    fields: CallFields<N>,
    timeoutMs: number | undefined,
  ): Promise<Answered<N> | Refusal> {
    const leave = (counter: number) => this.#send(name, fields, { timeoutMs, counter })
    return name === 'register' ? leave(0) : this.#newest.send(leave)
  }

  /**
   * Asks once in a process whether a copy of this home was used since: it would have paid with the
   * same tokens, and whoever pays twice is revoked. Refusals: home-copied, certificate-revoked.
   */
  async proveCurrent(timeoutMs: number): Promise<Refusal | undefined> {
    if (!this.#answered) {
      const answer = await this.call('account', {}, timeoutMs)
      if (refused(answer)) return ENDS_TRADING.has(answer.code) ? answer : this.trustPlace()
    }
    const problem = this.#newest.problem()
    if (problem === undefined) this.#newest.proved()
    return problem
  }

  /** What is left to go by while the tracker is away: a home that may be a copy pays nobody. */
  trustPlace(): Refusal | undefined {
    return this.#newest.doubt()
  }

  async #send<N extends Call>(
    name: N,
    fields: CallFields<N>,
    { counter, timeoutMs }: { readonly counter: number; readonly timeoutMs: number | undefined },
  ): Promise<Answered<N> | Refusal> {
    const { privateKey, random } = this.#options
    const { seal, uid, url } = this.#row
    assert(privateKey !== undefined, 'only a member signs')
    const caller = name === 'register' ? rawPublicKey(privateKey) : uid
    if (caller === null) return notRegistered(url)
    const call = prepareCall(name, fields, {
      ...{ keyring: this.keyring, privateKey, caller, sealKey: seal, random },
      counter,
      time: this.trackerNow(),
    })
    if (refused(call)) return call
    const answer = await requestBytes({
      ...{ url: `${url}${CALLS[name].path}`, body: call.body },
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
    })
    if (refused(answer)) {
      if (answer.code === 'unreachable') this.#met = false
      return answer
    }
    const hint = answer.status === 200 ? undefined : hintIn(answer)
    if (hint !== undefined) return SIGNED_ALONE.has(hint.code) ? refuse('bad-answer') : hint
    const opened = openAnswer(call, answer.bytes, this.keyring)
    const foreign = refused(opened) && answer.status >= 500 && isForm(opened)
    return foreign ? refusalIn(answer, `the tracker at ${url}`) : opened
  }

  /** Contents whose name contains a text; refusals as call. */
  async catalogue(text: string): Promise<Listed | Refusal> {
    const answer = await this.#get(`/fg/v1/catalogue?q=${encodeURIComponent(text)}`)
    if (refused(answer)) return answer
    return openCatalogue(answer, text, this.keyring, this.trackerNow())
  }

  /** The torrent file of a content, whose cid is checked; the terms in it are not verified here. */
  async torrent(cid: Cid): Promise<ShownTorrent | Refusal> {
    const bytes = await this.#get(`/fg/v1/torrents/${cid}`, METAINFO_MAX_BYTES)
    if (!refused(bytes)) return openTorrentFile(bytes, cid)
    if (bytes.code !== 'unknown-cid') return bytes
    const { name, url } = this.#row
    return refuse('unknown-cid', `${name} (${url}) has no content ${cid}; see floodgate search`)
  }

  /**
   * Fetches the list of revoked certificates when it is due: the tracker named a higher number than
   * ours, or ours is old. Refusals: unreachable, revocations-old, those of the signed string.
   */
  async followRevocations(number = 0, timeoutMs?: number): Promise<Refusal | undefined> {
    const { now } = this.#options
    if (now() < this.#listAfter || !this.revocations.isDue(number)) return undefined
    // A tracker that names a number and gives an older list is not asked with every announce.
    this.#listAfter = now() + RETRY_MAX_MS
    const problem = await this.#fetchRevocations(timeoutMs)
    // Without a list no stranger is served: who was only away is asked again soon.
    if (problem?.code === 'unreachable') this.#listAfter = now() + RETRY_MIN_MS
    if (problem?.code === 'certificate-invalid') {
      return (await this.meet(timeoutMs)) ?? this.#fetchRevocations(timeoutMs)
    }
    return problem
  }

  async #fetchRevocations(timeoutMs: number | undefined): Promise<Refusal | undefined> {
    const path = '/fg/v1/revocations'
    const signed = await this.#get(path, REVOCATIONS_MAX_BYTES, timeoutMs)
    const problem = refused(signed) ? signed : this.revocations.take(signed)
    if (problem === undefined) this.#listAfter = Number.NEGATIVE_INFINITY
    return problem
  }

  async #get(
    path: string,
    maxBytes = API_ANSWER_MAX_BYTES,
    timeoutMs?: number,
  ): Promise<Uint8Array | Refusal> {
    const problem = this.#met ? undefined : await this.meet(timeoutMs)
    if (problem !== undefined) return problem
    const { url } = this.#row
    const answer = await requestBytes({
      ...{ url: `${url}${path}`, maxBytes },
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
    })
    if (refused(answer)) return answer
    return answer.status === 200 ? answer.bytes : refusalIn(answer, `the tracker at ${url}`)
  }
}

/** Keeps what a provider says of itself; its root is pinned the first time and never changes. */
export function pin(
  wallet: Pick<Wallet, 'providers'>,
  greeting: Greeting,
  url: string,
  memberName: string,
): void {
  wallet.providers.put({ ...greeting, url, memberName })
}

/** A member's uid with a provider; fails as no-provider before registration. */
export function uidOf(row: ProviderRow): Uid {
  return must(row.uid ?? notRegistered(row.url))
}
