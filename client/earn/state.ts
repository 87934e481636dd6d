/** What earn shows of itself. */
import { EARN_PASSED_MAX_COUNT } from '../../shared/earn-limits.js'
import { type Refusal, refused } from '../../shared/errors.js'
import { parseMetainfo } from '../../shared/metainfo.js'
import type { Household } from '../daemon/household.js'
import type { EarnState } from '../local/rows.js'
import type { Agreement, StakeRow } from '../pay/wallet/earn.js'
import type { Wallet } from '../pay/wallet/wallet.js'
import type { Choice } from './chooser.js'
import { monthOf } from './traffic.js'

/** What it is made of. */
export interface Shown {
  readonly wallet: Wallet
  readonly agreement: Agreement | undefined
  /** Bytes of this month. */
  readonly traffic: number
  readonly resting: string | undefined
  /** Why the last look at what sells failed. */
  readonly problem?: Refusal | undefined
  /** Of the last look. */
  readonly choices: readonly Choice[]
}

const OFF: EarnState = {
  ...{ on: false, quota: 0, used: 0, traffic: 0 },
  ...{ budget: 0n, invested: 0n, earned: 0n, choices: [] },
}

type Row = EarnState['choices'][number]

/** The state of earn in a household, also while nothing of it is at work there. */
export function earnStateOf({ customer, earning }: Household): EarnState {
  return earning?.state() ?? stateOfWallet(customer.wallet, customer.now())
}

/** The state of earn by the wallet alone. */
export function stateOfWallet(wallet: Wallet, nowMs: number): EarnState {
  const traffic = wallet.earn.traffic(monthOf(nowMs))
  const resting = 'nothing is at work here: floodgate daemon, or floodgate earn start'
  return earnState({ wallet, agreement: wallet.earn.agreement(), traffic, resting, choices: [] })
}

/** The state of earn; what was never agreed to is off. */
export function earnState(shown: Shown): EarnState {
  const { agreement, choices, problem, resting, traffic, wallet } = shown
  if (agreement === undefined) return OFF
  const { budget, fingerprint, on, quota } = agreement
  const stakes = wallet.earn.stakes(fingerprint)
  const byCid = new Map(stakes.map((stake) => [stake.cid, stake]))
  const passed = choices.filter(({ ware }) => !byCid.has(ware.cid)).slice(0, EARN_PASSED_MAX_COUNT)
  const rows = [
    ...stakes.map((stake) => stakeRow(stake, choices, wallet)),
    ...passed.map(choiceRow),
  ]
  const here = rows.filter(({ state }) => state === 'held' || state === 'chosen')
  const used = here.reduce((sum, row) => sum + (byCid.has(row.cid) ? row.bytes : 0), 0)
  return {
    ...{ on, quota, used, traffic, budget, choices: rows },
    ...(resting === undefined ? {} : { resting }),
    ...(problem === undefined ? {} : { problem: problem.message }),
    ...(agreement.traffic === null ? {} : { trafficCap: agreement.traffic }),
    invested: wallet.earn.invested(fingerprint),
    earned: stakes.reduce((sum, { earned }) => sum + earned, 0n),
  }
}

const STATES = { buy: 'chosen', hold: 'held', drop: 'dropped', pass: 'passed' } as const

function choiceRow({ act, breakEven, daily, ware, why }: Choice): Row {
  const { bytes, cid, name, price } = ware
  const back = breakEven === undefined ? {} : { breakEven }
  return { cid, name, state: STATES[act], bytes, price, daily, ...back, earned: 0n, why }
}

/** What was bought, also when it is on sale no more. */
function stakeRow(stake: StakeRow, choices: readonly Choice[], wallet: Wallet): Row {
  const { cid, earned, price } = stake
  const state = stake.state === 'held' ? 'held' : stake.state === 'ordered' ? 'chosen' : 'dropped'
  const choice = choices.find(({ ware }) => ware.cid === cid)
  if (choice !== undefined) {
    const why = state === 'dropped' ? 'given up' : choice.why
    const daily = state === 'dropped' ? 0n : choice.daily
    return { ...choiceRow(choice), state, earned, price, why, daily }
  }
  const why = state === 'dropped' ? 'given up' : 'not looked at yet'
  const torrent = wallet.contents.get(cid)?.torrent
  const metainfo = torrent === undefined ? undefined : parseMetainfo(torrent)
  const known = metainfo === undefined || refused(metainfo) ? undefined : metainfo
  const [name, bytes] = [known?.name ?? cid, known?.length ?? 0]
  return { cid, name, state, bytes, price, daily: 0n, earned, why }
}
