/** The files of a transfer and how much each is wanted; pure. */
import type { FileRow, Priority } from '../../local/transfer-rows.js'
import { percentCell } from '../amounts.js'
import { type Column, tableLines } from '../columns.js'
import { formatBytes } from '../format.js'
import { bar, type Role } from '../paint.js'
import type { Tab } from './tab.js'

const BAR_CELLS = 10
const LOOKS: Readonly<Record<Priority, Role | undefined>> = {
  skip: 'dim',
  low: 'dim',
  normal: undefined,
  high: 'strong',
}

const COLUMNS: readonly Column<FileRow>[] = [
  {
    ...{ title: '#', width: 4, right: true, rank: 5 },
    text: ({ number }) => String(number),
    role: () => 'dim',
  },
  {
    ...{ title: 'File', width: 20, stretches: true, rank: 0 },
    text: ({ name }) => name,
    role: ({ priority }) => (priority === 'skip' ? 'dim' : undefined),
  },
  { ...{ title: 'Size', width: 7, right: true, rank: 2 }, text: ({ bytes }) => formatBytes(bytes) },
  {
    ...{ title: 'Done', width: 5, right: true, rank: 1 },
    text: ({ bytes, left }) => percentCell(bytes - left, bytes),
  },
  {
    ...{ title: 'Progress', width: BAR_CELLS, rank: 6 },
    text: ({ bytes, left }) => bar(bytes === 0 ? 1 : 1 - left / bytes, BAR_CELLS).join(''),
    role: ({ left }) => (left > 0 ? 'accent' : 'good'),
  },
  {
    ...{ title: 'Priority', width: 8, rank: 0 },
    text: ({ priority }) => priority,
    role: ({ priority }) => LOOKS[priority],
  },
]

export const filesTab: Tab = {
  count: ({ detail }) => detail?.files.length ?? 0,
  above: () => 1,
  lines: ({ detail, list, size }) =>
    tableLines(COLUMNS, detail?.files ?? [], { chosen: true, list, size }),
}

const ORDER: readonly Priority[] = ['skip', 'low', 'normal', 'high']

/** The next priority up or down; the ends stay. */
export function nextPriority(priority: Priority, step: 1 | -1): Priority {
  return ORDER[ORDER.indexOf(priority) + step] ?? priority
}
