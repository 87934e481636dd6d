/** `search`: the provider's signed catalogue, or what of it fits a text. */
import { formatAmount } from '../../shared/amount.js'
import { type Verb, visible } from '../../shared/command.js'
import { must } from '../../shared/errors.js'
import { asCustomer, type Context, chooseProvider, TRACKER_OPTION } from '../customer.js'
import { formatBytes } from '../ui/format.js'
import { formatTable } from '../ui/table.js'

export const search: Verb<Context> = {
  name: 'search',
  summary: 'list what the provider sells',
  usage: '[TEXT] [--tracker URL]',
  options: TRACKER_OPTION,
  positionals: { min: 0, max: 1 },
  run: (input, context) =>
    asCustomer(input, context, async (customer) => {
      const { positionals, report, values } = input
      const provider = must(chooseProvider(customer, values))
      const contents = must(await provider.catalogue(positionals[0] ?? ''))
      for (const content of contents) report.event({ event: 'content', ...content })
      if (contents.length === 0) report.line('nothing found')
      else {
        const rows = contents.map(({ cid, name, price, reward, sellers, size }) => [
          ...[cid, visible(name), formatBytes(size), formatAmount(price), formatAmount(reward)],
          String(sellers),
        ])
        const head = ['CID', 'NAME', 'SIZE', 'PRICE', 'REWARD', 'SELLERS']
        for (const line of formatTable([head, ...rows], [2, 3, 4, 5])) report.line(line)
      }
      return { contents: contents.length, currency: provider.row.currency }
    }),
}
