/** The peers of a transfer: what flows, and what is unpaid each way; pure. */
import type { PeerRow, Transfer } from '../../local/transfer-rows.js'
import { percentCell, rateCell } from '../amounts.js'
import { fieldLine, type Named } from '../columns.js'
import { formatBytes } from '../format.js'
import type { Role } from '../paint.js'
import { tableTab } from './tab.js'

const UID_CELLS = 8

/** The columns; what a peer has is a share of the content's pieces. */
function columnsFor({ paid, pieces }: Transfer): readonly Named<PeerRow>[] {
  return [
    {
      ...{ name: 'address', title: 'Address', width: 21, stretches: true, rank: 0, ascends: true },
      text: ({ address }) => address,
      by: ({ address }) => address,
    },
    {
      ...{ name: 'way', title: '', width: 3, rank: 9 },
      text: ({ incoming }) => (incoming ? 'in' : 'out'),
      role: () => 'dim',
    },
    ...(paid ? [uidColumn] : []),
    {
      ...{ name: 'client', title: 'Client', width: 16, rank: 8, ascends: true },
      text: ({ client = '' }) => client,
      by: ({ client }) => client?.toLowerCase(),
      role: () => 'dim',
    },
    {
      ...{ name: 'has', title: 'Has', width: 5, right: true, rank: 6 },
      text: ({ have }) => percentCell(have, pieces),
      by: ({ have }) => have,
    },
    rate('Down/s', 'downRate', 'accent', 1),
    rate('Up/s', 'upRate', 'good', 2),
    bytes('Got', 'downloaded'),
    bytes('Sent', 'uploaded'),
    ...(paid ? moneyColumns : []),
  ]
}

const uidColumn: Named<PeerRow> = {
  ...{ name: 'uid', title: 'Member', width: UID_CELLS, rank: 4, ascends: true },
  text: ({ uid = '' }) => uid.slice(0, UID_CELLS),
  by: ({ uid }) => uid,
}

const moneyColumns: readonly Named<PeerRow>[] = [
  pieces('Window', 'window', 5),
  pieces('Owes us', 'owesUs', 3, 'warn'),
  pieces('We owe', 'owedByUs', 3),
]

function rate(
  title: string,
  name: 'downRate' | 'upRate',
  role: Role,
  rank: number,
): Named<PeerRow> {
  return {
    ...{ name, title, width: 7, right: true, rank, role: () => role },
    text: ({ [name]: value }) => rateCell(value),
    by: ({ [name]: value }) => value,
  }
}

function bytes(title: string, name: 'downloaded' | 'uploaded'): Named<PeerRow> {
  return {
    ...{ name, title, width: 7, right: true, rank: 7 },
    text: ({ [name]: value }) => (value === 0 ? '' : formatBytes(value)),
    by: ({ [name]: value }) => value,
  }
}

function pieces(
  title: string,
  name: 'window' | 'owesUs' | 'owedByUs',
  rank: number,
  role?: Role,
): Named<PeerRow> {
  return {
    ...{ name, title, width: title.length, right: true, rank },
    text: ({ [name]: value }) => (value === undefined ? '' : String(value)),
    by: ({ [name]: value }) => value,
    role: ({ [name]: value }) => (value === undefined || value === 0 ? undefined : role),
  }
}

export const peersTab = tableTab<PeerRow>({
  columns: ({ transfer }) => columnsFor(transfer),
  rows: ({ peers }) => peers,
  keyOf: peerKey,
  order: { sort: 'downRate', descending: true },
  weight: ({ downRate, upRate }) => downRate + upRate,
  whole: ({ address, uid }) =>
    uid === undefined ? undefined : fieldLine('member', uid, [`  ${address}`, 'dim']),
  empty: () => 'no peers: waiting for somebody who has it',
})

/** What tells peers apart. */
export function peerKey({ address }: PeerRow): string {
  return address
}
