/**
 * `cases`: one's own cases at the desks of one's providers: how they stand, what is answered, and
 * what was judged from what (design D9, D12).
 */
import { writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { CASE_FILE_MAX_BYTES, CASE_REASON_MAX_BYTES } from '../../shared/case-limits.js'
import type { CaseEntry } from '../../shared/cases.js'
import { byWord, fail, type Input, stringOption, type Verb, visible } from '../../shared/command.js'
import { must, refused } from '../../shared/errors.js'
import { readCaseFile } from '../../shared/mediation/case-file.js'
import { judge } from '../../shared/mediation/rules.js'
import type { Verdict } from '../../shared/mediation/verdict.js'
import {
  type Context,
  type Customer,
  certified,
  chooseProviders,
  TRACKER_OPTION,
} from '../customer.js'
import { readWhole } from '../home-files.js'
import { type AnswerKind, accusationIn, type CaseDesk, type Defence } from '../pay/case-desk.js'
import type { Provider } from '../pay/provider.js'
import { officesOf } from '../trade/offices.js'
import { acting, actingOn } from './acting.js'
import { tellCase, tellSeen } from './case-reports.js'

function deskOf(customer: Customer, provider: Provider): CaseDesk {
  return officesOf(customer).desk(provider, false)
}

async function list(customer: Customer, input: Input) {
  let count = 0
  for (const provider of must(chooseProviders(customer, input.values))) {
    const seen = must(await deskOf(customer, provider).look())
    for (const each of seen) tellSeen(input.report, each)
    count += seen.length
  }
  if (count === 0) input.report.line('no cases')
  return { cases: count }
}

interface Found {
  readonly provider: Provider
  readonly entry: CaseEntry
  readonly file: Uint8Array | undefined
}

const WHICH = 'name a case by its number: floodgate cases list'

function numberOf(text: string): number {
  return /^[1-9]\d{0,14}$/.test(text) ? Number(text) : fail('usage', WHICH)
}

/** A case by its number, with its file as far as it has one; numbers are each provider's own. */
async function find(customer: Customer, { values }: Input, number: number): Promise<Found> {
  const found: Found[] = []
  for (const provider of must(chooseProviders(customer, values))) {
    const judged = await provider.call('cases', { file: number })
    // A case that still waits has no file.
    const waits = refused(judged) && judged.code === 'unknown-case'
    const { cases, file } = must(waits ? await provider.call('cases', {}) : judged).body
    const entry = cases.find((each) => each.number === number)
    if (entry !== undefined) found.push({ provider, entry, file })
  }
  const [only] = found
  if (only === undefined) return fail('unknown-case', `no case of yours has the number ${number}`)
  if (found.length === 1) return only
  return fail('usage', `several providers have a case ${number} of yours: say which by --tracker`)
}

/** Judges a case file here and tells what comes out, and of what it was made. */
function replay({ report }: Input, bytes: Uint8Array, { row }: Provider, { schemes }: Customer) {
  const { facts } = must(readCaseFile(bytes, row.fingerprint))
  const verdict: Verdict = must(judge(bytes, { fingerprint: row.fingerprint, schemes }))
  const { accused, kind, number, plaintiff } = facts
  report.line(`case ${number}: ${visible(kind)}, ${plaintiff} against ${accused}`)
  report.line(`judged here: ${verdict.outcome}, ${verdict.state}: ${visible(verdict.reason)}`)
  return { number, kind, plaintiff, accused, verdict }
}

async function show(customer: Customer, input: Input, number: number) {
  const { entry, file, provider } = await find(customer, input, number)
  tellCase(input.report, entry)
  const out = stringOption(input.values, 'out')
  if (file === undefined) {
    if (out !== undefined) fail('usage', `case ${entry.number} has no file; it is no complaint`)
    return { case: entry }
  }
  if (out !== undefined) {
    writeFileSync(resolve(customer.folder, out), file, { mode: 0o600 })
    input.report.line(`the case file is ${out}: ${file.length} bytes`)
  }
  return { case: entry, replayed: replay(input, file, provider, customer) }
}

/** A case file, and what a person called it. */
interface Replayed {
  readonly bytes: Uint8Array
  readonly path: string
}

function replayedOf(path: string, _input: Input, { folder }: Context): Replayed {
  return { bytes: must(readWhole(resolve(folder, path), CASE_FILE_MAX_BYTES)), path }
}

async function replayFile(customer: Customer, input: Input, { bytes, path }: Replayed) {
  for (const provider of must(chooseProviders(customer, input.values))) {
    const file = readCaseFile(bytes, provider.row.fingerprint)
    if (refused(file) && file.code === 'wrong-provider') continue
    if (refused(file)) fail(file.code, `${visible(path)} is no valid case file: ${file.message}`)
    return replay(input, bytes, provider, customer)
  }
  return fail('wrong-provider', `${visible(path)} is of a provider that this home does not know`)
}

const KINDS: readonly AnswerKind[] = ['receipt', 'payment', 'denial']

function wantedKind({ values }: Input): AnswerKind | undefined {
  const given = stringOption(values, 'with')
  const kind = KINDS.find((each) => each === given)
  if (given === undefined || kind !== undefined) return kind
  return fail('usage', `--with is one of ${KINDS.join(', ')}`)
}

/** What is said: the best that the books show, or a denial where the person says so. */
function chosenDefence(defence: Defence, wanted: AnswerKind | undefined): Defence {
  if (wanted === 'denial') return { ...defence, kind: 'denial' }
  if (defence.kind !== 'denial' && (wanted ?? defence.kind) === defence.kind) return defence
  if (wanted === 'payment' && defence.kind === 'receipt') return { ...defence, kind: 'payment' }
  const what = wanted ?? 'receipt or payment'
  return fail(
    'not-covered',
    `this wallet holds no ${what} for every piece of the case; floodgate get pays what is on ` +
      'the disk and not paid, --with denial denies it: no money moves, and both get a mark',
  )
}

/** What a person wants to answer, as it was said. */
interface Answer {
  readonly number: number
  readonly wanted: AnswerKind | undefined
  readonly reason: string
}

function answerOf(text: string, input: Input): Answer {
  const wanted = wantedKind(input)
  const reason = stringOption(input.values, 'reason') ?? ''
  if (Buffer.byteLength(reason) > CASE_REASON_MAX_BYTES) {
    fail('usage', `--reason takes at most ${CASE_REASON_MAX_BYTES} bytes`)
  }
  return { number: numberOf(text), wanted, reason }
}

async function answer(customer: Customer, input: Input, { number, reason, wanted }: Answer) {
  const { entry, provider } = await find(customer, input, number)
  const accusation = accusationIn(entry)
  if (accusation === undefined) {
    return fail('case-decided', `case ${entry.number} is no complaint that waits for your answer`)
  }
  await certified(customer, provider)
  const desk = deskOf(customer, provider)
  const defence = chosenDefence(desk.defend(accusation, entry.cid), wanted)
  const said = must(await desk.respond(entry.number, defence, reason))
  tellSeen(input.report, { entry: said, answered: defence.kind })
  return { case: said, answered: defence.kind }
}

export const cases: Verb<Context> = {
  name: 'cases',
  summary: 'your own cases at the desks of your providers: list, show, answer, judge again',
  usage:
    '[list] | show NUMBER [--out FILE] | answer NUMBER [--with WHAT] [--reason TEXT] | ' +
    'replay FILE',
  options: {
    with: {
      type: 'string',
      value: 'WHAT',
      choices: KINDS,
      help: 'receipt, payment or denial; without it what your wallet can show',
    },
    reason: { type: 'string', value: 'TEXT', help: 'what you have to say beside your answer' },
    out: { type: 'string', value: 'FILE', help: 'where show writes the case file' },
    ...TRACKER_OPTION,
  },
  examples: [
    '',
    'show 7 --out case-7.file',
    "answer 7 --with denial --reason 'nothing came'",
    'replay case-7.file',
  ],
  run: byWord(
    {
      list: acting(list),
      show: actingOn(numberOf, show),
      answer: actingOn(answerOf, answer),
      replay: actingOn(replayedOf, replayFile),
    },
    'list',
  ),
}
