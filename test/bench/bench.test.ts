/** The benchmarks run and say what design §5 promises; what they measure is not judged here. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { interval, type Row, spread } from './figures.js'

const MAIN = fileURLToPath(new URL('./main.js', import.meta.url))

test('min, median and max of samples in any order', () => {
  assert.deepEqual(spread([3, 1, 2]), { min: 1, median: 2, max: 3 })
  assert.deepEqual(spread([4, 1, 2, 3]), { min: 1, median: 2.5, max: 4 })
})

test('an interval is as wide as its samples are unlike, and holds their median', () => {
  let seed = 7
  const random = () => {
    seed = (seed * 48_271) % 2_147_483_647
    return seed / 2_147_483_647
  }
  assert.deepEqual(interval([2, 2, 2], random), { min: 2, median: 2, max: 2 })
  const samples = Array.from({ length: 41 }, (_, at) => 1 + at / 100)
  const { max, median, min } = interval(samples, random)
  assert.equal(median, 1.2)
  assert.ok(min > 1.05 && min < median && max > median && max < 1.35, `${min} to ${max}`)
})

test('overhead measures free and paid, for both piece lengths and both sides', async () => {
  const args = [MAIN, 'overhead', '--json', '--mib', '4', '--pairs', '1']
  const { stdout } = await promisify(execFile)(process.execPath, args)
  const lines = stdout.trimEnd().split('\n')
  const { event, bench, rows } = JSON.parse(lines.at(-1) ?? '')
  assert.deepEqual([event, bench], ['done', 'overhead'])
  for (const pieceKib of [256, 1024]) {
    const own = (rows as Row[]).filter(({ setting }) => setting.pieceKib === pieceKib)
    const named = own.map(({ who, metric, setting }) => [who, metric, setting.side ?? setting.of])
    assert.deepEqual(named, [
      ['ours-free', 'throughput', undefined],
      ['ours-free', 'cpu', 'buyer'],
      ['ours-free', 'cpu', 'seller'],
      ['ours-paid', 'throughput', undefined],
      ['ours-paid', 'cpu', 'buyer'],
      ['ours-paid', 'cpu', 'seller'],
      ['ours-paid', 'ratio', 'throughput'],
      ['ours-paid', 'ratio', 'cpu'],
    ])
    for (const { min, median, max } of own) assert(0 <= min && min <= median && median <= max)
    for (const { metric, min } of own) assert(metric !== 'throughput' || min > 0)
  }
})

test('tui measures daemons with a screen and without, and the way to the first one', async () => {
  const size = ['--mib', '64', '--limit', '1MiB', '--slice', '500']
  const args = [MAIN, 'tui', '--json', ...size, '--pairs', '1', '--starts', '1']
  const { stdout } = await promisify(execFile)(process.execPath, args)
  const { bench, event, rows } = JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '')
  assert.deepEqual([event, bench], ['done', 'tui'])
  const named = (rows as Row[]).map(({ metric, setting, who }) => [who, metric, setting.of])
  const of = (who: string) => [
    [who, 'cpu', 'daemon'],
    [who, 'cpu', 'daemon'],
    [who, 'cpu', 'screen'],
    [who, 'ratio', 'cpu of the daemon'],
    [who, 'ratio', 'cpu of both'],
    [who, 'ratio', 'cpu of the daemon'],
    [who, 'ratio', 'cpu of both'],
  ]
  const times = Array(5).fill(['ours', 'time', undefined])
  assert.deepEqual(named, [...times, ...of('ours-free'), ...of('ours-paid')])
  for (const { min, median, max } of rows as Row[]) assert(min <= median && median <= max)
})

test('a benchmark that is not there is wrong usage', async () => {
  const run = promisify(execFile)(process.execPath, [MAIN, 'speed', '--json'])
  await assert.rejects(run, ({ code }: { code: number }) => code === 2)
})
