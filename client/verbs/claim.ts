/** `claim`: turns what was earned into money now, with each provider (paper §III.F). */
import { formatAmount } from '../../shared/amount.js'
import { type Input, refusalOf, type Verb, visible } from '../../shared/command.js'
import { must, type Refusal } from '../../shared/errors.js'
import {
  asCustomer,
  type Context,
  type Customer,
  certified,
  chooseProviders,
  TRACKER_OPTION,
} from '../customer.js'
import type { Provider } from '../pay/provider.js'
import { officesOf } from '../trade/offices.js'
import { tellLetters } from './letters.js'
import { tellClaims } from './trading.js'

/** What claiming brought with one provider; it may have ended early. */
async function claimWith(customer: Customer, { report, values }: Input, provider: Provider) {
  const { currency, fingerprint, name } = provider.row
  const claimed = { provider: fingerprint, currency, credited: 0n, pieces: 0, grants: 0 }
  const label = visible(name)
  try {
    await certified(customer, provider)
    const offices = officesOf(customer)
    // What buyers left for us while we were away is claimed with the rest.
    const mail = await offices.mailbox(provider).fetch()
    tellLetters(report, mail)
    const round = await offices.claimer(provider).claimAsked(values.all === true)
    const { credited, grants } = round
    // With nothing to claim a tracker that is away is no failure; letters keep until it is back.
    const missed = mail.problem?.code === 'unreachable' ? undefined : mail.problem
    const problem = round.problem ?? missed
    tellClaims(report, { credited: 0n, grants, problem: undefined }, 'asked')
    const pieces = grants.reduce((sum, grant) => sum + grant.pieces, 0)
    const amount = `${formatAmount(credited)} ${visible(currency)}`
    if (grants.length > 0) report.line(`${label}: ${pieces} pieces credited with ${amount}`)
    else if (problem === undefined) {
      const unread = mail.problem ? `; letters wait unread: ${visible(mail.problem.message)}` : ''
      report.line(`${label}: nothing to claim${unread}`)
    }
    return { ...claimed, credited, pieces, grants: grants.length, problem }
  } catch (error) {
    return { ...claimed, problem: refusalOf(error) }
  }
}

export const claim: Verb<Context> = {
  name: 'claim',
  summary: 'claim what was earned and not claimed yet',
  usage: '[--all] [--tracker WHICH]',
  options: {
    all: {
      type: 'boolean',
      help: 'all that was ever earned, when the provider lost its books; nothing is paid twice',
    },
    ...TRACKER_OPTION,
  },
  examples: ['', '--tracker https://tracker.example'],
  run: (input, context) =>
    asCustomer(input, context, async (customer) => {
      const problems: Refusal[] = []
      const rounds: Record<string, unknown>[] = []
      for (const provider of must(chooseProviders(customer, input.values))) {
        const { problem, ...round } = await claimWith(customer, input, provider)
        const { code, message } = problem ?? {}
        input.report.event({ event: 'credited', ...round, ...(problem && { code, message }) })
        rounds.push(round)
        if (problem !== undefined) problems.push(problem)
      }
      // One provider's trouble keeps no other from being asked.
      for (const { message } of problems.slice(1)) input.report.line(message)
      if (problems[0] !== undefined) must(problems[0])
      return rounds.length === 1 ? rounds[0] : { accounts: rounds.length }
    }),
}
