/** What earn does and why, as lines: for the verb and for the screen; pure. */
import { formatAmount } from '../../shared/amount.js'
import { visible } from '../../shared/command.js'
import type { EarnState } from '../local/rows.js'
import { roughly } from './amounts.js'
import { formatBytes } from './format.js'
import { formatRecords } from './table.js'

type Choice = EarnState['choices'][number]

const DAY_DIGITS = 1

/** State and means, a line each. */
export function earnHead(state: EarnState, currency: string): string[] {
  const { budget, earned, invested, on, problem, quota, resting, traffic, trafficCap, used } = state
  const coin = visible(currency)
  const at = resting === undefined ? 'earn is at work' : `earn rests: ${visible(resting)}`
  if (!on) return ['earn is off: floodgate earn start --quota 20GB --budget 5.00']
  const cap = trafficCap === undefined ? '' : ` of ${formatBytes(trafficCap)}`
  return [
    at,
    ...(problem === undefined ? [] : [`it could not look at what sells: ${visible(problem)}`]),
    `disk ${formatBytes(used)} of ${formatBytes(quota)}, traffic this month ` +
      `${formatBytes(traffic)}${cap}`,
    `spent ${formatAmount(invested)} of ${formatAmount(budget)} ${coin}, ` +
      `earned ${formatAmount(earned)} ${coin} with it`,
  ]
}

const SIGNS = { chosen: '+ buy', held: '= hold', dropped: '- drop', passed: '  pass' } as const
const ORDER = ['held', 'chosen', 'dropped', 'passed'] as const

/** Days until a price is back. */
function backIn({ breakEven, state }: Choice): string {
  if (state === 'dropped') return ''
  return breakEven === undefined ? 'never' : `${breakEven.toFixed(DAY_DIGITS)} d`
}

/** Every content with the choice that was made and its reason; at most `most` passed by. */
export function earnTable({ choices }: Pick<EarnState, 'choices'>, most: number): string[] {
  const shown = ORDER.flatMap((state) => {
    const those = choices.filter((choice) => choice.state === state)
    return state === 'passed' ? those.slice(0, most) : those
  })
  const records = shown.map((choice) => {
    const { bytes, daily, earned, name, price, state, why } = choice
    const expected = formatAmount(roughly(daily))
    const cells = [SIGNS[state], formatBytes(bytes), formatAmount(price), expected]
    const row = [...cells, backIn(choice), formatAmount(earned), visible(name)]
    return { row, below: `       ${visible(why)}` }
  })
  const head = ['', 'SIZE', 'PRICE', 'A DAY', 'BACK IN', 'EARNED', 'NAME']
  return formatRecords(head, records, { right: [1, 2, 3, 4, 5], gives: 6 })
}
