/** What the shop lists, and what it tells of the chosen offer; pure. */
import { formatAmount } from '../../../shared/amount.js'
import { counted } from '../../../shared/words.js'
import type { Offer } from '../../local/rows.js'
import { roughly } from '../amounts.js'
import { sortRows } from '../columns.js'
import { formatBytes, formatDuration } from '../format.js'
import { fitting } from '../list.js'
import { inOrder, type Order, remembered } from '../order.js'
import type { Line } from '../paint.js'
import type { Searched } from '../screen.js'
import type { World } from '../world.js'
import { copiesUntilBack, copyEarns, OFFER_COLUMNS, type OfferColumn } from './offer-columns.js'

/** Asked of every provider at once; names are searched here, as they are typed. */
export const ALL_OFFERS = { text: '' } as const

/** What the list is made of beside the offers; words are held by a name, or begin a cid. */
export interface OfferOrder extends Order<OfferColumn>, Searched {
  /** Only what was not bought yet. */
  readonly unbought: boolean
}

const made = remembered<Offer>()

/** The offers in the order of the list; undefined before any provider answered. */
export function shownOffers(world: World, order: OfferOrder): readonly Offer[] | undefined {
  const { value } = world.read('offers', ALL_OFFERS)
  if (value === undefined) return undefined
  const { descending, sort, text, unbought } = order
  return made(value.offers, [sort, descending, text, unbought], () => {
    const fits = fitting(text)
    const found = value.offers.filter(
      ({ bought, cid, name }) => !(unbought && bought) && fits(name, cid),
    )
    const named = sortRows(found, ({ name }) => name.toLowerCase(), false)
    return inOrder(OFFER_COLUMNS, order, named)
  })
}

/** What is known of an offer, in words. */
export function offerLines(offer: Offer): Line[] {
  const { b, currency, files, mode, n, pieces, price, reward, size } = offer
  return [
    [
      ' ',
      [`${formatAmount(price)} ${currency}`, 'money', 'strong'],
      ` for ${formatBytes(size)} in ${counted(files, 'file')}; ${counted(pieces, 'piece')}, `,
      ['each earns its seller ', 'dim'],
      [formatAmount(reward), 'money'],
    ],
    [` ${sellersText(offer)}`],
    [` ${demandText(offer)}`],
    [` ${earnText(offer)}`],
    [[` ${mode} swarm, ${counted(n, 'unpaid piece')} a seller, ${b} a signature`, 'dim']],
    offer.bought
      ? [' ', ['bought', 'good'], ': Enter goes to it, or fetches it again for nothing']
      : [' ', ['Enter', 'key'], ' shows the whole cost and asks; only a typed y buys'],
  ]
}

function sellersText({ expected, sellers }: Offer): string {
  if (sellers === 0) return 'nobody sells it now: a download waits until somebody does'
  const time = expected === undefined ? '' : `, others took about ${formatDuration(expected)}`
  return `${counted(sellers, 'seller')} now${time}`
}

/** How often it was bought, and what a fair share of the rewards would bring a further seller. */
function demandText(offer: Offer): string {
  const { day, sellers, week } = offer
  if (week === undefined) return 'its provider does not tell how often it was bought'
  const today = day === undefined ? '' : `${counted(day, 'time')} in a day, `
  const told = `bought ${today}${counted(week, 'time')} in 7 days`
  if (week === 0 || offer.reward === 0n) return told
  const daily = (copyEarns(offer) * BigInt(week)) / 7n / BigInt(sellers + 1)
  return `${told}; a fair share earns ${formatAmount(roughly(daily))} a day`
}

/** What a copy sold brings. */
function earnText(offer: Offer): string {
  const copies = copiesUntilBack(offer)
  if (copies === undefined) return 'selling it earns nothing'
  const earns = formatAmount(copyEarns(offer))
  return `a whole copy sold earns ${earns}; ${copies.toFixed(1)} copies bring the price back`
}
