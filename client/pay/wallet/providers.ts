/**
 * Providers a customer is registered with: the pinned root, our uid there, the call counter.
 */
import type { Fingerprint, Uid } from '../../../shared/identifier.js'
import type { Sql } from './database.js'

/** A provider as it is kept; before the answer to `register` came, uid and certificate are null. */
export interface ProviderRow {
  readonly fingerprint: Fingerprint
  readonly url: string
  readonly name: string
  readonly currency: string
  readonly root: Uint8Array
  readonly issuing: Uint8Array
  readonly signing: Uint8Array
  /** X25519 public key for sealed calls. */
  readonly seal: Uint8Array
  readonly uid: Uid | null
  readonly memberName: string
  readonly certificate: Uint8Array | null
  /** Tracker's time minus ours, milliseconds. */
  readonly clockOffset: number
}

const COLUMNS = `fingerprint, url, name, currency, root, issuing, signing, seal, uid,
  member_name AS memberName, certificate, clock_offset AS clockOffset`

/** The providers of this wallet. */
export class ProviderBook {
  readonly #db: Sql
  constructor(db: Sql) {
    this.#db = db
  }

  all(): ProviderRow[] {
    return this.#db.prepare(`SELECT ${COLUMNS} FROM provider`).all() as ProviderRow[]
  }

  get(fingerprint: Fingerprint): ProviderRow | undefined {
    return this.#db
      .prepare(`SELECT ${COLUMNS} FROM provider WHERE fingerprint = ?`)
      .get(fingerprint) as ProviderRow | undefined
  }

  /** Pins a provider or refreshes what it says of itself; the root never changes. */
  put(row: Omit<ProviderRow, 'uid' | 'certificate'>): void {
    this.#db
      .prepare(
        `INSERT INTO provider (fingerprint, url, name, currency, root, issuing, signing, seal,
           member_name, clock_offset)
         VALUES (@fingerprint, @url, @name, @currency, @root, @issuing, @signing, @seal,
           @memberName, @clockOffset)
         ON CONFLICT DO UPDATE SET url = excluded.url, name = excluded.name,
           currency = excluded.currency, issuing = excluded.issuing, signing = excluded.signing,
           seal = excluded.seal, clock_offset = excluded.clock_offset`,
      )
      .run(row)
  }

  /** Keeps what registration or renewal gave us. */
  certify(fingerprint: Fingerprint, uid: Uid, certificate: Uint8Array): void {
    this.#db
      .prepare('UPDATE provider SET uid = ?, certificate = ? WHERE fingerprint = ?')
      .run(uid, certificate, fingerprint)
  }

  /** The next call counter; durable before the call leaves, so that it is never used twice. */
  nextCounter(fingerprint: Fingerprint): number {
    return this.#db
      .prepare('UPDATE provider SET counter = counter + 1 WHERE fingerprint = ? RETURNING counter')
      .pluck()
      .get(fingerprint) as number
  }
}
