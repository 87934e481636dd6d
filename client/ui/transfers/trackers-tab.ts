/** The trackers of a transfer and what each last said; pure. */
import type { TrackerRow } from '../../local/transfer-rows.js'
import { spanCell } from '../amounts.js'
import { type Column, tableLines } from '../columns.js'
import type { Role } from '../paint.js'
import type { Tab } from './tab.js'

const LOOKS: Readonly<Record<TrackerRow['state'], Role>> = {
  working: 'good',
  asking: 'dim',
  away: 'warn',
  refused: 'bad',
}

function columnsAt(now: number): readonly Column<TrackerRow>[] {
  return [
    { ...{ title: 'Tracker', width: 32, rank: 0 }, text: ({ url }) => url },
    {
      ...{ title: 'State', width: 7, rank: 0 },
      text: ({ state }) => state,
      role: ({ state }) => LOOKS[state],
    },
    {
      ...{ title: 'Next', width: 6, right: true, rank: 3 },
      text: ({ next }) => (next === undefined ? '' : spanCell(Math.max(0, next - now) / 1000)),
    },
    {
      ...{ title: 'Reached', width: 7, rank: 4 },
      text: ({ reached }) => (reached === undefined ? '' : reached ? 'yes' : 'no'),
      role: ({ reached }) => (reached === false ? 'warn' : undefined),
    },
    {
      ...{ title: 'It said', width: 16, stretches: true, rank: 2 },
      text: ({ message = '' }) => message,
    },
  ]
}

export const trackersTab: Tab = {
  count: ({ detail }) => detail?.trackers.length ?? 0,
  above: () => 1,
  lines: ({ detail, list, size, world }) => {
    if (detail?.trackers.length === 0) return [[' no tracker: peers come by hand alone']]
    return tableLines(columnsAt(world.now), detail?.trackers ?? [], { chosen: true, list, size })
  },
}
