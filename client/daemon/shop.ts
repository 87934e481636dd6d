import { type Refusal, refused } from '../../shared/errors.js'
import { chooseProviders } from '../customer.js'
import type { AnswerOf, RequestOf } from '../local/calls.js'
import type { Offer } from '../local/rows.js'
import type { Provider } from '../pay/provider.js'
import type { Household } from './household.js'

/** What all providers sell that fits a text, and which of them did not say. */
export async function offersOf(
  { customer }: Household,
  { text }: RequestOf<'offers'>,
): Promise<AnswerOf<'offers'> | Refusal> {
  const providers = chooseProviders(customer, {})
  if (refused(providers)) return providers
  const problems: AnswerOf<'offers'>['problems'][number][] = []
  const offers = await Promise.all(
    providers.map(async (provider) => {
      const listed = await provider.catalogue(text)
      if (!refused(listed)) return listed.map((each) => offerRow(customer, provider, each))
      problems.push({ provider: provider.row.fingerprint, message: listed.message })
      return []
    }),
  )
  return { offers: offers.flat(), problems }
}

type Listed = Exclude<Awaited<ReturnType<Provider['catalogue']>>, Refusal>[number]

function offerRow(
  { wallet }: Household['customer'],
  { row }: Provider,
  { cid, expected, ...listed }: Listed,
): Offer {
  const { currency, fingerprint } = row
  return {
    ...{ provider: fingerprint, currency, cid },
    ...listed,
    ...(expected !== undefined && { expected }),
    bought: wallet.grants.of(fingerprint, cid).length > 0,
  }
}
