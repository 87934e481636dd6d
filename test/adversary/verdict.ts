/** What verdicts make good of what was taken: an honest seller complains, and what comes of it. */
import { parseAmount } from '../../shared/amount.js'
import { must } from '../../shared/errors.js'
import { clockOff } from '../hardship/clock.js'
import { doneOf } from '../integration/programs.js'
import { casesOf } from '../unit/plaintiff.js'
import type { Member } from '../unit/tracker-member.js'
import { until } from '../until.js'
import { REWARD, type Seller, type Stage } from './stage.js'

/** Options of `publish` under which a case is decided while a test looks on. */
export const SWIFT = ['--complaint-window', '1s', '--answer-window', '1s']

/** Rewards that a verdict paid a member, once it has no case left that waits. */
export async function awarded({ tracker }: Stage, { uid }: Pick<Member, 'uid'>): Promise<number> {
  const own = await until('the end of its cases', async () => {
    const cases = await tracker.store.read(async (rows) => {
      const member = await rows.members.byUid(uid)
      return rows.cases.ofMember(member?.id ?? 0, 9)
    })
    return cases.every(({ state }) => state !== 'open' && state !== 'upheld') && cases
  })
  const sum = own.reduce((total, { fromEscrow, fromHeld }) => total + fromEscrow + fromHeld, 0n)
  return Number(sum / must(parseAmount(REWARD)))
}

/**
 * Has an honest seller complain of a buyer, by its own program and some minutes later, so that the
 * payment is overdue. The buyer reads what it is accused of and says nothing. Gives the rewards
 * that the seller is paid for it.
 */
export async function complainedOf(
  stage: Stage,
  seller: Seller,
  buyer: Member,
  later = '+2m',
): Promise<number> {
  await stage.dismiss(seller.name)
  const before = await awarded(stage, seller)
  const filing = stage.start(seller.name, ['complain', 'file', buyer.uid], clockOff(later))
  doneOf(await filing.ended)
  await casesOf(buyer)
  return (await awarded(stage, seller)) - before
}
