/** The files of a transfer and how much each is wanted; pure. */
import type { FileRow, Priority } from '../../local/transfer-rows.js'
import { percentCell } from '../amounts.js'
import type { Named } from '../columns.js'
import { formatBytes } from '../format.js'
import { bar, type Role } from '../paint.js'
import { tableTab } from './tab.js'

const BAR_CELLS = 10
const LOOKS: Readonly<Record<Priority, Role | undefined>> = {
  skip: 'dim',
  low: 'dim',
  normal: undefined,
  high: 'strong',
}

const ORDER: readonly Priority[] = ['skip', 'low', 'normal', 'high']

const COLUMNS: readonly Named<FileRow>[] = [
  {
    ...{ name: 'number', title: '#', width: 4, right: true, rank: 5, ascends: true },
    text: ({ number }) => String(number),
    role: () => 'dim',
    by: ({ number }) => number,
  },
  {
    ...{ name: 'file', title: 'File', width: 20, stretches: true, rank: 0, ascends: true },
    text: ({ name }) => name,
    role: ({ priority }) => (priority === 'skip' ? 'dim' : undefined),
    by: ({ name }) => name.toLowerCase(),
  },
  {
    ...{ name: 'size', title: 'Size', width: 7, right: true, rank: 2 },
    text: ({ bytes }) => formatBytes(bytes),
    by: ({ bytes }) => bytes,
  },
  {
    ...{ name: 'done', title: 'Done', width: 5, right: true, rank: 1 },
    text: ({ bytes, left }) => percentCell(bytes - left, bytes),
    by: doneOf,
  },
  {
    ...{ name: 'bar', title: 'Progress', width: BAR_CELLS, rank: 6 },
    text: (row) => bar(doneOf(row), BAR_CELLS).join(''),
    role: ({ left }) => (left > 0 ? 'accent' : 'good'),
  },
  {
    ...{ name: 'priority', title: 'Priority', width: 8, rank: 0 },
    text: ({ priority }) => priority,
    role: ({ priority }) => LOOKS[priority],
    by: ({ priority }) => ORDER.indexOf(priority),
  },
]

/** Part of a file that is here, 0 to 1. */
function doneOf({ bytes, left }: FileRow): number {
  return bytes === 0 ? 1 : 1 - left / bytes
}

/** What tells files apart. */
export const fileKey = ({ number }: FileRow): string => String(number)

export const filesTab = tableTab<FileRow>({
  columns: () => COLUMNS,
  rows: ({ files }) => files,
  keyOf: fileKey,
  order: { sort: 'number', descending: false },
  empty: () => 'no files',
})

/** The next priority up or down; the ends stay. */
export function nextPriority(priority: Priority, step: 1 | -1): Priority {
  return ORDER[ORDER.indexOf(priority) + step] ?? priority
}
