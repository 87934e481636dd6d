/** The overview of a transfer: its state, its money, its rates over the last minutes; pure. */
import { formatAmount } from '../../../shared/amount.js'
import { counted, formatMoment } from '../../../shared/words.js'
import type { Transfer } from '../../local/transfer-rows.js'
import { percentCell, spanCell } from '../amounts.js'
import { wrapCells } from '../cells.js'
import { areaChart } from '../chart.js'
import { FIELD_CELLS, fieldLine, fitLine } from '../columns.js'
import { formatBytes } from '../format.js'
import type { Line, Role, Span } from '../paint.js'
import type { Size } from '../screen.js'
import { plainTab, type TabView } from './tab.js'
import { stateSign } from './transfer-columns.js'

const CHART_MIN_ROWS = 3
const CHART_MAX_ROWS = 8
/** From so many columns on the charts stand beside the fields. */
const BESIDE_MIN_COLUMNS = 110
const FIELDS_COLUMNS = 62

const ORIGINS: Readonly<Record<Transfer['origin'], string>> = {
  person: 'by you',
  watch: 'by the watched folder',
  earn: 'by earn',
}

export const overviewTab = plainTab((view) => {
  const { columns, rows } = view.size
  if (columns >= BESIDE_MIN_COLUMNS) {
    const fields = fieldLines(view.transfer, FIELDS_COLUMNS)
    const charts = chartLines(view, { columns: columns - FIELDS_COLUMNS - 1, rows })
    return sideBySide(fields, charts)
  }
  const fields = fieldLines(view.transfer, columns)
  const room = rows - fields.length - 1
  const charts = room < CHART_MIN_ROWS + 1 ? [] : chartLines(view, { columns, rows: room })
  return [...fields, [], ...charts]
})

function sideBySide(fields: readonly Line[], charts: readonly Line[]): Line[] {
  return Array.from({ length: Math.max(fields.length, charts.length) }, (_, at) => [
    ...fitLine(fields[at] ?? [], FIELDS_COLUMNS),
    ...(charts[at] ?? []),
  ])
}

/** Names and values; what a free content has not is left out. */
function fieldLines(row: Transfer, columns: number): Line[] {
  const { cid, downloaded, downRate, folder, left, peers, upRate, uploaded } = row
  const rate = (bytes: number): string => `${formatBytes(bytes)}/s`
  const eta = left > 0 ? `  ETA ${spanCell(row.eta)}` : ''
  const looked =
    row.checked === undefined ? '' : `  ${percentCell(row.checked, 1)} of it looked at,`
  const has = `${percentCell(row.wanted - left, row.wanted)} of ${formatBytes(row.wanted)}`
  const chosen = row.wanted < row.bytes ? ` (all files: ${formatBytes(row.bytes)})` : ''
  const order = row.sequential ? '  in order' : ''
  return [
    fieldLine('state', [row.state, stateSign(row)[1]], `${looked}  ${has}${chosen}${eta}${order}`),
    ...problemLines(row, columns),
    fieldLine('rates', `down ${rate(downRate)}  up ${rate(upRate)}  ${counted(peers, 'peer')}`),
    fieldLine('this run', `down ${formatBytes(downloaded)}  up ${formatBytes(uploaded)}`),
    fieldLine('pieces', `${row.have} of ${row.pieces}`),
    ...moneyLines(row),
    fieldLine('folder', folder),
    fieldLine('added', `${formatMoment(row.added)} ${ORIGINS[row.origin]}`),
    fieldLine('cid', cid),
  ]
}

/** What keeps it from going on, and what to do, each in as many lines as it needs. */
function problemLines({ problem }: Transfer, columns: number): Line[] {
  if (problem === undefined) return []
  const wrapped = (name: string, text: string, role?: Role): Line[] =>
    wrapCells(text, Math.max(10, columns - FIELD_CELLS - 1)).map((line, at) =>
      fieldLine(at === 0 ? name : '', role === undefined ? line : [line, role]),
    )
  const advice = problem.advice === undefined ? [] : wrapped('what to do', problem.advice)
  return [...wrapped('problem', problem.message, 'bad'), ...advice]
}

function moneyLines({
  currency = '',
  earned,
  exposed,
  owing,
  paid,
  price,
  reward,
  spent,
}: Transfer): Line[] {
  if (!paid) return [fieldLine('price', 'free')]
  const amount = (value: bigint | undefined): Span =>
    value === undefined ? '-' : [formatAmount(value), 'money']
  return [
    fieldLine('price', amount(price), ` ${currency}; each piece sold earns `, amount(reward)),
    fieldLine('spent', amount(spent), '  earned ', amount(earned)),
    fieldLine(
      'owed to us',
      amount(exposed),
      ...(owing === undefined ? [] : ['  owed by us ', amount(owing)]),
    ),
  ]
}

/** Both directions of the last minutes; what flows now is the newest. */
function chartLines({ transfer, world }: TabView, { columns, rows }: Size): Line[] {
  const { value } = world.read('rates', { cid: transfer.cid })
  if (value === undefined) return []
  const samples = Math.min(value.down.length, columns * 2)
  const minutes = Math.round((samples * value.every) / 60_000)
  const span = minutes < 2 ? 'last minute' : `last ${minutes} minutes`
  const high = Math.min(CHART_MAX_ROWS, Math.max(1, Math.floor(rows / 2) - 1))
  const chart = (name: string, values: readonly number[], role: Role): Line[] => {
    const shown = values.slice(-samples)
    const top = Math.max(...shown, 0)
    const title = `${name}, ${span}, top ${formatBytes(top)}/s`
    return [
      [[title, 'dim']],
      ...areaChart(shown, { columns, rows: high }, top).map((line): Line => [[line, role]]),
    ]
  }
  const { downRate, upRate } = transfer
  return [
    ...chart('down', [...value.down, downRate], 'accent'),
    ...chart('up', [...value.up, upRate], 'good'),
  ]
}
