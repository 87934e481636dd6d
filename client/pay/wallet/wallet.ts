/**
 * The wallet: one SQLite file that holds everything a crash must not lose.
 *
 * WAL with synchronous=FULL, set on every open because SQLite's WAL mode forgets it (design §6).
 * The file is 0600, and what opens money is sealed value by value (sealing.ts). Saves of the
 * exchanges are written by a thread (`commit`, D13); reads and the few other writes (purchases,
 * claims, call counters) use the connection of the main thread, each writer waiting its turn. So
 * the books lag behind what was given to `commit`; who needs them as the exchanges left them looks
 * through the outbox.
 */
import { chmodSync, existsSync } from 'node:fs'
import { fromText } from '../../../shared/bytes.js'
import { refusalOf } from '../../../shared/command.js'
import { assert, Failure, type Refusal, refuse } from '../../../shared/errors.js'
import { Debtors } from '../../../shared/exchange/debtors.js'
import type { Effect } from '../../../shared/exchange/exchange.js'
import type { Fingerprint } from '../../../shared/identifier.js'
import { BlacklistBook } from './blacklist.js'
import { CaseBook } from './cases.js'
import { ClaimBook } from './claims.js'
import { ContentBook } from './contents.js'
import { BOUND_CACHE, inodeOf, openSql, type Sql } from './database.js'
import { EarnBook } from './earn.js'
import { EarningsBook } from './earnings.js'
import { EvidenceBook } from './evidence.js'
import { GrantBook } from './grants.js'
import { HistoryBook } from './history.js'
import { LetterBook } from './letters.js'
import { PayoutBook } from './payouts.js'
import { ProviderBook } from './providers.js'
import { RefundBook } from './refunds.js'
import { SCHEMA, SCHEMA_VERSION } from './schema.js'
import { EARN_SCHEMA } from './schema-earn.js'
import { createSealing, type Sealing } from './sealing.js'
import { SummaryBook } from './summary.js'
import { WalletWriter } from './writer.js'

/** A clock of the process that nobody sets. */
const STEADY = (): number => performance.now()
/** What the proof row seals: that it opens shows the wallet's own key. */
const PROOF = fromText('floodgate wallet')

/** One saved effect of an exchange. */
export type SaveEffect = Extract<Effect, { do: 'save' }>

/** The open wallet, by theme. */
export interface Wallet {
  readonly providers: ProviderBook
  readonly grants: GrantBook
  /** Exchanges under one provider's grants. */
  history(provider: Fingerprint): HistoryBook
  /** What can be proved under one provider. */
  evidence(provider: Fingerprint): EvidenceBook
  /**
   * Where buyers stand with us under one provider's grants: the same for all who ask, and kept up
   * by them, since the books lag behind.
   */
  debtors(provider: Fingerprint): Debtors
  readonly letters: LetterBook
  readonly cases: CaseBook
  readonly claims: ClaimBook
  readonly contents: ContentBook
  readonly summary: SummaryBook
  readonly blacklist: BlacklistBook
  readonly refunds: RefundBook
  readonly earn: EarnBook
  readonly payouts: PayoutBook
  readonly earnings: EarningsBook
  /**
   * Writes saves about one provider's grants in order, all or none; durable when it resolves.
   * Rejects as WalletWriter.write.
   */
  commit(provider: Fingerprint, saves: readonly SaveEffect[]): Promise<void>
  /** What keeps saves from being written since one of them failed; `renew` is the way on. */
  readonly broken: Refusal | undefined
  /**
   * Takes saves again after one has failed. Whatever was told of saves that are lost must have
   * ended before: no trade is at work, and each begins anew from the books as they are.
   */
  renew(): Promise<void>
  /** The SQLite file as of this moment; its secrets stay sealed. */
  image(): Uint8Array
  /** Closes the wallet once every save that was given to it is written. */
  close(): Promise<void>
}

/**
 * Opens or makes the wallet at `path` under its key of 32 bytes. Fails as not-writable when the
 * folder does not allow it, as not-readable when the wallet is another version's or another key's.
 */
export function openWallet(path: string, key: Uint8Array): Wallet {
  const sealing = createSealing(key)
  const db = openDatabase(path, sealing)
  let writer = new WalletWriter({ path, key })
  const history = (provider: Fingerprint) => new HistoryBook(db, sealing, provider)
  const debtors = new Map<Fingerprint, Debtors>()
  const blacklist = new BlacklistBook(db)
  return {
    providers: new ProviderBook(db, inodeOf(path)),
    grants: new GrantBook(db, sealing),
    evidence: (provider) => new EvidenceBook(db, provider),
    history,
    debtors: (provider) => {
      const known = debtors.get(provider) ?? new Debtors(history(provider).debtors(), STEADY)
      debtors.set(provider, known)
      return known
    },
    letters: new LetterBook(db),
    cases: new CaseBook(db),
    claims: new ClaimBook(db, sealing),
    contents: new ContentBook(db),
    summary: new SummaryBook(db),
    blacklist,
    refunds: new RefundBook(db),
    earn: new EarnBook(db),
    payouts: new PayoutBook(db),
    earnings: new EarningsBook(db),
    commit: (provider, saves) => writer.write({ provider, saves }),
    get broken() {
      return writer.failure && refusalOf(writer.failure)
    },
    renew: async () => {
      await writer.close()
      debtors.clear()
      writer = new WalletWriter({ path, key })
    },
    image: () => db.image(),
    close: async () => {
      await writer.close()
      blacklist.flush()
      db.close()
    },
  }
}

function openDatabase(path: string, sealing: Sealing): Sql {
  const fresh = !existsSync(path)
  let db: Sql
  try {
    db = openSql(path)
    if (fresh) chmodSync(path, 0o600)
    db.exec('PRAGMA journal_mode = WAL')
    db.exec('PRAGMA synchronous = FULL')
    db.exec(BOUND_CACHE)
  } catch (error) {
    throw new Failure(refuse('not-writable', `${path}: ${(error as Error).message}`))
  }
  const version = db.prepare('PRAGMA user_version').pluck().get()
  if (version === 0) {
    const create = db.transaction(() => {
      db.exec(SCHEMA)
      db.exec(EARN_SCHEMA)
      db.prepare('INSERT INTO proof (id, sealed) VALUES (1, ?)').run(sealing.seal(['proof'], PROOF))
      db.exec(`PRAGMA user_version = ${SCHEMA_VERSION}`)
    })
    create.immediate()
  } else if (version !== SCHEMA_VERSION) {
    throw new Failure(refuse('not-readable', `${path} was written by another version`))
  }
  checkKey(db, path, sealing)
  const synchronous = db.prepare('PRAGMA synchronous').pluck().get()
  assert(synchronous === 2, 'the wallet must be synchronous=FULL')
  return db
}

/** Tells a wallet of another identity before anything is read from it or written to it. */
function checkKey(db: Sql, path: string, sealing: Sealing): void {
  const sealed = db.prepare('SELECT sealed FROM proof').pluck().get() as Uint8Array
  try {
    sealing.open(['proof'], sealed)
  } catch {
    const text = `${path} belongs to another identity than the one beside it; put back its own`
    throw new Failure(refuse('not-readable', text))
  }
}
