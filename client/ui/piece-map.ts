/** The pieces of a content as a field of cells; pure. */
import type { Line, Role } from './paint.js'
import type { Size } from './screen.js'

/** How one kind of cell looks, and its word in the legend. */
interface Mark {
  readonly cell: string
  readonly role: Role
  readonly name: string
}

const MARKS = {
  sold: { cell: '█', role: 'good', name: 'sold' },
  here: { cell: '▓', role: 'accent', name: 'here' },
  partly: { cell: '▒', role: 'accent', name: 'partly here' },
  underWay: { cell: '»', role: 'warn', name: 'under way' },
  missing: { cell: '·', role: 'dim', name: 'missing' },
  unwanted: { cell: '-', role: 'dim', name: 'not wanted' },
} as const satisfies Record<string, Mark>
type Kind = keyof typeof MARKS
const KINDS = Object.keys(MARKS) as readonly Kind[]

/** Pieces by what they are, as the characters of `Detail.map` say. */
type Counts = Readonly<Record<Exclude<Kind, 'partly'>, number>>
const SIGNS: Readonly<Record<string, keyof Counts>> = {
  '.': 'missing',
  '-': 'unwanted',
  o: 'underWay',
  $: 'sold',
  '#': 'here',
}

/** Counts the pieces of a map by what they are. */
export function countMap(map: string): Counts {
  const counts = { missing: 0, unwanted: 0, underWay: 0, here: 0, sold: 0 }
  for (const sign of map) {
    const kind = SIGNS[sign]
    if (kind !== undefined) counts[kind]++
  }
  return counts
}

/** What stands for a group of pieces: work first, then whether something of it is missing. */
function kindOf(group: string): Kind {
  if (group.includes('o')) return 'underWay'
  const missing = group.includes('.')
  const here = group.includes('#') || group.includes('$')
  if (here && missing) return 'partly'
  if (missing) return 'missing'
  if (!here) return 'unwanted'
  return group.includes('$') ? 'sold' : 'here'
}

/** What a cell stands for when the map has so much room. */
export interface MapScale {
  /** Pieces in a cell: as few as let all fit. */
  readonly group: number
  readonly columns: number
  readonly cells: number
}

/** How a map of so many pieces fits into a field. */
export function mapScale(pieces: number, size: Size): MapScale {
  const columns = Math.max(1, size.columns)
  const group = Math.max(1, Math.ceil(pieces / (Math.max(1, size.rows) * columns)))
  return { group, columns, cells: Math.ceil(pieces / group) }
}

/** The map in rows of cells. */
export function mapLines(map: string, { cells, columns, group }: MapScale): Line[] {
  return Array.from({ length: Math.ceil(cells / columns) }, (_, row): Line => {
    const line: [text: string, role: Role][] = []
    for (let cell = row * columns; cell < Math.min(cells, (row + 1) * columns); cell++) {
      const { cell: text, role } = MARKS[kindOf(map.slice(cell * group, (cell + 1) * group))]
      const last = line.at(-1)
      if (last?.[1] === role) last[0] += text
      else line.push([text, role])
    }
    return line
  })
}

/** What the cells mean, and how many pieces there are of each. */
export function mapLegend(map: string): Line {
  const counts: Partial<Record<Kind, number>> = countMap(map)
  return KINDS.filter((kind) => counts[kind] !== 0).flatMap((kind): Line => {
    const { cell, name, role } = MARKS[kind]
    const count = counts[kind]
    return [[cell, role], count === undefined ? ` ${name}  ` : ` ${count} ${name}  `]
  })
}
