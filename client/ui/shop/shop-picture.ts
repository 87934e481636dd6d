/** What the shop shows; pure. */
import { formatAmount } from '../../../shared/amount.js'
import type { Offer } from '../../local/rows.js'
import { columnCells, cutLine, headLine, type Placed, placeColumns, rowLine } from '../columns.js'
import { ruleLine } from '../listing.js'
import { type Line, over } from '../paint.js'
import type { Picture, Place, Size } from '../screen.js'
import type { World } from '../world.js'
import { OFFER_COLUMNS } from './offer-columns.js'
import { offerLines } from './shop-list.js'
import { offersNow, PANEL_ROWS, problemsOf, type ShopAction, type ShopState } from './shop-state.js'

/** Cells before the first column: whether it is bought. */
const PREFIX_CELLS = 2

/** The whole screen. */
export function shopPicture(state: ShopState, world: World, size: Size): Picture<ShopAction> {
  const now = offersNow(state, world, size)
  const { list, offer, offers, room } = now
  const problems = problemsOf(world).map(
    (text): Line => [
      ['! ', 'bad'],
      [text, 'warn'],
    ],
  )
  const cut = (lines: readonly Line[]): Line[] =>
    lines.slice(0, size.rows).map((line) => cutLine(line, size.columns))
  const note = noteOf(state, world, offers)
  if (offers === undefined || offers.length === 0) {
    return { lines: cut([...problems, ...emptyLines(state, world, offers)]), note }
  }
  const placed = placeColumns(OFFER_COLUMNS, Math.max(1, size.columns - PREFIX_CELLS))
  const shown = offers.slice(list.top, list.top + room)
  const rows = shown.map((row, at) =>
    offerLine(placed, row, list.top + at === list.at, size.columns),
  )
  const table = [titlesLine(placed, state), ...rows]
  const panel = size.rows - problems.length - room - 1 < PANEL_ROWS ? [] : panelLines(offer, size)
  const filler = Array.from({ length: Math.max(0, room - shown.length) }, (): Line => [])
  return {
    lines: cut([...problems, ...table, ...filler, ...panel]),
    places: placesOf(placed, problems.length, shown.length, { top: list.top, size }),
    note,
  }
}

function titlesLine(placed: readonly Placed<Offer>[], { descending, sort }: ShopState): Line {
  const column = OFFER_COLUMNS.find(({ name }) => name === sort)
  return [' '.repeat(PREFIX_CELLS), ...headLine(placed, { column, descending })]
}

function offerLine(
  placed: readonly Placed<Offer>[],
  offer: Offer,
  chosen: boolean,
  columns: number,
): Line {
  const sign: Line = [offer.bought ? ['✓ ', 'good'] : chosen ? ['▸ ', 'accent'] : '  ']
  const line = [...sign, ...rowLine(placed, offer)]
  return chosen ? over(line, 'chosen', columns) : line
}

/** What is known of the chosen offer, below a rule with its name. */
function panelLines(offer: Offer | undefined, { columns }: Size): readonly Line[] {
  if (offer === undefined) return []
  return [ruleLine(offer.name, columns), ...offerLines(offer)]
}

/** Why nothing is there, and what to do about it. */
function emptyLines(
  { filter, unbought }: ShopState,
  world: World,
  offers: readonly Offer[] | undefined,
): readonly Line[] {
  if (filter !== '' || unbought) {
    if (offers !== undefined) return [[' nothing fits; q shows all']]
  }
  if (world.link.state === 'attaching') return [[' asking what there is ...']]
  if (world.accounts.size === 0) {
    return [
      [' no provider yet; a provider sells contents and keeps your account'],
      [],
      [' ', [':register --tracker URL --name NAME', 'key'], '  makes an account with one'],
    ]
  }
  return [[offers === undefined ? ' asking the providers ...' : ' the providers sell nothing now']]
}

/** `12 of 90  "film"  can use 8.00 credit`. */
function noteOf(
  { filter, unbought }: ShopState,
  world: World,
  offers: readonly Offer[] | undefined,
): string {
  const all = world.read('offers', { text: '' }).value?.offers.length ?? 0
  const shown = offers?.length ?? 0
  const words = offers === undefined ? [] : [shown === all ? `${all}` : `${shown} of ${all}`]
  if (unbought) words.push('not bought')
  if (filter !== '') words.push(`"${filter}"`)
  for (const { currency, spendable } of world.accounts.values()) {
    if (spendable !== undefined) words.push(`can use ${formatAmount(spendable)} ${currency}`)
  }
  return words.join('  ')
}

function placesOf(
  placed: readonly Placed<Offer>[],
  above: number,
  count: number,
  { size, top }: { readonly size: Size; readonly top: number },
): Place<ShopAction>[] {
  const titles = columnCells(placed).map(({ column, from, to }): Place<ShopAction> => {
    const at = OFFER_COLUMNS.findIndex(
      (each) => each.rank === column.rank && each.title === column.title,
    )
    const cells = { from: from + PREFIX_CELLS, to: to + PREFIX_CELLS }
    return { row: above, ...cells, action: 'sortby', at }
  })
  const rows = Array.from(
    { length: count },
    (_, index): Place<ShopAction> => ({
      ...{ row: above + 1 + index, from: 0, to: size.columns },
      ...{ action: 'choose', at: top + index, twice: 'open' },
    }),
  )
  return [...titles, ...rows].filter(({ row }) => row < size.rows)
}
