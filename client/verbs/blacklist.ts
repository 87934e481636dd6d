/** `blacklist`: members that this customer does not trade with; works beside a running seed too. */
import {
  byWord,
  fail,
  type Input,
  type Report,
  stringOption,
  type Verb,
  visible,
} from '../../shared/command.js'
import { must, refused, textOf } from '../../shared/errors.js'
import { parseUid, type Uid } from '../../shared/identifier.js'
import { BLACKLIST_REASON_MAX_BYTES } from '../../shared/limits.js'
import { decodeMessage } from '../../shared/wire/messages.js'
import { formatMoment } from '../../shared/words.js'
import { durationOption } from '../config.js'
import {
  asVisitor,
  type Context,
  chooseProviders,
  describe,
  TRACKER_OPTION,
  type Visitor,
} from '../customer.js'
import type { Provider } from '../pay/provider.js'
import type { BlacklistEntry } from '../pay/wallet/blacklist.js'
import { formatOffences } from '../ui/format.js'
import { formatRecords } from '../ui/table.js'

const NOTHING = new Uint8Array(0)

/** An entry, and whether it holds. */
interface Shown extends BlacklistEntry {
  readonly holds: boolean
}

function shown(entry: BlacklistEntry, provider: Provider): Shown {
  return { ...entry, holds: entry.until === null || entry.until > provider.trackerNow() }
}

function untilText({ holds, until }: Shown): string {
  if (until === null) return 'until it is lifted'
  return `${holds ? '' : 'over since '}${formatMoment(until)}`
}

function eventOf({ evidence, ...entry }: Shown) {
  return { ...entry, evidence: Buffer.from(evidence).toString('hex') }
}

/** The provider under which a uid is meant: --tracker, the only one, or the one it was met with. */
function providerFor(visitor: Visitor, { values }: Input, uid: Uid): Provider {
  const chosen = must(chooseProviders(visitor, values))
  const met = new Set(visitor.wallet.blacklist.providersOf(uid))
  const near = chosen.length === 1 ? chosen : chosen.filter(({ row }) => met.has(row.fingerprint))
  if (near.length === 1 && near[0] !== undefined) return near[0]
  const known = chosen.map(({ row }) => describe(row)).join('; ')
  return fail('usage', `whose member is ${uid}? say it with --tracker: ${known}`)
}

function list(visitor: Visitor, { report, values }: Input) {
  const entries = must(chooseProviders(visitor, values)).flatMap((provider) => {
    const all = visitor.wallet.blacklist.of(provider.row.fingerprint)
    return all.map((entry) => shown(entry, provider)).filter(({ holds }) => values.all || holds)
  })
  for (const entry of entries) report.event({ event: 'entry', ...eventOf(entry) })
  const records = entries.map((entry) => ({
    row: [entry.uid, entry.code, untilText(entry), String(entry.offences)],
    below: `since ${formatMoment(entry.since)}${entry.reason && `: ${visible(entry.reason)}`}`,
  }))
  const head = ['UID', 'CODE', 'UNTIL', 'TIMES']
  if (records.length === 0) report.line('the blacklist is empty')
  const form = { right: [3], gives: 1 }
  for (const line of formatRecords(head, records, form)) report.line(line)
  return { entries: entries.length }
}

function explain(visitor: Visitor, input: Input, uid: Uid) {
  const provider = providerFor(visitor, input, uid)
  const { fingerprint } = provider.row
  const entry = visitor.wallet.blacklist.get(fingerprint, uid)
  if (entry === undefined) return fail('unknown-member', `${uid} is not on the blacklist`)
  const known = shown(entry, provider)
  const owing = visitor.wallet.summary.unsettledWith(fingerprint, uid)
  const lines = {
    member: uid,
    of: describe(provider.row),
    why: known.reason === '' ? textOf(known.code) : visible(known.reason),
    code: known.code,
    evidence: evidenceText(known.evidence),
    since: formatMoment(known.since),
    until: untilText(known),
    times: formatOffences(known.code, known.offences),
    effect: known.holds ? EFFECT : 'none: its time is over, only the number of times is kept',
    'we owe': owing === 0 ? 'nothing' : `payments under ${owing} grants; they are still delivered`,
    ...(known.holds && { 'to end it': `floodgate blacklist lift ${uid}` }),
  }
  for (const [label, text] of Object.entries(lines)) {
    input.report.line(`${label.padEnd(10)}${text}`)
  }
  return { ...eventOf(known), holds: known.holds, unsettled: owing }
}

const EFFECT = 'nothing is asked of it or sent to it; what either owes can still be paid'

/** What an entry rests on. */
function evidenceText(evidence: Uint8Array): string {
  if (evidence.length === 0) return 'none kept'
  const message = decodeMessage(evidence)
  const what = refused(message) ? 'signed bytes' : `its message "${message.name}"`
  return `${what}, ${evidence.length} bytes (in full with --json)`
}

/** A reason as it may be kept; fails as usage. */
function reasonOf({ values }: Input): string {
  const reason = stringOption(values, 'reason') ?? ''
  if (Buffer.byteLength(reason) <= BLACKLIST_REASON_MAX_BYTES && visible(reason) === reason) {
    return reason
  }
  return fail('usage', `--reason takes up to ${BLACKLIST_REASON_MAX_BYTES} bytes of text`)
}

function add(visitor: Visitor, input: Input, uid: Uid) {
  const provider = providerFor(visitor, input, uid)
  const { fingerprint, uid: own } = provider.row
  if (uid === own) fail('usage', 'that is your own uid')
  const [now, time] = [provider.trackerNow(), must(durationOption(input.values, 'for'))]
  const until = time === undefined ? null : Math.round(now + time)
  const since = Math.round(now)
  const entry = { provider: fingerprint, uid, code: 'by-hand', since, until } as const
  visitor.wallet.blacklist.add({ ...entry, reason: reasonOf(input), evidence: NOTHING })
  const end = until === null ? 'until it is lifted' : `until ${formatMoment(until)}`
  tellDebt(visitor, input.report, provider, uid)
  input.report.line(`no trade with ${uid} ${end}; open connections to it end in a few seconds`)
  return { provider: fingerprint, uid, until }
}

/** A payment that was not delivered stays owed: who blocks its seller should know. */
function tellDebt(visitor: Visitor, report: Report, { row }: Provider, uid: Uid): void {
  const count = visitor.wallet.summary.unsettledWith(row.fingerprint, uid)
  if (count === 0) return
  const line = `it may still miss payments of yours (${count} grants): they are still delivered`
  report.event({ event: 'unsettled', uid, grants: count, message: line }, line)
}

function lift(visitor: Visitor, input: Input, uid: Uid) {
  const provider = providerFor(visitor, input, uid)
  const { fingerprint } = provider.row
  const lifted = visitor.wallet.blacklist.lift(fingerprint, uid, Math.round(provider.trackerNow()))
  if (!lifted) fail('unknown-member', `${uid} is not on the blacklist now`)
  input.report.line(`trade with ${uid} is open again`)
  return { provider: fingerprint, uid }
}

type Act = (visitor: Visitor, input: Input, uid: Uid) => Readonly<Record<string, unknown>>

/** What is done with one member; `edits` says whether the wallet is written. */
function withMember(act: Act, edits: boolean): Verb<Context>['run'] {
  return async (input, context) => {
    const [, who = ''] = input.positionals
    const uid = parseUid(who)
    if (refused(uid)) return fail('usage', `"${visible(who)}" is not a uid of 32 hex digits`)
    return asVisitor(input, context, async (visitor) => act(visitor, input, uid), edits)
  }
}

const ACTIONS: Readonly<Record<string, Verb<Context>['run']>> = {
  list: (input, context) => asVisitor(input, context, async (visitor) => list(visitor, input)),
  explain: withMember(explain, false),
  add: withMember(add, true),
  lift: withMember(lift, true),
}

export const blacklist: Verb<Context> = {
  name: 'blacklist',
  summary: 'list: members that are not traded with; explain, add or lift one',
  usage: '[list] [--all] | explain UID | add UID [--reason TEXT] [--for TIME] | lift UID',
  options: {
    reason: { type: 'string', value: 'TEXT', help: 'why, for yourself' },
    for: { type: 'string', value: 'TIME', help: 'how long, as 30d; until it is lifted without' },
    all: { type: 'boolean', help: 'list entries whose time is over too' },
    ...TRACKER_OPTION,
  },
  examples: [
    '',
    'explain 0123456789abcdef0123456789abcdef',
    'add 0123456789abcdef0123456789abcdef --reason "never pays" --for 30d',
    'lift 0123456789abcdef0123456789abcdef',
  ],
  run: byWord(ACTIONS, 'list'),
}
