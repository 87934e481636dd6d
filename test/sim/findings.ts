/** What must hold after every run, whatever went wrong in it. */
import { must } from '../../shared/errors.js'
import { audit } from '../../tracker/audit/audit.js'
import { judgeOf } from '../../tracker/case-files.js'
import { readKey } from '../../tracker/config.js'
import { verifyLedger } from '../../tracker/verify.js'
import { lossFindings } from './losses.js'
import type { Market } from './market.js'
import type { SimMember } from './member.js'

/** What does not hold, a sentence each. */
export async function findings(market: Market): Promise<string[]> {
  const { honest, whole } = market
  return [
    ...whole.flatMap(incomplete),
    ...honest.flatMap((member) => brands(member, honest)),
    ...(await revoked(market, honest)),
    ...(await lossFindings(market)),
    ...(await verifyLedger(market.host.tracker)).problems,
    ...audited(market),
  ]
}

/** What the independent auditor says: of the books, of every token and of every verdict. */
function audited({ host: { home, tracker } }: Market): readonly string[] {
  const vaultKey = must(readKey(home.vaultKey))
  return audit(home.database, { vaultKey, judge: judgeOf(tracker) }).problems
}

/** Every honest buyer gets its content, since the house always holds it. */
function incomplete({ complete, disks, name }: SimMember): string[] {
  const have = [...disks.values()].map((disk) => `${disk.count} of ${disk.size}`)
  return complete ? [] : [`${name} has not got what it bought: ${have.join(', ')}`]
}

/** No honest member holds anything against another. */
function brands({ name, wallet }: SimMember, honest: readonly SimMember[]): string[] {
  const [provider] = wallet.providers.all()
  if (provider === undefined) return []
  return wallet.blacklist.of(provider.fingerprint).flatMap(({ code, uid }) => {
    const branded = honest.find((member) => member.uid === uid)
    return branded === undefined ? [] : [`${name} has blacklisted ${branded.name}: ${code}`]
  })
}

/** No honest member is revoked. */
async function revoked(market: Market, honest: readonly SimMember[]): Promise<string[]> {
  return market.host.tracker.store.read(async (rows) => {
    const problems: string[] = []
    for (const { name, uid } of honest) {
      const member = uid === undefined ? undefined : await rows.members.byUid(uid)
      if (member === undefined) continue
      const entry = await rows.revocations.of(member.id)
      if (entry !== undefined) problems.push(`${name} was revoked: ${entry.reason}`)
    }
    return problems
  })
}
