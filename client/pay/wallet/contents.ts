/** Which contents there are, where their files lie, and how those were last found. */
import type { Cid, Fingerprint } from '../../../shared/identifier.js'
import type { Sql } from './database.js'

/** A content that this client has or gets: its torrent and the folder of its files. */
export interface ContentRow {
  readonly cid: Cid
  /** Null for a free torrent. */
  readonly fingerprint: Fingerprint | null
  readonly torrent: Uint8Array
  /** Empty until one is chosen. */
  readonly folder: string
}

/** Pieces that were whole, and a stamp for each file (engine/stock.ts). */
export interface StockRow {
  readonly pieces: Uint8Array
  readonly stamps: Uint8Array
}

/** Contents of this wallet; nothing here is secret. */
export class ContentBook {
  readonly #db: Sql
  constructor(db: Sql) {
    this.#db = db
  }

  put(row: ContentRow): void {
    this.#db
      .prepare(
        `INSERT INTO content (cid, fingerprint, torrent, folder)
         VALUES (@cid, @fingerprint, @torrent, @folder)
         ON CONFLICT DO UPDATE SET folder = excluded.folder, torrent = excluded.torrent`,
      )
      .run(row)
  }

  /** One content; undefined when the wallet does not hold its torrent. */
  get(cid: Cid): ContentRow | undefined {
    return this.#db.prepare('SELECT * FROM content WHERE cid = ?').get(cid) as
      | ContentRow
      | undefined
  }

  all(): ContentRow[] {
    return this.#db.prepare('SELECT * FROM content').all() as ContentRow[]
  }

  /** Indexes of the files that were chosen; undefined for all. */
  chosen(cid: Cid): ReadonlySet<number> | undefined {
    const text = this.#db.prepare('SELECT chosen FROM content WHERE cid = ?').pluck().get(cid)
    return typeof text === 'string' ? new Set(text.split(',').map(Number)) : undefined
  }

  /** Keeps which files of a content are wanted. */
  choose(cid: Cid, chosen: ReadonlySet<number> | undefined): void {
    const text = chosen === undefined ? null : [...chosen].join(',')
    this.#db.prepare('UPDATE content SET chosen = ? WHERE cid = ?').run(text, cid)
  }

  /** What was known of a content in a folder. */
  stock(cid: Cid, folder: string): StockRow | undefined {
    return this.#db
      .prepare('SELECT pieces, stamps FROM stock WHERE cid = ? AND folder = ?')
      .get(cid, folder) as StockRow | undefined
  }

  putStock(cid: Cid, folder: string, { pieces, stamps }: StockRow): void {
    this.#db
      .prepare('INSERT OR REPLACE INTO stock (cid, folder, pieces, stamps) VALUES (?, ?, ?, ?)')
      .run(cid, folder, pieces, stamps)
  }
}
