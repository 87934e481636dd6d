/**
 * The wallet as a visitor sees it: read only and without its key, beside the process that holds the
 * home (WAL lets both work).
 */
import { existsSync } from 'node:fs'
import { Failure, refuse } from '../../../shared/errors.js'
import type { Fingerprint } from '../../../shared/identifier.js'
import { BlacklistBook } from './blacklist.js'
import { ContentBook } from './contents.js'
import { inodeOf, openSql } from './database.js'
import { ProviderBook, type ProviderRow } from './providers.js'
import { SCHEMA_VERSION } from './schema.js'
import { SummaryBook } from './summary.js'

/** What can be looked at. */
export interface WalletView {
  readonly providers: ProviderBook
  readonly contents: ContentBook
  readonly summary: SummaryBook
  readonly blacklist: BlacklistBook
  close(): void
}

/** What a provider says of itself today stays in memory: the wallet belongs to another process. */
class ProvidersSeen extends ProviderBook {
  readonly #seen = new Map<Fingerprint, Omit<ProviderRow, 'uid' | 'certificate'>>()

  override put(row: Omit<ProviderRow, 'uid' | 'certificate'>): void {
    this.#seen.set(row.fingerprint, row)
  }

  override get(fingerprint: Fingerprint): ProviderRow | undefined {
    const row = super.get(fingerprint)
    return row === undefined ? undefined : { ...row, ...this.#seen.get(fingerprint) }
  }
}

/**
 * Opens a wallet to look at, or with `edits` to change its blacklist too; undefined when there is
 * none. Fails as not-readable.
 */
export function viewWallet(path: string, edits = false): WalletView | undefined {
  if (!existsSync(path)) return undefined
  try {
    const db = openSql(path, { readonly: !edits, fileMustExist: true })
    if (edits) db.exec('PRAGMA synchronous = FULL')
    if (db.prepare('PRAGMA user_version').pluck().get() !== SCHEMA_VERSION) {
      throw new Error('it was written by another version')
    }
    return {
      providers: new ProvidersSeen(db, inodeOf(path)),
      contents: new ContentBook(db),
      summary: new SummaryBook(db),
      blacklist: new BlacklistBook(db),
      close: db.close,
    }
  } catch (error) {
    throw new Failure(refuse('not-readable', `${path}: ${(error as Error).message}`))
  }
}
