/** The blacklist: whom we do not trade with, why, on what evidence, how long; and its end; pure. */

import { refused } from '../../shared/errors.js'
import { parseUid } from '../../shared/identifier.js'
import { formatMoment } from '../../shared/words.js'
import type { BlacklistRow } from '../local/rows.js'
import { adviceFor } from './advice.js'
import type { Column } from './columns.js'
import { formatDuration, formatOffences } from './format.js'
import {
  LISTING_START,
  type Listing,
  type ListingState,
  listingScreen,
  ruleLine,
  wrappedField,
} from './listing.js'
import type { Line } from './paint.js'
import type { Effect, KeyRow, Size, Step } from './screen.js'
import type { World } from './world.js'

/** The blacklist as it is looked at. */
export interface BlacklistState extends ListingState {
  /** A uid that is being put on the list, while its reason is asked for. */
  readonly adding?: string
}

type BlacklistAction = 'lift' | 'add' | 'explain'

const KEYS: readonly KeyRow<BlacklistAction>[] = [
  { action: 'lift', keys: ['x', 'delete'], does: 'trade with the member again', short: 'lift' },
  { action: 'add', keys: ['a'], does: 'trade with a member no more', short: 'add' },
  { action: 'explain', keys: ['e'], does: 'all that is known of it', short: 'explain' },
]
const EVERY_MS = 5000
const UID_CELLS = 12
const UID_WHOLE_CELLS = 32
/** From so many columns on a uid is shown whole. */
const WIDE_COLUMNS = 110
/** How long an entry still holds. */
function leftOf({ until }: BlacklistRow, now: number): string {
  if (until === undefined) return 'for good'
  return until <= now ? 'over' : formatDuration((until - now) / 1000)
}

const LISTING: Listing<BlacklistRow> = {
  columns: blacklistColumns,
  keyOf: ({ provider, uid }) => `${provider} ${uid}`,
  textOf: ({ code, why }) => `${code} ${why}`,
  idsOf: ({ uid }) => [uid],
}

function blacklistColumns(now: number, { columns }: Size): readonly Column<BlacklistRow>[] {
  const cells = columns >= WIDE_COLUMNS ? UID_WHOLE_CELLS : UID_CELLS
  return [
    { title: 'Member', width: cells, rank: 0, text: ({ uid }) => uid.slice(0, cells) },
    {
      ...{ title: 'Left', width: 8, right: true, rank: 1 },
      text: (row) => leftOf(row, now),
      role: () => 'warn',
    },
    {
      ...{ title: 'Times', width: 5, right: true, rank: 3 },
      text: ({ offences }) => String(offences),
    },
    {
      ...{ title: 'Owes', width: 6, right: true, rank: 2 },
      text: ({ owed }) => (owed === 0 ? '' : String(owed)),
    },
    { title: 'Why', width: 12, stretches: true, rank: 0, text: ({ why }) => why },
  ]
}

/** What is known of the chosen member. */
function panelLines(row: BlacklistRow, world: World, { columns }: Size): Line[] {
  const { code, evidence, offences, owed, provider, since, uid, until, why } = row
  const account = world.accounts.get(provider)
  const advice = adviceFor(code)
  const end = until === undefined ? 'until you lift it' : `until ${formatMoment(until)}`
  const owes = owed === 0 ? '' : `; it owes us ${owed === 1 ? '1 piece' : `${owed} pieces`}`
  const line = (label: string, text: string): Line[] => wrappedField(label, text, columns)
  return [
    ruleLine(account === undefined ? uid : `${uid} of ${account.name}`, columns),
    ...line('why', advice === undefined || advice.what === why ? why : `${advice.what}: ${why}`),
    ...line('evidence', evidence ?? 'none was kept'),
    ...line('holds', `since ${formatMoment(since)}, ${end}${owes}`),
    ...line('times', formatOffences(code, offences)),
    ...line('effect', 'nothing is asked of it or sent to it; what either owes can still be paid'),
  ]
}

/** Why a member is here, in plain words. */
function whyOf({ code, why }: BlacklistRow): string {
  return adviceFor(code)?.what ?? why
}

function lift(row: BlacklistRow | undefined): readonly Effect[] {
  if (row === undefined) return []
  const dialog = {
    kind: 'confirm',
    title: 'Trade again',
    lines: [
      [row.uid],
      [row.code === 'by-hand' ? 'You put it here yourself.' : `Why: ${whyOf(row)}.`],
      [['How often that happened is remembered.', 'dim'] as const],
    ],
    yes: 'trade with it again',
  } as const
  return [{ effect: 'ask', tag: `lift ${row.provider} ${row.uid}`, dialog }]
}

const ADD = {
  kind: 'text',
  title: 'No trade with a member',
  lines: [
    ['Its uid: 32 hex digits. b in the peers of a content does the same.'],
    [['What either owes can still be paid; open connections end in seconds.', 'dim'] as const],
  ],
  label: 'uid',
  value: '',
} as const

function said(state: BlacklistState, tag: string, text: string | undefined): Step<BlacklistState> {
  const { adding, ...rest } = state
  if (text === undefined) return { state: rest }
  const [what, provider = '', uid = ''] = tag.split(' ')
  if (what === 'lift') {
    const words = ['blacklist', 'lift', uid, '--tracker', provider]
    return { state: rest, effects: [{ effect: 'run', words }] }
  }
  if (what === 'reason' && adding !== undefined) {
    const reason = text === '' ? [] : [`--reason=${text}`]
    return {
      state: rest,
      effects: [{ effect: 'run', words: ['blacklist', 'add', adding, ...reason] }],
    }
  }
  const found = parseUid(text)
  if (refused(found)) {
    const told = `"${text}" is not a uid of 32 hex digits`
    return { state: rest, effects: [{ effect: 'tell', level: 'error', text: told }] }
  }
  const dialog = {
    kind: 'text',
    title: 'No trade with a member',
    lines: [[found], ['It holds until you lift it.']],
    label: 'why, for yourself',
    value: '',
  } as const
  return {
    state: { ...rest, adding: found },
    effects: [{ effect: 'ask', tag: 'reason', dialog }],
  }
}

function act(
  state: BlacklistState,
  action: string,
  row: BlacklistRow | undefined,
): Step<BlacklistState> {
  if (action === 'lift') return { state, effects: lift(row) }
  if (action === 'add') return { state, effects: [{ effect: 'ask', tag: 'uid', dialog: ADD }] }
  if (row === undefined || (action !== 'open' && action !== 'explain')) return { state }
  const words = ['blacklist', 'explain', row.uid, '--tracker', row.provider]
  return { state, effects: [{ effect: 'run', words }] }
}

function nobody({ text }: BlacklistState, world: World): Line[] {
  const { problem, value } = world.read('blacklist', {})
  if (value === undefined) {
    return [[], [[`  ${problem?.message ?? 'reading the blacklist'}`, 'dim']]]
  }
  if (text !== '') return [[], [[`  nobody here fits "${text}"`, 'dim']]]
  return [
    [],
    ['  Nobody is on the blacklist.'],
    [],
    [
      ['  Who breaks the rules in a way that no accident explains comes here by itself, ', 'dim'],
      ['for longer each time. ', 'dim'],
      ['a', 'key'],
      [' puts a member here by hand.', 'dim'],
    ],
  ]
}

/** The screen. */
export const blacklistScreen = listingScreen<BlacklistState, BlacklistAction, BlacklistRow>({
  name: 'blacklist',
  title: 'Blacklist',
  keys: KEYS,
  start: LISTING_START,
  listing: LISTING,
  needs: () => [{ call: 'blacklist', request: {}, everyMs: EVERY_MS }],
  read: (_state, world, size) => ({
    rows: world.read('blacklist', {}).value?.rows ?? [],
    panelOf: (row) => panelLines(row, world, size),
  }),
  empty: nobody,
  act: ({ state }, action, row) => act(state, action, row),
  answered: (state, input) =>
    input.input === 'said' ? said(state, input.tag, input.text) : { state },
})
