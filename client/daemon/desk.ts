/** Blacklist and cases of a home as rows of the local API. */
import type { CaseEntry } from '../../shared/cases.js'
import { type Refusal, refused, textOf } from '../../shared/errors.js'
import type { Cid } from '../../shared/identifier.js'
import { parseMetainfo } from '../../shared/metainfo.js'
import { decodeMessage } from '../../shared/wire/messages.js'
import { type Customer, chooseProviders } from '../customer.js'
import type { BlacklistRow, CaseRow } from '../local/rows.js'
import { accusationIn } from '../pay/case-desk.js'
import type { Provider } from '../pay/provider.js'
import type { BlacklistEntry } from '../pay/wallet/blacklist.js'
import { officesOf } from '../trade/offices.js'
import { caseLine } from '../ui/case-text.js'

/** Members that are not traded with now, newest first. */
export function blacklistRows(customer: Customer): BlacklistRow[] {
  const providers = chooseProviders(customer, {})
  if (refused(providers)) return []
  return providers.flatMap((provider) => {
    const now = provider.trackerNow()
    const { fingerprint } = provider.row
    const entries = customer.wallet.blacklist.of(fingerprint)
    const held = entries.filter(({ until }) => until === null || until > now)
    if (held.length === 0) return []
    const debts = customer.wallet.evidence(fingerprint).debts()
    return held.map((entry) => {
      const owing = debts.filter(({ buyer }) => buyer === entry.uid)
      const owed = owing.reduce((sum, { pieces }) => sum + pieces.length, 0)
      return blacklistRow(entry, owed)
    })
  })
}

function blacklistRow(entry: BlacklistEntry, owed: number): BlacklistRow {
  const { code, evidence, offences, provider, reason, since, uid, until } = entry
  const shown = evidenceText(evidence)
  return {
    ...{ provider, uid, code, why: reason === '' ? textOf(code) : reason, since, owed, offences },
    ...(shown !== undefined && { evidence: shown }),
    ...(until !== null && { until }),
  }
}

function evidenceText(evidence: Uint8Array): string | undefined {
  if (evidence.length === 0) return undefined
  const message = decodeMessage(evidence)
  const what = refused(message) ? 'signed bytes' : `its message "${message.name}"`
  return `${what}, ${evidence.length} bytes`
}

/** Our cases with every provider that answers; the refusal when none does. */
export async function caseRows(customer: Customer): Promise<CaseRow[] | Refusal> {
  const providers = chooseProviders(customer, {})
  if (refused(providers)) return []
  const rows: CaseRow[] = []
  const problems: Refusal[] = []
  await Promise.all(
    providers.map(async (provider) => {
      const seen = await officesOf(customer).desk(provider, false).look()
      if (refused(seen)) problems.push(seen)
      else rows.push(...seen.map(({ entry }) => caseRow(customer, provider, entry)))
    }),
  )
  const [problem] = problems
  return problem !== undefined && problems.length === providers.length ? problem : rows
}

const ASKED = 'answer it, or say nothing and the grant pays when the time is over'

function caseRow(customer: Customer, { row }: Provider, entry: CaseEntry): CaseRow {
  const { amount, cid, deadline, kind, number, opened, other, pieces, reason, role, state } = entry
  const name = nameOf(customer, cid)
  return {
    ...{ provider: row.fingerprint, number, kind, role: roleOf(kind, role), cid, state },
    ...{ line: caseLine(entry), opened, deadline, pieces, amount },
    ...(other !== undefined && { other }),
    ...(name !== undefined && { name }),
    ...(accusationIn(entry) !== undefined && { asked: ASKED }),
    ...(reason !== undefined && reason !== '' && { reason }),
  }
}

function roleOf(kind: string, role: string): CaseRow['role'] {
  if (kind === 'refund') return 'buyer'
  return role === 'accused' ? 'accused' : 'complainant'
}

function nameOf(customer: Customer, cid: Cid): string | undefined {
  const torrent = customer.wallet.contents.get(cid)?.torrent
  const metainfo = torrent && parseMetainfo(torrent)
  return metainfo === undefined || refused(metainfo) ? undefined : metainfo.name
}
