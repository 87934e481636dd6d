/** `search`: the providers' signed catalogues, or what of them fits a text. */
import { formatAmount } from '../../shared/amount.js'
import type { Catalogue } from '../../shared/api.js'
import { type Report, type Verb, visible } from '../../shared/command.js'
import { must, type Refusal, refused } from '../../shared/errors.js'
import { asVisitor, type Context, chooseProviders, TRACKER_OPTION } from '../customer.js'
import type { Provider } from '../pay/provider.js'
import { cellsOf, cut } from '../ui/cells.js'
import { formatBytes, formatDuration } from '../ui/format.js'
import { COLUMNS, formatRecords } from '../ui/table.js'

/** Cells before the second line of a record. */
const INDENT = 2

function tell(report: Report, { row }: Provider, contents: Catalogue['contents']): void {
  const { currency, fingerprint } = row
  for (const content of contents) {
    report.event({ event: 'content', provider: fingerprint, currency, ...content })
  }
  const head = [
    'NAME',
    'SIZE',
    `PRICE (${visible(currency)})`,
    'SELLERS',
    'TIME',
    'SOLD/DAY',
    '/WEEK',
  ]
  const form = { right: [1, 2, 3, 4, 5, 6], gives: 0 }
  for (const line of formatRecords(head, contents.map(recordOf), form)) report.line(line)
}

/** A content in the table, and on the line below what is looked at less often, as much as fits. */
function recordOf(content: Catalogue['contents'][number]) {
  const { b, cid, day, downloaders, expected, mode, n, name, price, reward, sellers, size, week } =
    content
  const time = expected === undefined ? '-' : formatDuration(expected)
  const counts = [String(sellers), time, String(day), String(week)]
  const now = downloaders === 0 ? [] : [`${downloaders} fetching`]
  const less = [`reward ${formatAmount(reward)}`, visible(mode), ...now, `n ${n}`, `b ${b}`]
  return {
    row: [visible(name), formatBytes(size), formatAmount(price), ...counts],
    below: cut(joined(`${cid}  `, less), COLUMNS - INDENT),
  }
}

/** The first of these parts that fit on the line, each whole. */
function joined(start: string, [first = '', ...more]: readonly string[]): string {
  let line = start + first
  for (const part of more) {
    if (cellsOf(line) + cellsOf(part) + 2 > COLUMNS - INDENT) break
    line += `, ${part}`
  }
  return line
}

export const search: Verb<Context> = {
  name: 'search',
  summary: 'list what the providers sell',
  usage: '[TEXT] [--tracker WHICH]',
  options: TRACKER_OPTION,
  examples: ['', 'album', 'album --tracker https://tracker.example'],
  run: ({ positionals, report, values }, context) =>
    asVisitor({ positionals, report, values }, context, async (visitor) => {
      const providers = must(chooseProviders(visitor, values))
      const text = positionals[0] ?? ''
      const answers = await Promise.all(providers.map((each) => each.catalogue(text)))
      const problems: Refusal[] = []
      let found = 0
      for (const [index, provider] of providers.entries()) {
        const contents = answers[index] as (typeof answers)[number]
        const { name, url } = provider.row
        if (providers.length > 1) report.line(`${visible(name)} at ${url}`)
        if (refused(contents)) {
          const { code, message } = contents
          problems.push(contents)
          if (problems.length === providers.length) continue
          report.event({ event: 'left-out', provider: provider.row.fingerprint, code, message })
          report.line(message)
        } else if (contents.length === 0) report.line('nothing found')
        else tell(report, provider, contents)
        found += refused(contents) ? 0 : contents.length
      }
      if (problems.length === providers.length) must(problems[0] as Refusal)
      return { contents: found, providers: providers.length }
    }),
}
