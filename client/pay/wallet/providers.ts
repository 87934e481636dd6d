/**
 * Providers a customer is registered with: the pinned root, our uid there, the call counter.
 */
import type { Refusal } from '../../../shared/errors.js'
import type { Fingerprint, Uid } from '../../../shared/identifier.js'
import { tryDatabase } from '../../../shared/thrown.js'
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
  /** The issuing certificate that ours is under; `issuing` is the provider's newest. */
  readonly issuer: Uint8Array | null
  /** Tracker's time minus ours, milliseconds. */
  readonly clockOffset: number
}

const COLUMNS = `fingerprint, url, name, currency, root, issuing, signing, seal, uid,
  member_name AS memberName, certificate, issuer, clock_offset AS clockOffset`

/** A provider's newest list of revoked certificates as it is kept. */
export interface KeptRevocations {
  /** Null before the first one came. */
  readonly signed: Uint8Array | null
  readonly number: number
  readonly time: number
}

/** The providers of this wallet. */
export class ProviderBook {
  readonly #db: Sql
  readonly #inode: string
  /** `inode`: of the wallet's own file. */
  constructor(db: Sql, inode: string) {
    this.#db = db
    this.#inode = inode
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
  put(row: Omit<ProviderRow, 'uid' | 'certificate' | 'issuer'>): void {
    const signer = this.#db.prepare(
      'INSERT OR IGNORE INTO signer (fingerprint, certificate) VALUES (?, ?)',
    )
    signer.run(row.fingerprint, row.signing)
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
  certify(
    fingerprint: Fingerprint,
    uid: Uid,
    { certificate, issuer }: { readonly certificate: Uint8Array; readonly issuer: Uint8Array },
  ): void {
    this.#db
      .prepare('UPDATE provider SET uid = ?, certificate = ?, issuer = ? WHERE fingerprint = ?')
      .run(uid, certificate, issuer, fingerprint)
  }

  /** Every signing certificate that a provider showed. */
  signers(fingerprint: Fingerprint): Uint8Array[] {
    return this.#db
      .prepare('SELECT certificate FROM signer WHERE fingerprint = ?')
      .pluck()
      .all(fingerprint) as Uint8Array[]
  }

  /** The newest list of revoked certificates. */
  revocations(fingerprint: Fingerprint): KeptRevocations {
    return this.#db
      .prepare(
        `SELECT revocations AS signed, revocations_number AS number, revocations_time AS time
         FROM provider WHERE fingerprint = ?`,
      )
      .get(fingerprint) as KeptRevocations
  }

  /** Keeps a list that was verified as newer. */
  keepRevocations(fingerprint: Fingerprint, { signed, number, time }: KeptRevocations): void {
    this.#db
      .prepare(
        `UPDATE provider SET revocations = ?, revocations_number = ?, revocations_time = ?
         WHERE fingerprint = ?`,
      )
      .run(signed, number, time, fingerprint)
  }

  /** Notes that the wallet in this file is the newest, as the tracker has just shown. */
  keepPlace(fingerprint: Fingerprint): void {
    this.#db
      .prepare('UPDATE provider SET inode = ? WHERE fingerprint = ? AND inode IS NOT ?')
      .run(this.#inode, fingerprint, this.#inode)
  }

  /** Whether this wallet lies in another file than it was last proved in: a copy or a backup. */
  isCopy(fingerprint: Fingerprint): boolean {
    const kept = this.#db
      .prepare('SELECT inode FROM provider WHERE fingerprint = ?')
      .pluck()
      .get(fingerprint) as string | null
    return kept !== null && kept !== this.#inode
  }

  /** Notes for good that another copy of this wallet went on. */
  overtake(fingerprint: Fingerprint): void {
    this.#db.prepare('UPDATE provider SET overtaken = 1 WHERE fingerprint = ?').run(fingerprint)
  }

  /** Whether another copy of this wallet went on. */
  isOvertaken(fingerprint: Fingerprint): boolean {
    const text = 'SELECT overtaken FROM provider WHERE fingerprint = ?'
    return this.#db.prepare(text).pluck().get(fingerprint) === 1
  }

  /** The last call counter that was taken. */
  counter(fingerprint: Fingerprint): number {
    return this.#db
      .prepare('SELECT counter FROM provider WHERE fingerprint = ?')
      .pluck()
      .get(fingerprint) as number
  }

  /**
   * The next call counter; durable before the call leaves, so that it is never used twice. Refuses
   * as the disk does.
   */
  nextCounter(fingerprint: Fingerprint): number | Refusal {
    // Read in a statement of its own: of `UPDATE ... RETURNING` better-sqlite3 does not tell when
    // its end, the commit, fails.
    const take = this.#db.transaction(() => {
      const next = 'UPDATE provider SET counter = counter + 1 WHERE fingerprint = ?'
      this.#db.prepare(next).run(fingerprint)
      return this.counter(fingerprint)
    })
    return tryDatabase(take)
  }
}
