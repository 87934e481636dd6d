/** `buy`: buys a content without fetching it. */
import { formatAmount } from '../../shared/amount.js'
import { fail, type Verb, visible } from '../../shared/command.js'
import { must } from '../../shared/errors.js'
import { CAP_OPTIONS } from '../caps.js'
import { asCustomer, type Context, TRACKER_OPTION } from '../customer.js'
import { findContent, misnamed } from '../trade/content.js'
import { purchase } from '../trade/purchase.js'

/** The option that stands for the answer to "Pay?". */
export const YES_OPTION = {
  yes: { type: 'boolean', short: 'y', help: 'pay the price without asking' },
} as const

export const buy: Verb<Context> = {
  name: 'buy',
  summary: 'buy a content; get fetches it',
  usage: 'TORRENT-or-CID [--yes] [--tracker URL]',
  whence: 'floodgate search lists what is sold',
  options: { ...YES_OPTION, ...CAP_OPTIONS, ...TRACKER_OPTION },
  examples: ['0123456789abcdef0123456789abcdef01234567 --yes', 'album.torrent'],
  run: async (input, context) => {
    const { positionals, report, values } = input
    must(misnamed(context.folder, positionals))
    return asCustomer(input, context, async (customer) => {
      const content = await findContent(customer, values, positionals[0] as string)
      if (!content.paid) {
        return fail('usage', 'this torrent is free: floodgate get fetches it')
      }
      const consent = { yes: values.yes === true, report }
      const { grants, again } = await purchase(customer, content, consent)
      const { cid, name } = content.metainfo
      const working = customer.household?.find(cid)?.trade
      for (const grant of grants) working?.addGrant(grant)
      const rid = grants.at(-1)?.rid
      const paid = again ? 0n : content.terms.price
      report.line(
        again
          ? `${visible(name)} was bought before; nothing was charged`
          : `bought ${visible(name)} for ${formatAmount(paid)}: floodgate get ${cid} --out DIR`,
      )
      return { cid, rid, paid, again }
    })
  },
}
