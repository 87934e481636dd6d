/** The map of pieces of a transfer; pure. */
import { counted } from '../../../shared/words.js'
import { formatBytes } from '../format.js'
import type { Line } from '../paint.js'
import { mapLegend, mapLines, mapScale } from '../piece-map.js'
import type { Tab } from './tab.js'

/** Lines above the map: how large a cell is, what it means, a gap. */
const HEAD_ROWS = 3

export const piecesTab: Tab = {
  count: () => 0,
  above: () => 0,
  lines: ({ detail, size }) => {
    if (detail === undefined) return []
    const { map, pieceLength } = detail
    const scale = mapScale(map.length, { columns: size.columns - 2, rows: size.rows - HEAD_ROWS })
    const cell = scale.group === 1 ? 'a cell is one piece' : `a cell is ${scale.group} pieces`
    const lines: Line[] = [
      [` ${counted(map.length, 'piece')} of ${formatBytes(pieceLength)}; ${cell}`],
      [' ', ...mapLegend(map)],
      [],
      ...mapLines(map, scale).map((line): Line => [' ', ...line]),
    ]
    return lines.slice(0, size.rows)
  },
}
