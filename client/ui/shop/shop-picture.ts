/** What the shop shows; pure. */
import { formatAmount } from '../../../shared/amount.js'
import type { Offer } from '../../local/rows.js'
import { cutLine } from '../columns.js'
import { SIGN_CELLS, tablePart } from '../list-table.js'
import { ruleLine } from '../listing.js'
import { hiddenOrder } from '../order.js'
import type { Line } from '../paint.js'
import type { Picture, Size } from '../screen.js'
import type { World } from '../world.js'
import { OFFER_COLUMNS } from './offer-columns.js'
import { ALL_OFFERS, offerLines } from './shop-list.js'
import {
  type OffersNow,
  offersNow,
  PANEL_ROWS,
  problemsOf,
  type ShopAction,
  type ShopState,
  START,
} from './shop-state.js'

/** The whole screen. */
export function shopPicture(state: ShopState, world: World, size: Size): Picture<ShopAction> {
  const now = offersNow(state, world, size)
  const { room, row: offer, rows } = now
  const problems = problemsOf(world).map(
    (text): Line => [
      ['! ', 'bad'],
      [text, 'warn'],
    ],
  )
  const cut = (lines: readonly Line[]): Line[] =>
    lines.slice(0, size.rows).map((line) => cutLine(line, size.columns))
  const note = noteOf(state, world, size, now)
  if (rows.length === 0) {
    return { lines: cut([...problems, ...emptyLines(state, world, now)]), note }
  }
  const { lines, places } = tablePart<Offer, ShopAction>(OFFER_COLUMNS, now, {
    ...{ cells: size.columns, row: problems.length },
    sign: ({ bought }) => (bought ? [['✓ ', 'good']] : undefined),
    sorted: { order: state, action: 'sortby' },
    hits: { action: 'choose', twice: 'open' },
  })
  const panel = size.rows - problems.length - room - 1 < PANEL_ROWS ? [] : panelLines(offer, size)
  const filler = Array.from({ length: Math.max(0, room + 1 - lines.length) }, (): Line => [])
  return {
    lines: cut([...problems, ...lines, ...filler, ...panel]),
    places: places.filter(({ row }) => row < size.rows),
    note,
  }
}

/** What is known of the chosen offer, below a rule with its name. */
function panelLines(offer: Offer | undefined, { columns }: Size): readonly Line[] {
  if (offer === undefined) return []
  return [ruleLine(offer.name, columns), ...offerLines(offer)]
}

/** Why nothing is there, and what to do about it. */
function emptyLines(
  { text, unbought }: ShopState,
  world: World,
  { told }: OffersNow,
): readonly Line[] {
  if (told && (text !== '' || unbought)) return [[' nothing fits; q shows all']]
  if (world.link.state === 'attaching') return [[' asking what there is ...']]
  if (world.accounts.size === 0) {
    return [
      [' no provider yet; a provider sells contents and keeps your account'],
      [],
      [' ', [':register --tracker URL --name NAME', 'key'], '  makes an account with one'],
    ]
  }
  if (!told) return [[' asking the providers ...']]
  const away = problemsOf(world).length > 0
  return [[away ? ' no offers now; they are asked for again' : ' the providers sell nothing now']]
}

/** `12 of 90  "film"  can use 8.00 credit`. */
function noteOf(state: ShopState, world: World, size: Size, { rows, told }: OffersNow): string {
  const { sort, text, unbought } = state
  const all = world.read('offers', ALL_OFFERS).value?.offers.length ?? 0
  const shown = rows.length
  const words = told ? [shown === all ? `${all}` : `${shown} of ${all}`] : []
  if (unbought) words.push('not bought')
  if (text !== '') words.push(`"${text}"`)
  const cells = size.columns - SIGN_CELLS
  if (sort !== START.sort) words.push(...hiddenOrder(OFFER_COLUMNS, state, cells))
  for (const { currency, spendable } of world.accounts.values()) {
    if (spendable !== undefined) words.push(`can use ${formatAmount(spendable)} ${currency}`)
  }
  return words.join('  ')
}
