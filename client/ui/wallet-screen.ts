/** The wallet: each account, whether it adds up, its history; claims and caps by a key; pure. */
import { formatAmount, parseAmount, parseSum } from '../../shared/amount.js'
import { refused } from '../../shared/errors.js'
import type { Account, HistoryRow } from '../local/rows.js'
import {
  LISTING_START,
  type Listing,
  type ListingState,
  listingScreen,
  type Told,
} from './listing.js'
import type { Line } from './paint.js'
import type { Called, Effect, Input, KeyRow, Size, Step, Turn } from './screen.js'
import {
  accountHead,
  figureLines,
  historyColumns,
  maturingLines,
  noticeLines,
  shortLine,
  verdictLine,
} from './wallet-view.js'
import type { World } from './world.js'

/** The wallet as it is looked at. */
export interface WalletState extends ListingState {
  /** Number of the account. */
  readonly account: number
  /** How much is to be paid out, while it is asked where to. */
  readonly payout?: string
}

type WalletAction = 'claim' | 'redeem' | 'payout' | 'capDay' | 'capContent'

const KEYS: readonly KeyRow<WalletAction>[] = [
  { action: 'claim', keys: ['c'], does: 'claim what was earned now', short: 'claim' },
  { action: 'redeem', keys: ['v'], does: 'pay in with a voucher', short: 'voucher' },
  { action: 'payout', keys: ['p'], does: 'have spendable money paid out', short: 'payout' },
  { action: 'capDay', keys: ['d'], does: 'cap what is spent in a day', short: 'day cap' },
  {
    action: 'capContent',
    keys: ['D'],
    does: 'cap what one content may cost',
    short: 'content cap',
  },
]
const HISTORY_MOST = 1000
const EVERY_MS = 5000
/** So many rows the history keeps before anything else is shown. */
const HISTORY_MIN_ROWS = 3

const WHATEVER_BUYS =
  'whatever buys: you, the watched folder or earn. It holds at once, for every account.'

const CAPS = {
  capDay: {
    setting: 'cap-day',
    title: 'Cap of a day',
    lines: [
      [`Never pay more than this in one day (UTC) to one provider, ${WHATEVER_BUYS}`],
      [['Empty: no cap. 0: buy nothing.', 'dim']],
    ],
    value: ({ dayCap }: Account) => dayCap,
  },
  capContent: {
    setting: 'cap-download',
    title: 'Cap of a content',
    lines: [
      [`Never pay more than this for one content and its lost pieces, ${WHATEVER_BUYS}`],
      [['Empty: no cap. 0: buy nothing.', 'dim']],
    ],
    value: ({ downloadCap }: Account) => downloadCap,
  },
} as const satisfies Record<string, { readonly lines: readonly Line[] } & Record<string, unknown>>

const accountsOf = (world: World): readonly Account[] => [...world.accounts.values()]

function accountOf({ account }: WalletState, world: World): [Account | undefined, number] {
  const accounts = accountsOf(world)
  const at = Math.max(0, Math.min(account, accounts.length - 1))
  return [accounts[at], at]
}

const LISTING: Listing<HistoryRow> = {
  columns: historyColumns,
  keyOf: ({ amount, at, cid = '', uid = '', what }) => `${at} ${what} ${amount} ${cid} ${uid}`,
  textOf: ({ name = '', what }) => `${what} ${name}`,
  idsOf: ({ cid, uid }) => [cid, uid],
}

/** What stands above the history: as much as leaves room for some of its rows. */
function headLines(account: Account, at: number, world: World, size: Size): Line[] {
  const { columns } = size
  const notices = noticeLines(account, columns)
  const first = [
    accountHead(account, at, world.accounts.size, columns),
    verdictLine(account),
    ...notices,
  ]
  const room = size.rows - first.length - HISTORY_MIN_ROWS - 1
  if (room < 3) {
    const [head = [], ...rest] = first
    return [head, shortLine(account), ...rest].slice(0, Math.max(1, size.rows - HISTORY_MIN_ROWS))
  }
  const figures = figureLines(account, size)
  const dates = maturingLines(account, world.now, columns)
  const all = [[], ...figures, ...dates, []]
  const tight = [...figures, ...dates].slice(0, room)
  return [...first, ...(all.length <= room ? all : tight)]
}

/** The call that answers the history of the account; undefined without an account. */
function historyOf(state: WalletState, world: World) {
  const [account] = accountOf(state, world)
  return account === undefined ? undefined : { provider: account.provider, most: HISTORY_MOST }
}

function read(state: WalletState, world: World, size: Size): Told<HistoryRow> {
  const [account, at] = accountOf(state, world)
  const request = historyOf(state, world)
  if (account === undefined || request === undefined) return { rows: [] }
  const rows = world.read('history', request).value?.rows ?? []
  return { rows, above: headLines(account, at, world, size) }
}

function actions(state: WalletState, action: WalletAction, world: World): readonly Effect[] {
  const [account] = accountOf(state, world)
  if (account === undefined) return []
  const { currency, provider } = account
  // The voucher is asked for by the verb.
  if (action === 'claim' || action === 'redeem') {
    return [{ effect: 'run', words: [action, '--tracker', provider] }]
  }
  if (action === 'payout') {
    const most = formatAmount(account.spendable ?? 0n)
    const lines: Line[] = [[`You can spend ${most} ${currency}. What is asked for waits with the`]]
    lines.push(['provider until it has paid you, or gives it back.'])
    const dialog = { kind: 'text', title: 'Payout', lines, label: currency, value: '' } as const
    return [{ effect: 'ask', tag: 'payout', dialog }]
  }
  const { lines, setting, title, value } = CAPS[action]
  const now = value(account)
  const old = now === undefined ? '' : formatAmount(now)
  const label = `${setting} (${currency})`
  return [
    {
      effect: 'ask',
      tag: action,
      dialog: { kind: 'text', title, lines, label, value: old },
    },
  ]
}

/** A cap that was typed: empty takes it away, anything but an amount is said at once. */
function setCap(tag: string, text: string | undefined): readonly Effect[] {
  const cap = CAPS[tag as keyof typeof CAPS]
  if (text === undefined || cap === undefined) return []
  const problem = text === '' ? undefined : parseAmount(text)
  if (refused(problem)) return [{ effect: 'tell', level: 'error', text: problem.message }]
  return [{ effect: 'call', call: 'set', request: { name: cap.setting, value: text } }]
}

function said(
  state: WalletState,
  tag: string,
  text: string | undefined,
  world: World,
): Step<WalletState> {
  const { payout, ...rest } = state
  if (tag !== 'payout' && tag !== 'to') return { state: rest, effects: setCap(tag, text) }
  const [account] = accountOf(state, world)
  if (text === undefined || text === '' || account === undefined) return { state: rest }
  if (tag === 'to') {
    // The verb shows all of it once more and asks.
    const words = ['payout', payout ?? '', `--to=${text}`, '--tracker', account.provider]
    return { state: rest, effects: [{ effect: 'run', words }] }
  }
  const sum = parseSum(text)
  if (refused(sum)) {
    return { state: rest, effects: [{ effect: 'tell', level: 'error', text: sum.message }] }
  }
  const lines: Line[] = [['An account, an address: what the provider asks for.']]
  const title = `Payout of ${formatAmount(sum)} ${account.currency}`
  const dialog = { kind: 'text', title, lines, label: 'to', value: '' } as const
  const next = { ...rest, payout: formatAmount(sum) }
  return { state: next, effects: [{ effect: 'ask', tag: 'to', dialog }] }
}

function called(input: Called): readonly Effect[] {
  if (input.call !== 'set') return []
  const { answer, request } = input
  if (refused(answer)) return [{ effect: 'tell', level: 'error', text: answer.message }]
  const value = request.value === '' ? 'no cap' : request.value
  return [{ effect: 'tell', level: 'info', text: `${request.name}: ${value}, from now on` }]
}

function answered(state: WalletState, input: Input<WalletAction>, world: World): Step<WalletState> {
  if (input.input === 'said') return said(state, input.tag, input.text, world)
  return { state, effects: input.input === 'called' ? called(input) : [] }
}

function act(
  { state, world }: Turn<WalletState>,
  action: string,
  row: HistoryRow | undefined,
): Step<WalletState> {
  if (action === 'left' || action === 'right') {
    const { size: count } = world.accounts
    const [, now] = accountOf(state, world)
    const next = count === 0 ? 0 : (now + (action === 'left' ? count - 1 : 1)) % count
    return { state: { ...state, account: next, ...LISTING_START, text: state.text } }
  }
  if (action === 'open') {
    const cid = row?.cid
    return { state, effects: cid === undefined ? [] : [{ effect: 'go', screen: 'transfers', cid }] }
  }
  const own = KEYS.find((key) => key.action === action)?.action
  return { state, effects: own === undefined ? [] : actions(state, own, world) }
}

/** Why there is no history, or no account. */
function emptyLines(state: WalletState, world: World): Line[] {
  const request = historyOf(state, world)
  if (request === undefined) return welcome(world)
  const { problem, value } = world.read('history', request)
  const reading = problem?.message ?? 'reading the history'
  const nothing =
    state.text === '' ? 'nothing was bought or earned yet' : `nothing fits "${state.text}"`
  return [[[`  ${value === undefined ? reading : nothing}`, 'dim']]]
}

function welcome({ link }: World): Line[] {
  if (link.state !== 'attached') return [[], [['  waiting for the home', 'dim']]]
  return [
    [],
    ['  No account yet. A provider gives you its address; then'],
    [],
    [['    :register --tracker URL --name NAME', 'key']],
    [],
    ['  makes one, with a key that never leaves this machine.'],
  ]
}

/** The screen. */
export const walletScreen = listingScreen<WalletState, WalletAction, HistoryRow>({
  name: 'wallet',
  title: 'Wallet',
  keys: KEYS,
  start: { account: 0, ...LISTING_START },
  listing: LISTING,
  needs: (state, world) => {
    const request = historyOf(state, world)
    return request === undefined ? [] : [{ call: 'history', request, everyMs: EVERY_MS }]
  },
  read,
  empty: emptyLines,
  act,
  answered,
})
