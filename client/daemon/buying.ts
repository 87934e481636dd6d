/**
 * Buying for a screen or another program: the whole cost first, then at exactly that price.
 *
 * What is bought is a content, or, once nothing that was bought brings the rest of it any more, the
 * pieces that are missing (D8, D9). A quote takes no money and keeps none; whoever buys names the
 * price that a person agreed to, and at any other nothing is bought.
 */
import { createReport, refusalOf, stringOption } from '../../shared/command.js'
import { must, type Refusal, refuse, refused } from '../../shared/errors.js'
import type { Cid, PieceIndex } from '../../shared/identifier.js'
import { counted } from '../../shared/words.js'
import { prepareFolder } from '../folders.js'
import type { AnswerOf, RequestOf } from '../local/calls.js'
import { readSettingsOf } from '../settings.js'
import { capProblemOf, fundsProblem } from '../trade/consent.js'
import { contentOf, type PaidContent } from '../trade/content.js'
import { liveGrants, priceOf, purchase, supplement } from '../trade/purchase.js'
import { termsLines } from '../ui/terms.js'
import type { Household } from './household.js'

/** What would be bought now: a content, pieces of it alone, or nothing any more. */
interface Wanted {
  readonly price: bigint
  /** The pieces, when not the whole. */
  readonly only?: readonly PieceIndex[]
}

async function paidOf({ customer, providers }: Household, cid: Cid) {
  const content = await contentOf(customer, {}, cid, providers)
  return content.paid ? content : undefined
}

/** Missing pieces that nobody brings any more, when nothing else is missing. */
export function strandedOf(household: Household, cid: Cid): readonly PieceIndex[] {
  const { missing = 0, stranded = [] } = household.find(cid)?.trade?.shortage ?? {}
  return stranded.length >= missing ? stranded : []
}

function wantedOf(household: Household, content: PaidContent): Wanted {
  const only = strandedOf(household, content.metainfo.cid)
  if (only.length > 0) return { price: priceOf(content, only), only }
  const bought = liveGrants(household.customer, content).length > 0
  return { price: bought ? 0n : content.terms.price }
}

/** Why it cannot be bought now: a cap, or too little money. */
function problemOf(
  { customer }: Household,
  content: PaidContent,
  { only, price }: Wanted,
  spendable: bigint,
): Refusal | undefined {
  if (price === 0n) return undefined
  const offered = { price: priceOf(content, only), only }
  return (
    capProblemOf(customer, content, offered) ?? fundsProblem(customer, content, offered, spendable)
  )
}

/** The whole cost of a content, what the account holds, the terms; refuses as contentOf does. */
export async function quote(household: Household, cid: Cid): Promise<AnswerOf<'quote'> | Refusal> {
  try {
    const content = await paidOf(household, cid)
    if (content === undefined) return refuse('usage', 'this content is free: it costs nothing')
    const { metainfo, provider, terms } = content
    const { body } = must(await provider.call('account', {}))
    const wanted = wantedOf(household, content)
    const problem = problemOf(household, content, wanted, body.spendable)
    const { only } = wanted
    const folder = usualFolder(household, cid)
    const pieces = `${counted(only?.length ?? 0, 'piece')} of ${metainfo.pieceCount}`
    const said =
      only === undefined
        ? termsLines(terms)
        : [`for ${pieces} that nobody who was paid for them offers any more`]
    return {
      ...{ cid, name: metainfo.name, bytes: metainfo.length, price: wanted.price },
      ...{ currency: provider.row.currency, spendable: body.spendable, terms: said },
      ...(folder === undefined ? {} : { folder }),
      ...(only === undefined ? {} : { pieces: only.length }),
      ...(problem && { refused: { code: problem.code, message: problem.message } }),
    }
  } catch (error) {
    return refusalOf(error)
  }
}

/**
 * Buys at exactly this price and fetches into the folder: the one that is named, that of last time,
 * or that of the settings. Refuses as terms-changed at any other price, and as purchase does.
 */
export async function buy(
  household: Household,
  { cid, folder, price }: RequestOf<'buy'>,
): Promise<AnswerOf<'buy'> | Refusal> {
  try {
    const content = await paidOf(household, cid)
    if (content === undefined) return refuse('usage', 'this content is free: get fetches it')
    const wanted = wantedOf(household, content)
    // The price of what would be bought now: of the whole, of pieces, or nothing.
    if (wanted.price !== price) return refuse('terms-changed', 'the price is another one now')
    await order(household, content, wanted, must(placeOf(household, cid, folder)))
    return {}
  } catch (error) {
    return refusalOf(error)
  }
}

async function order(
  household: Household,
  content: PaidContent,
  { only, price }: Wanted,
  folder: string,
): Promise<void> {
  const { customer, log } = household
  const report = createReport(true, () => undefined)
  const consent = { yes: false, agreed: price, report }
  if (only !== undefined) {
    const { trade } = household.find(content.metainfo.cid) ?? {}
    await supplement(customer, content, only, consent, (row) => trade?.addGrant(row))
    log.tell('info', `bought ${counted(only.length, 'piece')} of ${content.metainfo.name} anew`)
    return
  }
  const { again, grants } = await purchase(customer, content, consent)
  if (!again) log.tell('info', `bought ${content.metainfo.name}`)
  const taking = { content, folder, origin: 'person', cut: true, grants } as const
  must(await household.take(taking))
}

/** Where it is fetched to when nobody says: where it was, else what is set; undefined: nowhere. */
function usualFolder(household: Household, cid: Cid): string | undefined {
  const { customer, values } = household
  const known = household.find(cid)?.folder ?? customer.wallet.contents.get(cid)?.folder ?? ''
  const settings = readSettingsOf(customer.home)
  const set = refused(settings) ? undefined : settings.get('out')?.value
  const out = stringOption(values, 'out') ?? (typeof set === 'string' ? set : undefined)
  return known === '' ? out : known
}

/** Where it is fetched to, made when it is missing; refuses as usage, not-writable. */
function placeOf(household: Household, cid: Cid, given: string | undefined): string | Refusal {
  const path = given ?? usualFolder(household, cid)
  if (path !== undefined) return prepareFolder(household.customer, path)
  return refuse('usage', 'say where to fetch it: no folder is named and the setting out is empty')
}
