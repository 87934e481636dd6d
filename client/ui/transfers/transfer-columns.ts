/** The columns of the list of transfers; pure. */
import type { Transfer } from '../../local/transfer-rows.js'
import { amountIn, percentCell, rateCell, spanCell } from '../amounts.js'
import type { Named, Sortable } from '../columns.js'
import { formatBytes } from '../format.js'
import { bar, type Role } from '../paint.js'

/** Names of the columns. */
export type TransferColumn =
  | 'name'
  | 'state'
  | 'size'
  | 'done'
  | 'bar'
  | 'down'
  | 'up'
  | 'eta'
  | 'peers'
  | 'spent'
  | 'earned'
  | 'exposed'
  | 'ratio'
  | 'added'
type TransferNamed = Named<Transfer, TransferColumn>

const BAR_CELLS = 10
const MONEY_CELLS = 9

const STATES: Readonly<Record<Transfer['state'], readonly [sign: string, role: Role]>> = {
  failed: ['!', 'bad'],
  checking: ['?', 'warn'],
  fetching: ['↓', 'accent'],
  waiting: ['·', 'warn'],
  seeding: ['↑', 'good'],
  paused: ['=', 'dim'],
}
const STATE_ORDER = Object.keys(STATES)

/** The sign of a transfer's state, and its style. */
export function stateSign({ problem, state }: Transfer): readonly [string, Role] {
  return problem === undefined ? STATES[state] : [STATES.failed[0], STATES.failed[1]]
}

/** Every column, in their order on the screen. */
export const TRANSFER_COLUMNS: readonly TransferNamed[] = [
  {
    ...{ name: 'name', title: 'Name', width: 18, stretches: true, rank: 0, ascends: true },
    text: ({ name }) => name,
    role: ({ state }) => (state === 'paused' ? 'dim' : undefined),
    by: ({ name }) => name.toLowerCase(),
  },
  {
    ...{ name: 'state', title: 'State', width: 8, rank: 7 },
    text: ({ state }) => state,
    role: (row) => stateSign(row)[1],
    by: (row) => (row.problem === undefined ? STATE_ORDER.indexOf(row.state) : -1),
  },
  {
    ...{ name: 'size', title: 'Size', width: 7, right: true, rank: 4 },
    text: ({ bytes }) => formatBytes(bytes),
    by: ({ bytes }) => bytes,
  },
  {
    ...{ name: 'done', title: 'Done', width: 5, right: true, rank: 0 },
    text: ({ checked, left, wanted }) =>
      checked === undefined ? percentCell(wanted - left, wanted) : percentCell(checked, 1),
    role: ({ checked }) => (checked === undefined ? undefined : 'warn'),
    by: ({ left, wanted }) => (wanted === 0 ? 1 : 1 - left / wanted),
  },
  {
    ...{ name: 'bar', title: 'Progress', width: BAR_CELLS, rank: 8 },
    text: ({ checked, left, wanted }) =>
      bar(checked ?? (wanted === 0 ? 1 : 1 - left / wanted), BAR_CELLS).join(''),
    role: ({ checked, left }) => (checked === undefined ? (left > 0 ? 'accent' : 'good') : 'warn'),
  },
  {
    ...{ name: 'down', title: 'Down/s', width: 7, right: true, rank: 1 },
    text: ({ downRate }) => rateCell(downRate),
    role: () => 'accent',
    by: ({ downRate }) => downRate,
  },
  {
    ...{ name: 'up', title: 'Up/s', width: 7, right: true, rank: 2 },
    text: ({ upRate }) => rateCell(upRate),
    role: () => 'good',
    by: ({ upRate }) => upRate,
  },
  {
    ...{ name: 'eta', title: 'ETA', width: 6, right: true, rank: 5 },
    text: ({ eta, left }) => (left === 0 ? '' : spanCell(eta)),
    by: ({ eta, left }) => (left === 0 ? undefined : eta),
  },
  {
    ...{ name: 'peers', title: 'Peers', width: 5, right: true, rank: 6 },
    text: ({ peers }) => (peers === 0 ? '' : String(peers)),
    by: ({ peers }) => peers,
  },
  money('spent', 'Spent', 9),
  money('earned', 'Earned', 3),
  money('exposed', 'Owed us', 10),
  {
    ...{ name: 'ratio', title: 'Ratio', width: 6, right: true, rank: 12 },
    text: (row) => ratioOf(row)?.toFixed(2) ?? '',
    by: ratioOf,
  },
  {
    ...{ name: 'added', title: 'Added', width: 10, rank: 11 },
    text: ({ added }) => new Date(added).toISOString().slice(0, 10),
    by: ({ added }) => added,
  },
]

function money(name: 'spent' | 'earned' | 'exposed', title: string, rank: number): TransferNamed {
  return {
    ...{ name, title, width: MONEY_CELLS, right: true, rank },
    text: ({ [name]: amount }) =>
      amount === undefined || amount === 0n ? '' : amountIn(amount, MONEY_CELLS),
    by: ({ [name]: amount }): Sortable => amount,
  }
}

/** Bytes sent for one that came, in this run. */
function ratioOf({ downloaded, uploaded }: Transfer): number | undefined {
  return downloaded === 0 ? undefined : uploaded / downloaded
}
