/**
 * The tables of docs/PROTOCOL.md that are written from code: codes and limits.
 */

import * as ofCases from '../../shared/case-limits.js'
import { CODES, faultOf, textOf } from '../../shared/errors.js'
import * as common from '../../shared/limits.js'
import * as ofMoney from '../../shared/money-limits.js'
import * as ofTracker from '../../shared/tracker-limits.js'
import { statusOf } from '../../tracker/http/status.js'

const limits = { ...common, ...ofCases, ...ofMoney, ...ofTracker }

/** Limits that two implementations must share, in the document's order. */
const SHARED = [
  'METAINFO_MAX_BYTES',
  'BENCODE_MAX_DEPTH',
  'BENCODE_MAX_VALUES_COUNT',
  'PIECES_MAX_COUNT',
  'FILES_MAX_COUNT',
  'FOLDERS_MAX_COUNT',
  'FREE_PIECE_MIN_BYTES',
  'PIECE_MAX_BYTES',
  'PAID_PIECES_MAX_COUNT',
  'NAME_MAX_BYTES',
  'PATH_MAX_BYTES',
  'BLOCK_MAX_BYTES',
  'FRAME_MAX_BYTES',
  'EXTENSION_MAX_BYTES',
  'MESSAGE_MAX_BYTES',
  'WINDOW_MAX_PIECES',
  'RUN_MAX_PIECES',
  'OPEN_REQUESTS_MAX_COUNT',
  'TRIES_MAX_COUNT',
  'JUNK_PIECES_MAX_COUNT',
  'RUN_CLOSE_MS',
  'REFUSAL_PAUSE_MS',
  'REQUEST_TIMEOUT_MS',
  'PAYMENT_DUE_MS',
  'STRANGERS_MAX_PIECES',
  'UNPAID_COUNTED_MS',
  'STRANGER_WITHDRAWN_MS',
  'PEER_LIST_MAX_AGE_MS',
  'PEER_LIST_MAX_COUNT',
  'PAGE_HASHES_COUNT',
  'SUPPLEMENT_PIECES_MAX_COUNT',
  'STATE_PAYMENTS_MAX_COUNT',
  'HELD_MESSAGES_MAX_COUNT',
  'COUNTER_MAX',
  'API_BODY_MAX_BYTES',
  'CALL_BODY_MAX_BYTES',
  'API_ANSWER_MAX_BYTES',
  'CLOCK_SKEW_MAX_MS',
  'CERTIFICATE_MAX_BYTES',
  'CERTIFICATE_LIFE_MS',
  'CERTIFICATE_RENEW_MS',
  'CERTIFICATE_SKEW_MS',
  'MEMBER_NAME_MAX_BYTES',
  'CATALOGUE_MAX_COUNT',
  'CATALOGUE_QUERY_MAX_BYTES',
  'CLAIM_GRANTS_MAX_COUNT',
  'CLAIM_MAX_BYTES',
  'CLAIMED_PIECES_MAX_COUNT',
  'CLAIM_OTHERS_MAX_COUNT',
  'BUNDLE_MAX_BYTES',
  'CASE_FILE_MAX_BYTES',
  'COMPLAINTS_MAX_COUNT',
  'FALSE_COMPLAINTS_COUNT',
  'LETTER_MAX_BYTES',
  'PAYOUTS_WAITING_MAX_COUNT',
  'POSTINGS_PAGE_COUNT',
  'NAMED_SELLERS_MIN_COUNT',
  'ANNOUNCE_EXPIRY_MS',
  'REVOCATIONS_MAX_COUNT',
  'REVOCATIONS_MAX_BYTES',
  'REVOCATIONS_MAX_AGE_MS',
  'PLAIN_WANTED_COUNT',
  'PLAIN_WANTED_MAX_COUNT',
  'PLAIN_EXPIRY_MS',
  'SCRAPE_MAX_COUNT',
] as const satisfies readonly (keyof typeof limits)[]

const VALUES: Readonly<Record<string, number>> = limits

const codeTable = (): string =>
  [
    '| code | fault | status | what is wrong |',
    '| --- | --- | --- | --- |',
    ...CODES.map(
      (code) => `| \`${code}\` | ${faultOf(code)} | ${statusOf(code)} | ${textOf(code)} |`,
    ),
  ].join('\n')

const limitTable = (): string =>
  [
    '| limit | value |',
    '| --- | --- |',
    ...SHARED.map((name) => `| \`${name}\` | ${VALUES[name]} |`),
  ].join('\n')

/** The document with its tables as code has them now. */
export function withTables(document: string): string {
  const put = (text: string, name: string, table: string): string => {
    const [start, end] = [
      `<!-- ${name}: written by test/vectors/generate.ts -->`,
      `<!-- /${name} -->`,
    ]
    const [from, to] = [text.indexOf(start), text.indexOf(end)]
    if (from < 0 || to < from) throw new Error(`no place for the table of ${name}`)
    return `${text.slice(0, from + start.length)}\n${table}\n${text.slice(to)}`
  }
  return put(put(document, 'codes', codeTable()), 'limits', limitTable())
}
