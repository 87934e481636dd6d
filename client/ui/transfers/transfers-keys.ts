/** Keys of the screen of transfers. */
import { ORDER_KEYS, type OrderAction } from '../order.js'
import type { KeyRow } from '../screen.js'
import type { TabAction } from './tab.js'

/** What the screen does beside what all screens do; `tab` and clicks in tabs: the mouse alone. */
export type TransfersAction =
  | 'pause'
  | 'remove'
  | 'erase'
  | 'check'
  | 'announce'
  | 'sequential'
  | 'show'
  | 'showback'
  | 'all'
  | 'invert'
  | 'higher'
  | 'lower'
  | 'next'
  | 'previous'
  | 'blacklist'
  | 'buy'
  | 'play'
  | 'tab'
  | TabAction
  | OrderAction

export const TRANSFERS_KEYS: readonly KeyRow<TransfersAction>[] = [
  {
    action: 'pause',
    keys: ['p'],
    does: 'pause what is marked or chosen, or resume',
    short: 'pause',
  },
  { action: 'remove', keys: ['d', 'delete'], does: 'remove from the list; asks', short: 'remove' },
  { action: 'erase', keys: ['D'], does: 'remove and delete the files; asks' },
  { action: 'check', keys: ['c'], does: 'hash what is on the disk again' },
  { action: 'announce', keys: ['a'], does: 'ask the trackers for peers now' },
  { action: 'sequential', keys: ['o'], does: 'fetch pieces in order, or the rarest first' },
  ...ORDER_KEYS,
  { action: 'show', keys: ['f'], does: 'show only the active, fetching, ...', short: 'filter' },
  { action: 'showback', keys: ['F'], does: 'the filter before' },
  { action: 'all', keys: ['m'], does: 'mark all that are shown, or none' },
  { action: 'invert', keys: ['M'], does: 'mark what is not marked, and the other way round' },
  { action: 'next', keys: ['J'], does: 'to the next content, also with its tabs open' },
  { action: 'previous', keys: ['K'], does: 'to the content before' },
  { action: 'higher', keys: ['+', '='], does: 'files: want the chosen one more' },
  { action: 'lower', keys: ['-'], does: 'files: want it less, down to skip' },
  { action: 'play', keys: ['P'], does: 'play it, or the chosen file, while it comes in' },
  { action: 'buy', keys: ['B'], does: 'buy pieces that nobody brings any more; asks' },
  { action: 'blacklist', keys: ['b'], does: 'peers, money: end all trade with this member; asks' },
]
