/** The peers of a transfer: what flows, and what is unpaid each way; pure. */
import type { PeerRow, Transfer } from '../../local/transfer-rows.js'
import { percentCell, rateCell } from '../amounts.js'
import { type Column, sortRows, tableLines } from '../columns.js'
import { formatBytes } from '../format.js'
import type { Role } from '../paint.js'
import type { Tab, TabView } from './tab.js'

const UID_CELLS = 8

/** The columns; what a peer has is a share of the content's pieces. */
function columnsFor({ paid, pieces }: Transfer): readonly Column<PeerRow>[] {
  return [
    {
      ...{ title: 'Address', width: 21, stretches: true, rank: 0 },
      text: ({ address }) => address,
    },
    {
      ...{ title: '', width: 3, rank: 9 },
      text: ({ incoming }) => (incoming ? 'in' : 'out'),
      role: () => 'dim',
    },
    ...(paid ? [uidColumn] : []),
    {
      ...{ title: 'Client', width: 16, rank: 8 },
      text: ({ client = '' }) => client,
      role: () => 'dim',
    },
    {
      ...{ title: 'Has', width: 5, right: true, rank: 6 },
      text: ({ have }) => percentCell(have, pieces),
    },
    rate('Down/s', 'downRate', 'accent', 1),
    rate('Up/s', 'upRate', 'good', 2),
    bytes('Got', 'downloaded'),
    bytes('Sent', 'uploaded'),
    ...(paid ? moneyColumns : []),
  ]
}

const uidColumn: Column<PeerRow> = {
  ...{ title: 'Member', width: UID_CELLS, rank: 4 },
  text: ({ uid = '' }) => uid.slice(0, UID_CELLS),
}

const moneyColumns: readonly Column<PeerRow>[] = [
  pieces('Window', 'window', 5),
  pieces('Owes us', 'owesUs', 3, 'warn'),
  pieces('We owe', 'owedByUs', 3),
]

function rate(
  title: string,
  name: 'downRate' | 'upRate',
  role: Role,
  rank: number,
): Column<PeerRow> {
  return {
    ...{ title, width: 7, right: true, rank, role: () => role },
    text: ({ [name]: value }) => rateCell(value),
  }
}

function bytes(title: string, name: 'downloaded' | 'uploaded'): Column<PeerRow> {
  return {
    ...{ title, width: 7, right: true, rank: 7 },
    text: ({ [name]: value }) => (value === 0 ? '' : formatBytes(value)),
  }
}

function pieces(
  title: string,
  name: 'window' | 'owesUs' | 'owedByUs',
  rank: number,
  role?: Role,
): Column<PeerRow> {
  return {
    ...{ title, width: title.length, right: true, rank },
    text: ({ [name]: value }) => (value === undefined ? '' : String(value)),
    role: ({ [name]: value }) => (value === undefined || value === 0 ? undefined : role),
  }
}

/** The peers as the tab lists them, the busiest first. */
export function listedPeers({ detail }: Pick<TabView, 'detail'>): readonly PeerRow[] {
  return sortRows(detail?.peers ?? [], ({ downRate, upRate }) => downRate + upRate, true)
}

export const peersTab: Tab = {
  count: ({ detail }) => detail?.peers.length ?? 0,
  above: () => 1,
  lines: (view) => {
    const { list, size, transfer } = view
    const peers = listedPeers(view)
    if (peers.length === 0) return [[' no peers: waiting for somebody who has it']]
    return tableLines(columnsFor(transfer), peers, { chosen: true, list, size })
  },
}
