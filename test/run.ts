/**
 * Runs the tests of one suite: `node dist/test/run.js [SUITE] [--all]`.
 *
 * Node 20 takes files and no patterns, so they are found here, from the sources: what was built
 * from a test that is gone is not run. A folder that is none of the long suites belongs to `npm
 * test`, so a new one cannot be forgotten. With --all the tests find FLOODGATE_TEST_ALL in their
 * environment and play what takes too long for every day.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))

/** Suites that take long or need other programs; each is a folder with a script of its own. */
const LONG = ['acceptance', 'adversary', 'crash', 'growth', 'hardship', 'interop', 'memory', 'sim']

/** The one attack that is judged by the time an answer takes: nothing else runs beside it. */
const JUDGES_TIME = /\/adversary\/flood\.test\.js$/

/** Test files below a folder of test/, as paths of what was built from them. */
function testsIn(folder: string): string[] {
  const entries = readdirSync(join(ROOT, 'test', folder), { withFileTypes: true, recursive: true })
  return entries
    .filter((entry) => entry.isFile() && entry.name.endsWith('.test.ts'))
    .map((entry) => join(entry.parentPath, entry.name).slice(ROOT.length))
    .map((path) => join(ROOT, 'dist', path.replace(/\.ts$/, '.js')))
    .sort()
}

function suiteFiles(suite: string | undefined): string[] {
  if (suite !== undefined) return LONG.includes(suite) ? testsIn(suite) : []
  const folders = readdirSync(join(ROOT, 'test'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !LONG.includes(entry.name))
    .map((entry) => entry.name)
  return folders.flatMap(testsIn)
}

const [suite, ...options] = process.argv.slice(2)
const all = options.includes('--all')
const files = suiteFiles(suite)
const unbuilt = files.filter((file) => !existsSync(file))
if (files.length === 0 || unbuilt.length > 0) {
  const missing = unbuilt.length > 0 ? `not built: ${unbuilt.join(', ')}` : 'no tests found'
  process.stderr.write(`${suite ?? 'tests'}: ${missing}; suites: ${LONG.join(', ')}\n`)
  process.exitCode = 1
} else {
  // An attack waits for its victims most of the time, and has a tracker of its own.
  const few = suite === 'adversary' ? 2 : 1
  const concurrency = suite === undefined ? Math.max(2, availableParallelism()) : few
  const alone = files.filter((file) => JUDGES_TIME.test(file))
  const others = files.filter((file) => !alone.includes(file))
  for (const [round, count] of [
    [alone, 1],
    [others, concurrency],
  ] as const) {
    if (round.length > 0) await play(round, count)
  }
}

/** Runs test files, so many at a time; the exit code tells whether all passed. */
async function play(round: readonly string[], concurrency: number): Promise<void> {
  const command = [
    '--test',
    '--test-reporter=spec',
    `--test-timeout=${all ? 7_200_000 : 900_000}`,
    `--test-concurrency=${concurrency}`,
    ...round,
  ]
  const env = all ? { ...process.env, FLOODGATE_TEST_ALL: '1' } : process.env
  const run = spawn(process.execPath, command, { cwd: ROOT, env, stdio: 'inherit' })
  const stop = (signal: NodeJS.Signals) => run.kill(signal)
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, stop)
  const [code, killed] = (await once(run, 'exit')) as [number | null, NodeJS.Signals | null]
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, stop)
  if (killed !== null) process.exit(1)
  if (code !== 0) process.exitCode = 1
}
