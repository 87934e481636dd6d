/** A world for tests of screens: rows at plain values, and texts that others may send. */
import type { LocalCall } from '../client/local/calls.js'
import type { Account, BlacklistRow, CaseRow, HistoryRow } from '../client/local/rows.js'
import { cellsOf } from '../client/ui/cells.js'
import { type Line, lineCells, paint } from '../client/ui/paint.js'
import type { Picture, Size } from '../client/ui/screen.js'
import { needKey, type World } from '../client/ui/world.js'
import type { Cid, Fingerprint, Uid } from '../shared/identifier.js'

export const NOW = Date.parse('2026-11-21T14:00:00Z')
export const PROVIDER = 'ab'.repeat(32) as Fingerprint
export const MEMBER = '0123456789abcdef'.repeat(2) as Uid
export const CONTENT = 'cd'.repeat(20) as Cid

/** What calls answered in a world, by name and request. */
export type Answers = ReadonlyMap<string, unknown>

/** A world in which these accounts are there and these calls were answered. */
export function worldOf(accounts: readonly Account[], answers: Answers = new Map()): World {
  return {
    now: NOW,
    link: { state: 'attached', own: true },
    transfers: new Map(),
    accounts: new Map(accounts.map((account) => [account.provider, account])),
    log: [],
    rates: [],
    revision: 0,
    read: (call: LocalCall, request: never) => {
      const value = answers.get(needKey(call, request))
      return value === undefined ? {} : ({ value } as never)
    },
  }
}

export const ACCOUNT: Account = {
  ...{ provider: PROVIDER, name: 'Provider', url: 'http://127.0.0.1:6969', currency: 'EUR' },
  ...{ uid: MEMBER, spendable: 8_000_000n, escrow: 1_760_000n, pending: 120_000n },
  ...{ spent: 2_000_000n, earned: 320_000n, unclaimed: 40_000n, unsigned: 20_000n },
  ...{ exposed: 30_000n, maturing: [], spentToday: 2_000_000n, agrees: true, asked: NOW },
}

export const POSTING: HistoryRow = {
  ...{ at: NOW - 60_000, what: 'bought', cid: CONTENT, name: 'sintel.mp4' },
  ...{ uid: MEMBER, amount: -2_000_000n },
}

export const ENTRY: BlacklistRow = {
  ...{ provider: PROVIDER, uid: MEMBER, code: 'bad-signature', why: 'a false signature' },
  ...{ evidence: 'its message "request", 312 bytes', since: NOW - 3_600_000 },
  ...{ until: NOW + 6 * 3_600_000, owed: 2, offences: 3 },
}

export const CASE: CaseRow = {
  ...{ provider: PROVIDER, number: 7, kind: 'unpaid', role: 'accused', other: MEMBER },
  ...{ cid: CONTENT, name: 'sintel.mp4', state: 'open', opened: NOW - 60_000, pieces: 3 },
  ...{ line: 'case 7 says that you owe somebody for 3 pieces', amount: 30_000n },
  ...{ asked: 'answer before 2026-11-22 14:00 UTC', deadline: NOW + 86_400_000 },
}

/** The text of a line, as it reaches a terminal without colours. */
export function textOf(line: Line, columns = 1000): string {
  return paint(line, columns)
}

/** The whole picture as text. */
export function shownOf({ lines }: Picture<string>, columns = 1000): string {
  return lines.map((line) => textOf(line, columns)).join('\n')
}

/** What is wrong with a picture of a size: lines that are too wide, too many, places outside. */
export function faultsOf({ lines, places = [] }: Picture<string>, size: Size): string[] {
  const wide = lines.filter((line) => lineCells(line) > size.columns)
  const outside = places.filter(
    ({ from, row, to }) => row >= size.rows || row < 0 || from < 0 || to > size.columns,
  )
  return [
    ...(lines.length > size.rows ? [`${lines.length} lines in ${size.rows} rows`] : []),
    ...wide.map((line) => `${lineCells(line)} of ${size.columns} cells: ${textOf(line)}`),
    ...outside.map((place) => `outside: ${JSON.stringify(place)}`),
    ...lines.flatMap((line) => {
      const painted = textOf(line, size.columns)
      return cellsOf(painted) > size.columns ? [`painted too wide: ${painted}`] : []
    }),
  ]
}

/** Texts that others may send: escapes, tags, wide characters, marks, nothing, much. */
export const EVIL = [
  '',
  'plain.mp4',
  '\u001b]52;c;aGk=\u0007\u001b[2Jx',
  '{bold}{red-fg}tags{/}',
  '電影電影電影電影電影電影電影電影.mkv',
  'e\u0301'.repeat(40),
  '\u202egpj.exe',
  '👩‍👩‍👧‍👦 family 🎬🎬🎬',
  'long '.repeat(60),
  'x'.repeat(300),
  '\n\r\t\u0000',
]
