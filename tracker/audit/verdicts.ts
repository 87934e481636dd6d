/**
 * Whether the verdicts in the database are those that their case files give (design D12): each is
 * judged again from the file alone, and the row must say what the verdict says. Plain SQL, like all
 * of the auditor; the published rules are passed in.
 */
import { type Bencoded, dictionary } from './bencoded.js'
import type { Books } from './books.js'
import { said } from './tokens.js'

type Expect = (holds: boolean, problem: string) => void

/** Judges a case file by the published rules: the verdict's bytes, or why there is none. */
export type Judge = (file: Uint8Array) => Uint8Array | string

interface Case {
  readonly id: bigint
  readonly kind: string
  readonly state: string
  readonly evidence: Buffer
  readonly answer: Buffer | null
  readonly file: Buffer | null
  readonly verdict: Buffer | null
  readonly outcome: string | null
  readonly markPlaintiff: bigint
  readonly markAccused: bigint
  readonly plaintiff: string
  readonly accused: string | null
  readonly rid: string
  /** What the trail says last. */
  readonly ended: string | null
}

const CASES = `SELECT c.id, c.kind, c.state, c.evidence, c.answer, c.file, c.verdict, c.outcome,
    c.mark_plaintiff AS markPlaintiff, c.mark_accused AS markAccused,
    p.uid AS plaintiff, a.uid AS accused, g.rid,
    (SELECT what FROM case_events e WHERE e.case_id = c.id ORDER BY line DESC LIMIT 1) AS ended
  FROM cases c JOIN grants g ON g.id = c.grant_id JOIN members p ON p.id = c.plaintiff
  LEFT JOIN members a ON a.id = c.accused ORDER BY c.id`

const hex = (value: Bencoded | undefined): string => (value as Buffer).toString('hex')

/** Whether two byte strings are the same, or neither is there. */
function same(one: Bencoded | null | undefined, other: Buffer | null): boolean {
  if (other === null) return one === undefined || one === null
  return Buffer.isBuffer(one) && one.equals(other)
}

/** Whether a file is of the case that it stands with. */
function checkFile(row: Case, file: Buffer, expect: Expect): void {
  const { accused, answer, evidence, id, kind, plaintiff, rid } = row
  const held = dictionary(file)
  const facts = dictionary(said(held.get('facts') as Buffer).payload)
  const parties = ['plaintiff', 'accused', 'rid'].map((key) => hex(facts.get(key)))
  const fits =
    `${parties}` === `${[plaintiff, accused, rid]}` &&
    String(facts.get('kind')) === kind &&
    same(held.get('evidence'), evidence) &&
    same(held.get('answer'), answer)
  expect(fits, `case ${id}: its file is of another case`)
}

/** Judges a case again, and compares what the row says with what the verdict does. */
function checkVerdict(row: Case, judge: Judge, expect: Expect): void {
  const { file, id, markAccused, markPlaintiff, outcome, verdict } = row
  if (verdict === null || file === null) {
    const none = verdict === null && file === null && outcome === null
    expect(none && markAccused + markPlaintiff === 0n, `case ${id}: a verdict without its file`)
    return
  }
  checkFile(row, file, expect)
  const again = judge(file)
  const why = typeof again === 'string' ? `: ${again}` : ''
  const agrees = typeof again !== 'string' && verdict.equals(again)
  expect(agrees, `case ${id}: its file gives another verdict than stands there${why}`)
  const told = dictionary(verdict)
  const marks = [told.get('markPlaintiff'), told.get('markAccused')]
  const acted =
    String(told.get('outcome')) === outcome && `${marks}` === `${[markPlaintiff, markAccused]}`
  expect(acted, `case ${id}: its row says otherwise than its verdict`)
}

/** Checks all cases; gives what was checked in words. */
export function checkVerdicts(database: Books, judge: Judge, expect: Expect): string {
  const cases = database.prepare(CASES).all() as Case[]
  for (const row of cases) {
    const { ended, id, state } = row
    expect(state === ended, `case ${id}: it is ${state}, its trail ends as ${ended}`)
    checkVerdict(row, judge, expect)
  }
  const verdicts = cases.filter(({ verdict }) => verdict !== null).length
  const ends = `${cases.length} cases are where their trails end`
  return `${ends}, and ${verdicts} verdicts follow from their files`
}
