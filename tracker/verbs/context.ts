/**
 * What main hands to every verb, and how a verb opens its home.
 */
import { fail, type Input, parseDuration, stringOption, type Values } from '../../shared/command.js'
import { must, type Refusal, refuse, refused } from '../../shared/errors.js'
import { parseUid } from '../../shared/identifier.js'
import { CODE_LIFE_MIN_MS } from '../../shared/tracker-limits.js'
import { type Outside, openTracker } from '../assembly.js'
import { homeOf } from '../config.js'
import type { MemberRow, Rows } from '../rows.js'
import type { Tracker } from '../tracker.js'

/** Members of one name whose uids are told. */
const NAMED_MAX_COUNT = 5

/** The world as the verbs see it. */
export interface VerbContext extends Outside {
  readonly environment: NodeJS.ProcessEnv
  /** Resolves when the person or the system asks the program to stop. */
  readonly stop: Promise<void>
  /** A line for the operator, on stderr. */
  readonly warn: (line: string) => void
}

/** Opens the tracker of the home that the arguments name, runs `work`, and closes it. */
export async function withTracker<T>(
  input: Input,
  context: VerbContext,
  work: (tracker: Tracker) => Promise<T>,
): Promise<T> {
  const tracker = must(openTracker(homeOf(input.values, context.environment), context))
  try {
    return await work(tracker)
  } finally {
    tracker.store.close()
  }
}

/** A member by uid, or by display name when only one has it; throws unknown-member. */
export async function findMember(rows: Rows, who: string): Promise<MemberRow> {
  const uid = parseUid(who)
  const byUid = refused(uid) ? undefined : await rows.members.byUid(uid)
  if (byUid !== undefined) return byUid
  const found = (await rows.members.all()).filter(({ name }) => name === who)
  const [only] = found
  if (only !== undefined && found.length === 1) return only
  const uids = found.slice(0, NAMED_MAX_COUNT).map((member) => member.uid)
  const detail =
    only === undefined
      ? 'no member has this uid or name'
      : `${found.length} members have this name; say which by its uid: ${uids.join(', ')}`
  return fail('unknown-member', `${who}: ${detail}`)
}

/** Who decides: as --by says, else the user of the system. */
export function deciderOf({ values }: Pick<Input, 'values'>, { environment }: VerbContext): string {
  return stringOption(values, 'by') ?? environment.USER ?? 'unnamed'
}

/** How long a code shall hold (--for), milliseconds; undefined when that is left open. */
export function codeLife(values: Values): number | undefined | Refusal {
  const text = stringOption(values, 'for')
  if (text === undefined) return undefined
  const life = parseDuration(text)
  if (refused(life)) return refuse('usage', `--for: ${life.message}`)
  return life >= CODE_LIFE_MIN_MS ? life : refuse('usage', '--for takes at least 1s')
}
