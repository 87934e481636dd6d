/**
 * Buying a content once (paper §III.C): confirmed, idempotent, verified, saved before it is told.
 */
import { type Amount, amount } from '../../shared/amount.js'
import { sealInfo } from '../../shared/api.js'
import { visible } from '../../shared/command.js'
import { type Code, Failure, must, type Refusal, refuse, refused } from '../../shared/errors.js'
import type { PieceIndex, Rid } from '../../shared/identifier.js'
import { SUPPLEMENT_PIECES_MAX_COUNT, SUPPLEMENTS_MAX_COUNT } from '../../shared/limits.js'
import type { GrantFacts } from '../../shared/schemes/scheme.js'
import { capProblem } from '../caps.js'
import { type Customer, certified } from '../customer.js'
import type { Answered } from '../pay/provider/calls.js'
import { uidOf } from '../pay/provider.js'
import type { BoughtRow, Ordered } from '../pay/wallet/grants.js'
import { formatBytes } from '../ui/format.js'
import { type Consent, confirm, showTerms } from './consent.js'
import type { PaidContent } from './content.js'

const ID_BYTES = 16
/** The digest of no terms. */
const NO_TERMS = new Uint8Array(32)
/** Refusals that show that an order took no money, whatever became of earlier answers to it. */
const UNPAID: ReadonlySet<Code> = new Set([
  'bought-before',
  'insufficient-funds',
  'not-bought',
  'refund-pending',
  'swarm-full',
  'terms-changed',
  'unknown-scheme',
  'weak-key',
])

/** What a purchase brought. */
export interface Purchase {
  readonly grants: readonly BoughtRow[]
  /** Nothing was charged now: it was bought before. */
  readonly again: boolean
}

/** A grant in the wallet and what it says. */
interface Held {
  readonly row: BoughtRow
  readonly facts: GrantFacts
}

/** Grants of a content in the order in which they were bought; none that ends in a refund. */
function heldGrants(customer: Customer, content: PaidContent): Held[] {
  const { metainfo, provider } = content
  const { fingerprint } = provider.row
  const { grants, refunds } = customer.wallet
  const ended = refunds.ended(fingerprint)
  return grants.of(fingerprint, metainfo.cid).flatMap((row) => {
    const facts = factsOf(row, content)
    return refused(facts) || ended.has(row.rid) ? [] : [{ row, facts }]
  })
}

/**
 * Grants of a content that can still be used: to spend, and until claim-until to settle what was
 * delivered and to have lost pieces sent again (D8, D9).
 */
export function liveGrants(customer: Customer, content: PaidContent): BoughtRow[] {
  const now = content.provider.trackerNow()
  const live = heldGrants(customer, content).filter(({ facts }) => now <= facts.claimUntil)
  return live.map(({ row }) => row)
}

/** Grants whose tokens can still be spent, and how many of each are left. */
export function spendable(customer: Customer, content: PaidContent): (Held & { left: number })[] {
  const { provider } = content
  const history = customer.wallet.history(provider.row.fingerprint)
  const now = provider.trackerNow()
  const open = heldGrants(customer, content).filter(({ facts }) => now <= facts.spendUntil)
  return open.map(({ facts, row }) => {
    const paid = history.paidBySeller(row.rid).reduce((sum, { pieces }) => sum + pieces, 0)
    return { row, facts, left: (facts.only?.length ?? facts.pieces) - paid }
  })
}

/** What a grant says of itself; refuses as the scheme's payer when it does not verify. */
export function factsOf(
  issued: Pick<BoughtRow, 'open' | 'secret'>,
  { metainfo, provider, scheme }: PaidContent,
): GrantFacts | Refusal {
  const context = { keyring: provider.keyring, buyer: uidOf(provider.row), cid: metainfo.cid }
  const purse = scheme.payer.accept(issued, context)
  return refused(purse) ? purse : purse.facts
}

/**
 * Buys a content unless it is bought already; throws a Failure.
 *
 * The purchase's id is in the wallet before the call leaves: a crash between the tracker's commit
 * and our save is mended by asking again, free of charge. What was bought once is never bought
 * again as a whole: when its grant has ended, what is missing is bought by pieces (supplement).
 */
export async function purchase(
  customer: Customer,
  content: PaidContent,
  consent: Consent,
): Promise<Purchase> {
  const whole = heldGrants(customer, content).some(({ facts }) => facts.only === undefined)
  if (whole) return { grants: liveGrants(customer, content), again: true }
  const { metainfo, provider, terms } = content
  await certified(customer, provider)
  const offer = `${visible(metainfo.name)} (${formatBytes(metainfo.length)}) costs`
  showTerms(consent, content)
  await confirm(customer, content, consent, { price: terms.price, offer, only: undefined })
  const bought = await order(customer, content)
  if (refused(bought)) {
    if (bought.code !== 'bought-before') throw new Failure(bought)
    return { grants: liveGrants(customer, content), again: true }
  }
  return { grants: [bought.row], again: bought.again }
}

/**
 * Buys pieces alone, at the reward: those that nothing else brings any more (D8, D9). Shows the
 * whole cost first; throws a Failure. Each call to the tracker covers as many as one grant may;
 * `bought` is told of every grant as soon as it is kept.
 *
 * What another hand buys while this one waits for an answer is not bought again: grants that are
 * here by then are told instead, and one that is under way is not named as used up, so that the
 * tracker gives that very grant.
 */
export async function supplement(
  customer: Customer,
  content: PaidContent,
  pieces: readonly PieceIndex[],
  consent: Consent,
  bought: (row: BoughtRow) => void,
): Promise<void> {
  const { metainfo, provider } = content
  const known = new Set(heldGrants(customer, content).map(({ row }) => row.rid))
  const used = usedUp(customer, content, pieces)
  await certified(customer, provider)
  const price = priceOf(content, pieces)
  const offer =
    `${pieces.length} of ${metainfo.pieceCount} pieces of ${visible(metainfo.name)} are missing ` +
    `and nobody who was paid for them offers them now; bought anew they cost`
  await confirm(customer, content, consent, { price, offer, only: pieces })
  let left = pieces
  for (const { facts, row } of heldGrants(customer, content)) {
    const rest = left.filter((piece) => facts.only?.includes(piece) === false)
    if (known.has(row.rid) || rest.length === left.length) continue
    left = rest
    consent.report.line('some of them were bought meanwhile, and are not bought again')
    bought(row)
  }
  while (left.length > 0) {
    const only = left.slice(0, SUPPLEMENT_PIECES_MAX_COUNT)
    const { facts, row } = must(await order(customer, content, { only, used }))
    const covered = new Set(facts.only)
    const rest = left.filter((piece) => !covered.has(piece))
    if (rest.length === left.length) must(refuse('bad-answer', 'a grant for other pieces came'))
    left = rest
    bought(row)
  }
}

/** What a content costs, or pieces of it alone. */
export function priceOf({ terms }: PaidContent, only: readonly PieceIndex[] | undefined): Amount {
  return only === undefined ? terms.price : amount(terms.reward * BigInt(only.length))
}

/** Pieces alone, and grants of ours for some of them that no seller takes any more. */
interface Pieces {
  readonly only: readonly PieceIndex[]
  readonly used: readonly Rid[]
}

/**
 * Takes what an order of a content brought whose answer was lost, without buying anything: who asks
 * under terms that nobody sells by is given what it bought before. Refuses as the tracker does, as
 * terms-changed when the order took no money.
 */
export async function recover(
  customer: Customer,
  content: PaidContent,
): Promise<BoughtRow | Refusal> {
  const { metainfo, provider } = content
  await certified(customer, provider)
  const ordered = { fingerprint: provider.row.fingerprint, cid: metainfo.cid }
  const time = Math.round(provider.trackerNow())
  // No cap is in its way: it counts with the price that was ordered.
  const note = { fresh: customer.random(ID_BYTES), price: 0n, time }
  const id = must(customer.wallet.grants.order(ordered, note, () => undefined))
  const got = await send(customer, content, ordered, { id, terms: NO_TERMS, time })
  return refused(got) ? got : got.row
}

/** Orders a content, or pieces of it, under an id that the wallet keeps until it is there. */
async function order(
  customer: Customer,
  content: PaidContent,
  pieces?: Pieces,
): Promise<(Held & { readonly again: boolean }) | Refusal> {
  const { metainfo, provider, terms } = content
  const { currency, fingerprint } = provider.row
  const { cid } = metainfo
  const { grants } = customer.wallet
  const only = pieces?.only
  const ordered = { fingerprint, cid, ...(only === undefined ? {} : { only }) }
  const caps = customer.caps()
  if (refused(caps)) return caps
  const [price, time] = [priceOf(content, only), Math.round(provider.trackerNow())]
  const note = { fresh: customer.random(ID_BYTES), price, time }
  const id = grants.order(ordered, note, (spent) =>
    capProblem(caps, spent, { price, currency, time }),
  )
  if (refused(id)) return id
  return send(customer, content, ordered, { id, terms: terms.digest, time, pieces })
}

/** An order as it is sent: its id in the wallet, the digest of its terms, the tracker's time. */
interface Sending {
  readonly id: Uint8Array
  readonly terms: Uint8Array
  readonly time: number
  readonly pieces?: Pieces | undefined
}

/** Sends an order that was noted; keeps what came of it. */
async function send(
  customer: Customer,
  content: PaidContent,
  ordered: Ordered,
  { id, pieces, terms, time }: Sending,
): Promise<(Held & { readonly again: boolean }) | Refusal> {
  const { metainfo, provider, scheme } = content
  const { fingerprint } = provider.row
  const { grants } = customer.wallet
  const only = pieces?.only
  const order = scheme.payer.order()
  const fields = { id, cid: metainfo.cid, terms, order, ...pieces }
  const answer = await provider.call('purchase', fields)
  if (refused(answer)) {
    if (UNPAID.has(answer.code)) grants.refusedOrder(ordered)
    return answer
  }
  const opened = openPurchase(content, answer, only, time)
  if (refused(opened)) return opened
  keepContent(customer, content)
  grants.put(opened.row, only)
  // The tracker lets it be spent: a refund that we knew of is over.
  customer.wallet.refunds.lift(fingerprint, opened.row.rid)
  return { ...opened, again: answer.body.again === 1 }
}

/** Open supplementary grants of ours that name one of these pieces: they have paid for it. */
function usedUp(customer: Customer, content: PaidContent, only: readonly PieceIndex[]): Rid[] {
  const now = content.provider.trackerNow()
  const used = heldGrants(customer, content).filter(
    ({ facts }) => now <= facts.spendUntil && only.some((piece) => facts.only?.includes(piece)),
  )
  return used.map(({ row }) => row.rid).slice(-SUPPLEMENTS_MAX_COUNT)
}

/** Verifies what the tracker issued, as it will be kept. */
function openPurchase(
  content: PaidContent,
  { body, open }: Answered<'purchase'>,
  only: readonly PieceIndex[] | undefined,
  time: number,
): Held | Refusal {
  const { metainfo, provider, terms } = content
  const secret = open(sealInfo('grant', 'member'), body.sealed)
  if (refused(secret)) return secret
  const facts = factsOf({ open: body.open, secret }, content)
  if (refused(facts)) return facts
  const agreed = facts.reward === terms.reward && body.paid === priceOf(content, only)
  const covered = facts.only?.join() === only?.join()
  const asAgreed =
    facts.rid === body.rid &&
    facts.pieces === terms.pieces &&
    (facts.only === undefined) === (only === undefined) &&
    (body.again === 1 || (agreed && covered))
  if (!asAgreed) return refuse('wrong-grant', 'the tracker granted something else than was bought')
  const row = {
    ...{ rid: body.rid, fingerprint: provider.row.fingerprint, cid: metainfo.cid },
    ...{ scheme: terms.scheme, open: body.open, secret, peers: body.peers, price: body.paid, time },
  }
  return { row, facts }
}

/** Keeps the torrent; the folder of its files, once chosen, stays. */
export function keepContent(customer: Customer, content: PaidContent, folder?: string): void {
  const { metainfo, provider, torrent } = content
  const { cid } = metainfo
  const { fingerprint } = provider.row
  const { contents } = customer.wallet
  const kept = contents.get(cid)
  contents.put({ cid, fingerprint, torrent, folder: folder ?? kept?.folder ?? '' })
}
