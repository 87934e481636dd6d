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

/** Who took a content up: a person, the watched folder, or `earn`. */
export type Origin = 'person' | 'watch' | 'earn'

/** How a content is at work in this home. */
export interface HeldRow {
  readonly origin: Origin
  /** Milliseconds of our own clock. */
  readonly added: number
  readonly paused: boolean
  readonly sequential: boolean
}

/** Files by their index in the torrent's list, and how much each is wanted; undefined for all. */
export type ChosenFiles = ReadonlyMap<number, keyof typeof MARKS> | undefined

/** What follows a file's index in the table. */
const MARKS = { low: '-', normal: '', high: '+' } as const

function wantOf(word: string): keyof typeof MARKS {
  if (word.endsWith(MARKS.low)) return 'low'
  return word.endsWith(MARKS.high) ? 'high' : 'normal'
}

/** Pieces that were whole, and a stamp for each file (engine/stock.ts). */
export interface StockRow {
  readonly pieces: Uint8Array
  readonly stamps: Uint8Array
}

const COLUMNS = 'cid, fingerprint, torrent, folder'

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

  /**
   * Keeps that a content is at work, and with which files: all of it or nothing, and one write to
   * the disk, since a person may have a thousand taken up.
   */
  take(row: ContentRow, held: HeldRow, chosen: ChosenFiles): void {
    const take = this.#db.transaction(() => {
      this.put(row)
      this.hold(row.cid, held)
      this.choose(row.cid, chosen)
    })
    take.immediate()
  }

  /** One content; undefined when the wallet does not hold its torrent. */
  get(cid: Cid): ContentRow | undefined {
    return this.#db.prepare(`SELECT ${COLUMNS} FROM content WHERE cid = ?`).get(cid) as
      | ContentRow
      | undefined
  }

  /** In the order in which they were taken up. */
  all(): ContentRow[] {
    const text = `SELECT ${COLUMNS} FROM content ORDER BY added, cid`
    return this.#db.prepare(text).all() as ContentRow[]
  }

  /** How a content is at work here; undefined when it is only known. */
  held(cid: Cid): HeldRow | undefined {
    const text = `SELECT origin, added, paused, sequential FROM content
      WHERE cid = ? AND origin IS NOT NULL`
    const row = this.#db.prepare(text).get(cid) as
      | { origin: Origin; added: number; paused: number; sequential: number }
      | undefined
    return row && { ...row, paused: row.paused === 1, sequential: row.sequential === 1 }
  }

  /** Keeps that a content is at work; when it was first taken up stays. */
  hold(cid: Cid, { added, origin, paused, sequential }: HeldRow): void {
    const text = `UPDATE content SET origin = ?, added = iif(origin IS NULL, ?, added),
      paused = ?, sequential = ? WHERE cid = ?`
    this.#db.prepare(text).run(origin, added, Number(paused), Number(sequential), cid)
  }

  /** Keeps whether a content rests. */
  pause(cid: Cid, paused: boolean): void {
    this.#db.prepare('UPDATE content SET paused = ? WHERE cid = ?').run(Number(paused), cid)
  }

  /** A content is at work no more; its torrent stays, for the books that name it. */
  drop(cid: Cid): void {
    this.#db.prepare("UPDATE content SET origin = NULL, folder = '' WHERE cid = ?").run(cid)
  }

  /** Whether a content was at work here and a person took it away: it does not come by itself. */
  dropped(cid: Cid): boolean {
    const rows = this.#db.prepare(
      "SELECT 1 FROM content WHERE cid = ? AND origin IS NULL AND folder = '' AND added > 0",
    )
    return rows.get(cid) !== undefined
  }

  /** The files that were chosen, and how much each is wanted; undefined for all. */
  chosen(cid: Cid): ChosenFiles {
    const text = this.#db.prepare('SELECT chosen FROM content WHERE cid = ?').pluck().get(cid)
    if (typeof text !== 'string') return undefined
    const words = text === '' ? [] : text.split(',')
    return new Map(words.map((word) => [Number.parseInt(word, 10), wantOf(word)]))
  }

  /** Keeps which files of a content are wanted. */
  choose(cid: Cid, chosen: ChosenFiles): void {
    const words = [...(chosen ?? [])].map(([index, want]) => `${index}${MARKS[want]}`)
    const text = chosen === undefined ? null : words.join(',')
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
