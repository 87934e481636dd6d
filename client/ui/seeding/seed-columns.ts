/** The columns of what is sold; pure. */
import type { Totals } from '../../local/rows.js'
import { amountIn, rateCell } from '../amounts.js'
import type { Named } from '../columns.js'
import type { SeedRow } from './seed-rows.js'
import { whyLittle } from './why-little.js'

/** Names of the columns. */
export type SeedColumn =
  | 'name'
  | 'hour'
  | 'day'
  | 'week'
  | 'earned'
  | 'owed'
  | 'up'
  | 'buyers'
  | 'why'
type SeedNamed = Named<SeedRow, SeedColumn>

const MONEY_CELLS = 9

/** Every column; reasons depend on the whole home. */
export function seedColumns(totals: Totals | undefined): readonly SeedNamed[] {
  return [
    {
      ...{ name: 'name', title: 'Name', width: 20, stretches: true, rank: 0, ascends: true },
      text: ({ name }) => name,
      role: ({ transfer }) => (transfer === undefined ? 'dim' : undefined),
      by: ({ name }) => name.toLowerCase(),
    },
    money('hour', 'This hour', 4),
    money('day', '24 hours', 0),
    money('week', '7 days', 2),
    money('earned', 'Earned', 3),
    {
      ...{ name: 'owed', title: 'Owed us', width: MONEY_CELLS, right: true, rank: 7 },
      text: ({ transfer }) => amountOf(transfer?.exposed ?? 0n),
      role: () => 'warn',
      by: ({ transfer }) => transfer?.exposed,
    },
    {
      ...{ name: 'up', title: 'Up/s', width: 7, right: true, rank: 1 },
      text: ({ transfer }) => rateCell(transfer?.upRate ?? 0),
      role: () => 'good',
      by: ({ transfer }) => transfer?.upRate,
    },
    {
      ...{ name: 'buyers', title: 'Peers', width: 5, right: true, rank: 5 },
      text: ({ transfer }) => (transfer?.peers ? String(transfer.peers) : ''),
      by: ({ transfer }) => transfer?.peers,
    },
    {
      ...{ name: 'why', title: 'Why no more', width: 52, rank: 6 },
      text: (row) => whyLittle(row, totals)[0] ?? '',
      role: () => 'dim',
    },
  ]
}

function money(name: 'hour' | 'day' | 'week' | 'earned', title: string, rank: number): SeedNamed {
  return {
    ...{ name, title, width: MONEY_CELLS, right: true, rank },
    text: ({ [name]: amount }) => amountOf(amount),
    role: () => 'money',
    by: ({ [name]: amount }) => amount,
  }
}

function amountOf(amount: bigint): string {
  return amount === 0n ? '' : amountIn(amount, MONEY_CELLS)
}
