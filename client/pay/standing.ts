/**
 * With whom we trade: who is on the wallet's blacklist, who comes there by a breach of its own, and
 * what we and such a member still owe each other.
 */
import type { MemberCertificate } from '../../shared/certificate.js'
import { type Code, textOf } from '../../shared/errors.js'
import type { Rid, Uid } from '../../shared/identifier.js'
import { REVOCATIONS_MAX_AGE_MS } from '../../shared/limits.js'
import { encodeMessage, type Message } from '../../shared/wire/messages.js'
import type { Identity } from './handshake.js'
import { offenceOf, type Part, sentenceMs } from './offences.js'
import type { Wallet } from './wallet/wallet.js'

/**
 * How long a connection outlives the certificate that it began under: a trade is not cut because a
 * week is over, and the list names revoked serials as long (D11).
 */
const CONNECTION_LAG_MS = REVOCATIONS_MAX_AGE_MS

/** A breach as the session that saw it tells it. */
export interface Breach {
  readonly code: Code
  readonly part: Part
  /** What the member said; absent for blocks, which nobody signs. */
  readonly message?: Message | undefined
}

/** What a standing is judged by. */
export interface StandingOptions {
  readonly wallet: Wallet
  readonly identity: Pick<Identity, 'signer'>
  /** The tracker's time in milliseconds. */
  readonly trackerNow: () => number
}

/** An entry that was made just now. */
export interface Sentence {
  readonly code: Code
  readonly until: number
}

/** The members of one provider in the eyes of this wallet. */
export class Standing {
  readonly #options: StandingOptions

  constructor(options: StandingOptions) {
    this.#options = options
  }

  get #provider() {
    return this.#options.identity.signer.fingerprint
  }

  /** Whether the blacklist holds a member now. */
  blocks(uid: Uid): boolean {
    const { trackerNow, wallet } = this.#options
    return wallet.blacklist.blocks(this.#provider, uid, trackerNow())
  }

  /** Whether a connection has gone on for too long since this certificate of the peer expired. */
  isOutlived(certificate: MemberCertificate | undefined): boolean {
    const until = (certificate?.notAfterMs ?? Number.POSITIVE_INFINITY) + CONNECTION_LAG_MS
    return this.#options.trackerNow() > until
  }

  /**
   * Puts a member on the blacklist for what it did, if it counts; an entry that holds longer stays.
   *
   * Only for a member whose hello verified, and for what came from it on its own channel.
   */
  blame(uid: Uid, { code, message, part }: Breach): Sentence | undefined {
    const offence = offenceOf(code, part)
    if (offence === undefined) return undefined
    const { trackerNow, wallet } = this.#options
    const { blacklist } = wallet
    const [provider, now] = [this.#provider, trackerNow()]
    const before = blacklist.get(provider, uid)
    const debt = wallet.history(provider).owedBy(uid)
    const until = now + sentenceMs(offence, 1 + (before?.offences ?? 0), debt)
    if (before !== undefined && (before.until ?? Number.POSITIVE_INFINITY) >= until)
      return undefined
    const owing = debt === 0 ? '' : `, and it owed ${debt} ${debt === 1 ? 'piece' : 'pieces'}`
    const reason = `as ${part}: ${textOf(code)}${owing}`
    const evidence = message === undefined ? new Uint8Array(0) : encodeMessage(message)
    const counts = offence !== 'spoilt'
    blacklist.keep({ provider, uid, code, reason, evidence, since: now, until }, counts)
    return { code, until }
  }

  /** Grants of ours under which a member misses a payment, or may. */
  unsettledWith(rids: readonly Rid[], seller: Uid): Rid[] {
    const history = this.#options.wallet.history(this.#provider)
    return rids.filter((rid) => history.unsettled(rid).includes(seller))
  }

  /** Whether the books say that a member owes us, or we owe it under one of these grants. */
  hasDebts(uid: Uid, rids: readonly Rid[]): boolean {
    const owed = this.#options.wallet.history(this.#provider).owedBy(uid)
    return owed > 0 || this.unsettledWith(rids, uid).length > 0
  }

  /** Whether the peer list that a buyer showed under a grant was voided: it gave the grant up. */
  isGivenUp(rid: Rid, buyer: Uid, list: number): boolean {
    return this.#options.wallet.history(this.#provider).listNumber(rid, buyer) > list
  }
}
