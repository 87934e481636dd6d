/** Which transfers the list shows, in which order, and how; pure. */
import type { Cid } from '../../../shared/identifier.js'
import type { Transfer } from '../../local/transfer-rows.js'
import { fitting, type ListNow } from '../list.js'
import { type Part, tablePart } from '../list-table.js'
import { inOrder, type Order, remembered } from '../order.js'
import type { Line } from '../paint.js'
import type { Searched } from '../screen.js'
import type { World } from '../world.js'
import { stateSign, TRANSFER_COLUMNS, type TransferColumn } from './transfer-columns.js'
import type { TransfersAction } from './transfers-keys.js'

/** Which transfers are shown, by what they do; the order in which a key goes through them. */
export const SHOWS = [
  'all',
  'active',
  'fetching',
  'seeding',
  'paused',
  'troubled',
  'paid',
  'free',
  'earn',
] as const
export type Show = (typeof SHOWS)[number]

const SHOWN: Readonly<Record<Show, (row: Transfer) => boolean>> = {
  all: () => true,
  active: ({ downRate, upRate }) => downRate >= 1 || upRate >= 1,
  fetching: ({ left, state }) => left > 0 && state !== 'paused',
  seeding: ({ state }) => state === 'seeding',
  paused: ({ state }) => state === 'paused',
  troubled: ({ problem, state }) => problem !== undefined || state === 'failed',
  paid: ({ paid }) => paid,
  free: ({ paid }) => !paid,
  earn: ({ origin }) => origin === 'earn',
}

/** What the list is made of beside the rows; words are held by a name, or begin a cid. */
export interface ListOrder extends Order<TransferColumn>, Searched {
  readonly show: Show
}

const made = remembered<Transfer>()

/** The rows of the list, sorted; they hold for one revision of the world. */
export function shownTransfers(world: World, order: ListOrder): readonly Transfer[] {
  const { descending, show, sort, text } = order
  return made(world.transfers, [world.revision, sort, descending, show, text], () => {
    const fits = fitting(text)
    const shown = [...world.transfers.values()].filter(
      (row) => SHOWN[show](row) && fits(row.name, row.cid),
    )
    return inOrder(TRANSFER_COLUMNS, order, shown)
  })
}

/** Cells before the first column: mark, sign of the state. */
export const LIST_SIGN_CELLS = 3

/** The list as a table. */
export function transfersTable(
  now: ListNow<Transfer>,
  order: ListOrder,
  marked: ReadonlySet<Cid>,
  cells: number,
): Part<TransfersAction> {
  const sign = (row: Transfer, chosen: boolean): Line => [
    marked.has(row.cid) ? ['*', 'marked'] : chosen ? ['▸', 'accent'] : ' ',
    stateSign(row),
    ' ',
  ]
  return tablePart<Transfer, TransfersAction>(TRANSFER_COLUMNS, now, {
    ...{ cells, row: 0, sign, signCells: LIST_SIGN_CELLS },
    role: ({ cid }) => (marked.has(cid) ? 'marked' : undefined),
    sorted: { order, action: 'sortby' },
    hits: { action: 'choose', twice: 'open' },
  })
}
