/** The columns of the shop; pure. */
import type { Offer } from '../../local/rows.js'
import { amountIn, spanCell } from '../amounts.js'
import type { Named } from '../columns.js'
import { formatBytes } from '../format.js'

/** Names of the columns. */
export type OfferColumn =
  | 'name'
  | 'size'
  | 'price'
  | 'currency'
  | 'reward'
  | 'back'
  | 'sellers'
  | 'time'
  | 'day'
  | 'week'
  | 'files'
  | 'mode'
type OfferNamed = Named<Offer, OfferColumn>

const MONEY_CELLS = 9

/** What one whole copy sold earns, in millionths. */
export function copyEarns({ pieces, reward }: Offer): bigint {
  return reward * BigInt(pieces)
}

/** Copies that have to be sold until the price is back; undefined when none ever brings it. */
export function copiesUntilBack(offer: Offer): number | undefined {
  const copy = copyEarns(offer)
  return copy === 0n ? undefined : Number((offer.price * 100n) / copy) / 100
}

/** Every column, in their order on the screen. */
export const OFFER_COLUMNS: readonly OfferNamed[] = [
  {
    ...{ name: 'name', title: 'Name', width: 16, stretches: true, rank: 0, ascends: true },
    text: ({ name }) => name,
    role: ({ bought }) => (bought ? 'good' : undefined),
    by: ({ name }) => name.toLowerCase(),
  },
  {
    ...{ name: 'size', title: 'Size', width: 7, right: true, rank: 3 },
    text: ({ size }) => formatBytes(size),
    by: ({ size }) => size,
  },
  {
    ...{ name: 'price', title: 'Price', width: MONEY_CELLS, right: true, rank: 0, ascends: true },
    text: ({ price }) => amountIn(price, MONEY_CELLS),
    role: () => 'money',
    by: ({ price }) => price,
  },
  {
    ...{ name: 'currency', title: 'Unit', width: 8, rank: 8, ascends: true },
    text: ({ currency }) => currency,
    role: () => 'dim',
    by: ({ currency }) => currency,
  },
  {
    ...{ name: 'reward', title: 'Reward', width: MONEY_CELLS, right: true, rank: 4 },
    text: ({ reward }) => amountIn(reward, MONEY_CELLS),
    role: () => 'money',
    by: ({ reward }) => reward,
  },
  {
    ...{ name: 'back', title: 'Back at', width: 7, right: true, rank: 7, ascends: true },
    text: (offer) => copiesText(copiesUntilBack(offer)),
    by: copiesUntilBack,
  },
  {
    ...{ name: 'sellers', title: 'Sellers', width: 7, right: true, rank: 1 },
    text: ({ sellers }) => String(sellers),
    role: ({ sellers }) => (sellers === 0 ? 'warn' : undefined),
    by: ({ sellers }) => sellers,
  },
  {
    ...{ name: 'time', title: 'Time', width: 6, right: true, rank: 2, ascends: true },
    text: ({ expected }) => spanCell(expected),
    by: ({ expected }) => expected,
  },
  bought('day', 'Day', 6),
  bought('week', 'Week', 5),
  {
    ...{ name: 'files', title: 'Files', width: 5, right: true, rank: 9 },
    text: ({ files }) => String(files),
    by: ({ files }) => files,
  },
  {
    ...{ name: 'mode', title: 'Swarm', width: 6, rank: 10 },
    text: ({ mode }) => mode,
    by: ({ mode }) => mode,
  },
]

/** How often it was bought. */
function bought(name: 'day' | 'week', title: string, rank: number): OfferNamed {
  return {
    ...{ name, title, width: 5, right: true, rank },
    text: ({ [name]: count }) => (count === undefined ? '-' : String(count)),
    by: ({ [name]: count }) => count,
  }
}

function copiesText(copies: number | undefined): string {
  if (copies === undefined) return 'never'
  return copies >= 100_000 ? '>100k x' : `${copies.toFixed(copies < 1000 ? 1 : 0)} x`
}
