/** `refund`: asks for the money of pieces that nobody offers, or how that stands (design D9). */
import { CASE_REASON_MAX_BYTES } from '../../shared/case-limits.js'
import type { CaseEntry } from '../../shared/cases.js'
import { fail, type Input, stringOption, type Verb } from '../../shared/command.js'
import { must } from '../../shared/errors.js'
import { asCustomer, type Context, type Customer, certified, TRACKER_OPTION } from '../customer.js'
import { findContent, misnamed } from '../trade/content.js'
import { askRefund, planRefunds, type RefundPlan } from '../trade/refunding.js'
import { YES_OPTION } from './buy.js'
import { tellCase } from './case-reports.js'

const REASON = 'no seller offers these pieces'

/** Giving up a grant is asked about once; a case that there is already is only looked at. */
async function confirm(
  { stop, terminal }: Customer,
  { report, values }: Input,
  plans: readonly RefundPlan[],
): Promise<void> {
  const fresh = plans.filter(({ asked }) => !asked)
  if (fresh.length === 0 || values.yes === true) return
  const count = fresh.reduce((sum, plan) => sum + plan.count, 0)
  const what = `${count} pieces are missing and unpaid; while the desk decides nothing is fetched`
  if (!terminal.interactive || report.json) fail('not-confirmed', `${what}: add --yes to ask`)
  const answer = await terminal.ask(`${what}. Ask for a refund? [y/N] `, stop)
  if (answer === undefined) fail('interrupted', 'stopped before anything was asked for')
  if (!/^y(es)?$/i.test(answer)) fail('not-confirmed', 'not asked for')
}

export const refund: Verb<Context> = {
  name: 'refund',
  summary: 'ask for the money of pieces that no seller offers; again, how the case stands',
  usage: 'TORRENT-or-CID [--reason TEXT] [--again] [--yes]',
  whence: 'floodgate wallet lists what was bought',
  options: {
    reason: { type: 'string', value: 'TEXT', help: 'what the provider should know' },
    again: { type: 'boolean', help: 'ask anew after a rejection' },
    yes: { ...YES_OPTION.yes, help: 'ask without being asked' },
    ...TRACKER_OPTION,
  },
  examples: ["album.torrent --reason 'nobody has piece 17'"],
  run: async (input, context) => {
    const { positionals, values } = input
    const reason = stringOption(values, 'reason') ?? REASON
    if (Buffer.byteLength(reason) > CASE_REASON_MAX_BYTES) {
      fail('usage', `--reason takes at most ${CASE_REASON_MAX_BYTES} bytes`)
    }
    must(misnamed(context.folder, positionals))
    return asCustomer(input, context, async (customer) => {
      const content = await findContent(customer, values, positionals[0] as string)
      if (!content.paid) return fail('usage', 'this torrent is free; nothing was paid for it')
      const { cid } = content.metainfo
      const ask = async () => {
        const wish = { reason, again: values.again === true }
        const plans = await planRefunds(customer, content, wish)
        await confirm(customer, input, plans)
        await certified(customer, content.provider)
        const cases: CaseEntry[] = []
        for (const plan of plans) {
          const entry = must(await askRefund(customer, content, plan))
          tellCase(input.report, entry)
          cases.push(entry)
        }
        return { cid, cases }
      }
      // Nothing of it may be fetched or paid while it is counted what is missing.
      return customer.household?.aside(cid, ask) ?? ask()
    })
  },
}
