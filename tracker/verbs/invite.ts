/** `invite`: codes to register with, for a provider that does not take just anybody. */
import { toHex } from '../../shared/bytes.js'
import {
  byWord,
  fail,
  type Input,
  numberOption,
  stringOption,
  type Verb,
  visible,
  wholeNumber,
} from '../../shared/command.js'
import { sha256 } from '../../shared/crypto.js'
import { must } from '../../shared/errors.js'
import { INVITATION_BYTES, INVITATION_LIFE_MS } from '../../shared/limits.js'
import {
  INVITATION_NOTE_MAX_BYTES,
  INVITATION_USES_MAX_COUNT,
} from '../../shared/tracker-limits.js'
import { formatMoment } from '../../shared/words.js'
import { shortText } from '../settings.js'
import { codeLife, type VerbContext, withTracker } from './context.js'

type Result = Readonly<Record<string, unknown>>

async function create(input: Input, context: VerbContext): Promise<Result> {
  const { report, values } = input
  const bounds = { min: 1, max: INVITATION_USES_MAX_COUNT }
  const uses = must(numberOption(values, 'uses', bounds)) ?? 1
  const lifeMs = must(codeLife(values)) ?? INVITATION_LIFE_MS
  const given = stringOption(values, 'note')
  const note = given === undefined ? '' : must(shortText('note', given, INVITATION_NOTE_MAX_BYTES))
  const code = context.random(INVITATION_BYTES)
  const made = context.now()
  const until = made + lifeMs
  return withTracker(input, context, async ({ config, store }) => {
    const row = { hash: sha256(code), note, uses, made, until }
    const number = await store.write((rows) => rows.invitations.insert(row))
    const url = config.url
    report.line(`invitation ${number}, for ${membersOf(uses)} until ${formatMoment(until)}:`)
    report.line(`floodgate register --tracker ${url} --name NAME --invitation ${toHex(code)}`)
    return { number, code: toHex(code), uses, until, url }
  })
}

async function list(input: Input, context: VerbContext): Promise<Result> {
  return withTracker(input, context, async ({ store }) => {
    const rows = await store.read((all) => all.invitations.all())
    for (const { id, note, until, used, uses } of rows) {
      const end = `${until <= context.now() ? 'ended' : 'until'} ${formatMoment(until)}`
      const line = `${id}  ${used} of ${uses} used, ${end}  ${visible(note)}`
      input.report.line(line.trimEnd())
    }
    if (rows.length === 0) input.report.line('no invitation was made')
    const shown = rows.map(({ id, hash: _, ...rest }) => ({ number: id, ...rest }))
    return { invitations: shown }
  })
}

async function end(input: Input, context: VerbContext): Promise<Result> {
  const number =
    wholeNumber(input.positionals[1]) ??
    fail('usage', 'name an invitation by its number: floodgate-tracker invite list')
  return withTracker(input, context, async ({ store }) => {
    const known = await store.write((rows) => rows.invitations.end(number, context.now()))
    if (!known) fail('invitation-invalid', `there is no invitation ${number}; invite list`)
    input.report.line(`nobody can register with invitation ${number} any more`)
    return { number }
  })
}

const membersOf = (uses: number): string => (uses === 1 ? 'one member' : `${uses} members`)

export const invite: Verb<VerbContext> = {
  name: 'invite',
  summary: 'make a code to register with; list or end those there are',
  usage: '[create] [--uses N] [--for TIME] [--note TEXT] | list | end NUMBER',
  options: {
    uses: { type: 'string', value: 'N', help: 'how many can register with the code (1)' },
    for: { type: 'string', value: 'TIME', help: 'how long it holds (30d)' },
    note: { type: 'string', value: 'TEXT', help: 'for your own list: whom it is for' },
  },
  examples: ['', "--uses 50 --for 7d --note 'spring class'", 'list', 'end 3'],
  run: byWord({ create, list, end }, 'create'),
}
