/** The history of an account over the local API: the provider's statement, read as it grows. */
import { type Refusal, refuse, refused } from '../../shared/errors.js'
import { parseMetainfo } from '../../shared/metainfo.js'
import { chooseProviders } from '../customer.js'
import type { AnswerOf, RequestOf } from '../local/calls.js'
import { uidOf } from '../pay/provider.js'
import { historyOf } from '../trade/history.js'
import type { Statements } from '../trade/statement.js'
import type { Household } from './household.js'

/** The newest events of the account with a provider. Refusals: no-provider, those of the call. */
export async function historyRows(
  household: Household,
  statements: Statements,
  { most, provider: fingerprint }: RequestOf<'history'>,
): Promise<AnswerOf<'history'> | Refusal> {
  const { customer, providers } = household
  const registered = chooseProviders(customer, {})
  if (refused(registered)) return registered
  const named = ({ row }: (typeof registered)[number]) => row.fingerprint === fingerprint
  const provider = providers.get(fingerprint) ?? registered.find(named)
  if (provider === undefined) return refuse('no-provider')
  const statement = await statements.read(provider)
  if (refused(statement)) return statement
  const rows = historyOf(statement.lines, most, {
    uid: uidOf(provider.row),
    now: provider.trackerNow(),
    offset: provider.row.clockOffset,
    nameOf: (cid) => {
      const held = household.find(cid)?.content.metainfo.name
      if (held !== undefined) return held
      const torrent = customer.wallet.contents.get(cid)?.torrent
      const metainfo = torrent && parseMetainfo(torrent)
      return metainfo === undefined || refused(metainfo) ? undefined : metainfo.name
    },
  })
  return { rows }
}
