/** The map of pieces of a transfer; pure. */
import { counted } from '../../../shared/words.js'
import { formatBytes } from '../format.js'
import type { Line } from '../paint.js'
import { mapLegend, mapLines, mapScale } from '../piece-map.js'
import { plainTab } from './tab.js'

/** Lines above the map: how large a cell is, what it means, a gap. */
const HEAD_ROWS = 3

export const piecesTab = plainTab(({ detail, size }) => {
  if (detail === undefined) return []
  const { map, pieceLength } = detail
  const scale = mapScale(map.length, { columns: size.columns - 2, rows: size.rows - HEAD_ROWS })
  const cell = scale.group === 1 ? 'a cell is one piece' : `a cell is ${scale.group} pieces`
  return [
    [` ${counted(map.length, 'piece')} of ${formatBytes(pieceLength)}; ${cell}`],
    [' ', ...mapLegend(map)],
    [],
    ...mapLines(map, scale).map((line): Line => [' ', ...line]),
  ]
})
