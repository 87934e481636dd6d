/** The trackers of a transfer and what each last said; pure. */
import type { TrackerRow } from '../../local/transfer-rows.js'
import { spanCell } from '../amounts.js'
import type { Named } from '../columns.js'
import type { Role } from '../paint.js'
import { tableTab } from './tab.js'

const LOOKS: Readonly<Record<TrackerRow['state'], Role>> = {
  working: 'good',
  asking: 'dim',
  away: 'warn',
  refused: 'bad',
}
const STATES = Object.keys(LOOKS)

function columnsAt(now: number): readonly Named<TrackerRow>[] {
  return [
    {
      ...{ name: 'url', title: 'Tracker', width: 30, rank: 0, ascends: true },
      text: ({ url }) => url,
      by: ({ url }) => url,
    },
    {
      ...{ name: 'state', title: 'State', width: 7, rank: 0, ascends: true },
      text: ({ state }) => state,
      by: ({ state }) => STATES.indexOf(state),
      role: ({ state }) => LOOKS[state],
    },
    {
      ...{ name: 'next', title: 'Next', width: 6, right: true, rank: 3, ascends: true },
      by: ({ next }) => next,
      text: ({ next }) => (next === undefined ? '' : spanCell(Math.max(0, next - now) / 1000)),
    },
    {
      ...{ name: 'reached', title: 'Reached', width: 7, rank: 4 },
      by: ({ reached }) => (reached === undefined ? undefined : Number(reached)),
      text: ({ reached }) => (reached === undefined ? '' : reached ? 'yes' : 'no'),
      role: ({ reached }) => (reached === false ? 'warn' : undefined),
    },
    {
      ...{ name: 'said', title: 'It said', width: 16, stretches: true, rank: 2, ascends: true },
      text: ({ message = '' }) => message,
      by: ({ message }) => message,
    },
  ]
}

export const trackersTab = tableTab<TrackerRow>({
  columns: ({ world }) => columnsAt(world.now),
  rows: ({ trackers }) => trackers,
  keyOf: ({ url }) => url,
  order: { sort: 'state', descending: false },
  empty: () => 'no tracker: peers come by hand alone',
})
