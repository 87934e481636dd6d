/**
 * What a benchmark measured, as rows that others parse (design §5), and as a table for people.
 */
import { formatTable } from '../../client/ui/table.js'

/** One figure of one setting; the unit is the metric's. */
export interface Row {
  readonly who: string
  readonly setting: Readonly<Record<string, string | number>>
  readonly metric: 'throughput' | 'cpu' | 'time' | 'ratio'
  readonly unit: 'MB/s' | 's' | '1'
  readonly min: number
  readonly median: number
  readonly max: number
}

/** Three figures of samples. */
export type Spread = Pick<Row, 'min' | 'median' | 'max'>

const DIGITS = 3

function rounded(value: number): number {
  return Number(value.toFixed(DIGITS))
}

/** Smallest, middle and largest of at least one sample; of an even count the mean of the middle
 * two. */
export function spread(samples: readonly number[]): Spread {
  const sorted = [...samples].sort((a, b) => a - b)
  const at = (place: number): number => sorted[place] ?? Number.NaN
  const half = (sorted.length - 1) / 2
  const median = (at(Math.floor(half)) + at(Math.ceil(half))) / 2
  return { min: rounded(at(0)), median: rounded(median), max: rounded(at(sorted.length - 1)) }
}

/** Samples drawn anew for an interval. */
const RESAMPLES = 5000

/**
 * The median of samples between the ends of its 95 % interval, by the bootstrap (Efron 1979): as
 * many are drawn from them again and again, and the medians of these draws tell how sure it is.
 */
export function interval(samples: readonly number[], random: () => number): Spread {
  const medians = Array.from({ length: RESAMPLES }, () => {
    const drawn = samples.map(() => samples[Math.floor(random() * samples.length)] as number)
    return spread(drawn).median
  }).sort((one, other) => one - other)
  const end = (share: number): number => medians[Math.round(share * (RESAMPLES - 1))] as number
  return { min: rounded(end(0.025)), median: spread(samples).median, max: rounded(end(0.975)) }
}

/** The rows as lines of a Markdown table. */
export function formatRows(rows: readonly Row[]): string[] {
  const cells = rows.map(({ who, setting, metric, unit, min, median, max }) => [
    who,
    Object.entries(setting)
      .map(([name, value]) => `${name} ${value}`)
      .join(', '),
    metric,
    unit === '1' ? '' : unit,
    ...[min, median, max].map((value) => value.toFixed(DIGITS)),
  ])
  const head = ['who', 'setting', 'metric', 'unit', 'min', 'median', 'max']
  const [first, ...rest] = formatTable([head, ...cells], { right: [4, 5, 6] })
  const widths = head.map((_, column) =>
    Math.max(...[head, ...cells].map((row) => row[column]?.length ?? 0)),
  )
  return [first as string, widths.map((width) => '-'.repeat(width)).join('  '), ...rest]
}
