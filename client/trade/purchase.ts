/**
 * Buying a content once (paper §III.C): confirmed, idempotent, verified, saved before it is told.
 */
import { formatAmount } from '../../shared/amount.js'
import { sealInfo } from '../../shared/api.js'
import { fail, type Report, visible } from '../../shared/command.js'
import { must, type Refusal, refuse, refused } from '../../shared/errors.js'
import type { GrantFacts } from '../../shared/schemes/scheme.js'
import { type Customer, certified } from '../customer.js'
import type { Answered } from '../pay/provider/calls.js'
import { uidOf } from '../pay/provider.js'
import type { BoughtRow } from '../pay/wallet/grants.js'
import { formatBytes } from '../ui/format.js'
import type { PaidContent } from './content.js'

const ID_BYTES = 16

/** What a purchase brought. */
export interface Purchase {
  readonly grants: readonly BoughtRow[]
  /** Nothing was charged now: it was bought before. */
  readonly again: boolean
}

/** How a purchase is confirmed. */
export interface Consent {
  /** `--yes` was given. */
  readonly yes: boolean
  /** Where the price is shown. */
  readonly report: Report
}

/** Grants of a content whose tokens can still be spent, newest last; none that ends in a refund. */
export function openGrants(customer: Customer, content: PaidContent): BoughtRow[] {
  const { metainfo, provider } = content
  const { fingerprint } = provider.row
  const ended = customer.wallet.refunds.ended(fingerprint)
  return customer.wallet.grants.of(fingerprint, metainfo.cid).filter((row) => {
    if (ended.has(row.rid)) return false
    const facts = factsOf(row, content)
    return !refused(facts) && provider.trackerNow() < facts.spendUntil
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
 * and our save is mended by asking again, free of charge.
 */
export async function purchase(
  customer: Customer,
  content: PaidContent,
  consent: Consent,
): Promise<Purchase> {
  const owned = openGrants(customer, content)
  if (owned.length > 0) return { grants: owned, again: true }
  const { metainfo, provider, scheme, terms } = content
  await certified(customer, provider)
  await confirm(customer, content, consent)
  const { fingerprint } = provider.row
  const { cid } = metainfo
  const id = customer.wallet.grants.purchaseId(fingerprint, cid, customer.random(ID_BYTES))
  const order = scheme.payer.order()
  const answer = must(await provider.call('purchase', { id, cid, terms: terms.digest, order }))
  const row = must(openPurchase(content, answer))
  keepContent(customer, content)
  customer.wallet.grants.put(row)
  // The tracker lets it be spent: a refund that we knew of is over.
  customer.wallet.refunds.lift(fingerprint, row.rid)
  return { grants: [row], again: answer.body.again === 1 }
}

/** Verifies what the tracker issued, as it will be kept. */
function openPurchase(
  content: PaidContent,
  { body, open }: Answered<'purchase'>,
): BoughtRow | Refusal {
  const { metainfo, provider, terms } = content
  const secret = open(sealInfo('grant', 'member'), body.sealed)
  if (refused(secret)) return secret
  const facts = factsOf({ open: body.open, secret }, content)
  if (refused(facts)) return facts
  const asAgreed =
    facts.rid === body.rid &&
    facts.pieces === terms.pieces &&
    (body.again === 1 || (facts.reward === terms.reward && body.paid === terms.price))
  if (!asAgreed) return refuse('wrong-grant', 'the tracker granted something else than was bought')
  return {
    ...{ rid: body.rid, fingerprint: provider.row.fingerprint, cid: metainfo.cid },
    ...{ scheme: terms.scheme, open: body.open, secret, peers: body.peers, price: body.paid },
  }
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

async function confirm(
  customer: Customer,
  { metainfo, provider, terms }: PaidContent,
  { report, yes }: Consent,
): Promise<void> {
  const { cid, length, name } = metainfo
  const { currency, name: seller } = provider.row
  const { spendable } = must(await provider.call('account', {})).body
  const price = `${formatAmount(terms.price)} ${currency}`
  const held = `${formatAmount(spendable)} ${currency}`
  report.event(
    { event: 'offer', cid, price: terms.price, spendable, currency },
    `${visible(name)} (${formatBytes(length)}) costs ${price}; ` +
      `your account with ${visible(seller)} holds ${held}`,
  )
  if (yes) return
  const { interactive } = customer.terminal
  if (!interactive || report.json) fail('not-confirmed', `not bought: add --yes to pay ${price}`)
  const answer = await customer.terminal.ask(`Pay ${price}? [y/N] `, customer.stop)
  if (answer === undefined) fail('interrupted', 'stopped before anything was bought')
  if (!/^y(es)?$/i.test(answer)) fail('not-confirmed', 'not bought')
}
