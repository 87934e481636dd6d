/**
 * `npm run demo` and `npm start`: a whole provider with two customers on this machine.
 *
 * `demo` reports in lines (or JSON lines, design §5); `start` shows the same as a live view on a
 * terminal and ends with an explanation. Both remove what they made unless --keep says where to
 * leave it.
 */
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { formatAmount } from '../../shared/amount.js'
import {
  fail,
  type Input,
  numberOption,
  type Options,
  stringOption,
  type Verb,
} from '../../shared/command.js'
import { Failure, must, refuse } from '../../shared/errors.js'
import { type Program, runProgram } from '../../shared/program.js'
import type { Palette } from '../ui/paint.js'
import { coloursOf, paletteOf } from '../ui/theme.js'
import { findProblems } from './checks.js'
import { pathsToSell } from './contents.js'
import { explain } from './explanation.js'
import { type Audience, Performance } from './performance.js'
import { Company } from './running.js'
import { Screen } from './screen.js'
import { createStage, type Download, type Stage } from './stage.js'

const PIECE_BOUNDS = { min: 16 * 1024, max: 16 * 1024 * 1024 }
const BOOKS_EVERY_MS = 1000
const ONE_SIGNAL_MS = 1000

/** What main hands to the two verbs. */
interface Outside {
  readonly output: NodeJS.WriteStream
  readonly palette: Palette
  /** Rejects on Ctrl-C. */
  readonly interrupted: Promise<never>
}

const OPTIONS: Options = {
  keep: { type: 'string', value: 'DIR', help: 'leave homes, torrents and downloads in DIR' },
  'up-limit': { type: 'string', value: 'RATE', help: "limit of the provider's seller, as 8MB" },
  'piece-length': { type: 'string', value: 'BYTES', help: 'a power of two; 256 KiB or by size' },
}

/** An empty folder for everything, and what to do with it at the end. */
function takeFolder({ values }: Input): { folder: string; release: () => void } {
  const keep = stringOption(values, 'keep') ?? stringOption(values, 'home')
  if (keep === undefined) {
    const folder = mkdtempSync(join(tmpdir(), 'floodgate-demo-'))
    return { folder, release: () => rmSync(folder, { recursive: true, force: true }) }
  }
  const folder = resolve(keep)
  mkdirSync(folder, { recursive: true })
  if (readdirSync(folder).length > 0) fail('home-exists', `${folder} is not empty`)
  return { folder, release: () => undefined }
}

/** Tells a download as one line per file, the figures of the download on each (design §5). */
function tellDownload({ report }: Input, download: Download): void {
  const { content, files, paid, peer, pieces, seconds } = download
  for (const { bytes, path: file, sha256 } of files) {
    const event = { event: 'download', peer, file, bytes, sha256, seconds, paid, pieces }
    report.event({ ...event, cid: content.cid })
  }
  const from = Object.entries(pieces).map(([seller, count]) => `${count} from ${seller}`)
  const speed = (content.bytes / 1e6 / Math.max(seconds, 0.001)).toFixed(1)
  report.line(
    `${peer} has ${content.name}: ${content.bytes} bytes in ${seconds.toFixed(1)} s ` +
      `(${speed} MB/s), paid ${formatAmount(paid)}; pieces: ${from.join(', ')}`,
  )
}

function tellBooks({ report }: Input, stage: Stage): void {
  report.line('every file arrived as it was sent; the ledger is verified:')
  const names = new Map(Object.values(stage.players).map(({ name, uid }) => [uid, name]))
  for (const [account, amount] of Object.entries(stage.books.balances)) {
    const owner = names.get(account.split(':')[1] ?? '')
    const whose = owner === undefined ? account : `${owner}, ${account.split(':')[2]}`
    report.line(`${formatAmount(amount).padStart(12)}  ${whose}`)
  }
  report.line(`${formatAmount(stage.books.sum).padStart(12)}  sum`)
}

/** Runs the demo for an audience, stops every program at the end, and checks what came out. */
async function perform(
  input: Input,
  outside: Outside,
  { live, upLimit }: { live: boolean; upLimit: string },
): Promise<Stage> {
  const stage = createStage(stringOption(input.values, 'up-limit') ?? upLimit)
  const pieceLength = must(numberOption(input.values, 'piece-length', PIECE_BOUNDS))
  const paths = pathsToSell(input.positionals)
  const { folder, release } = takeFolder(input)
  const company = new Company()
  const audience: Audience = {
    say: (line) => {
      if (!live) input.report.line(line)
    },
    downloaded: (download) => {
      if (!live) tellDownload(input, download)
    },
  }
  const script = { folder, paths, pieceLength, upLimit: stage.upLimit }
  const show = new Performance(script, stage, company, audience)
  const screen = live ? new Screen(outside.output, stage, outside.palette) : undefined
  const books = live ? watchBooks(show) : undefined
  try {
    await Promise.race([show.play(), company.failed, outside.interrupted])
  } finally {
    books?.()
    screen?.close()
    await company.stopAll()
    release()
  }
  const [problem, ...more] = findProblems(stage)
  if (problem !== undefined) {
    for (const each of more) input.report.event({ event: 'problem', problem: each }, each)
    throw new Failure(refuse('ledger-wrong', `not all is right: ${problem}`))
  }
  return stage
}

/** Reads the books again and again while the demo plays; a reading that fails is left out. */
function watchBooks(show: Performance): () => void {
  let timer: NodeJS.Timeout | undefined
  let ended = false
  const read = async (): Promise<void> => {
    await show.readBooks().catch(() => undefined)
    if (!ended) timer = setTimeout(() => void read(), BOOKS_EVERY_MS)
  }
  timer = setTimeout(() => void read(), BOOKS_EVERY_MS)
  return () => {
    ended = true
    clearTimeout(timer)
  }
}

const demo: Verb<Outside> = {
  name: 'demo',
  summary: 'sell files from a provider to two customers, and check everything',
  usage: '[FILE...] [options]; without FILE the content of torrents/',
  options: OPTIONS,
  run: async (input, outside) => {
    const stage = await perform(input, outside, { live: false, upLimit: '8MB' })
    tellBooks(input, stage)
    const { balances, sum } = stage.books
    return { ok: true, ledger: { sum, balances } }
  },
}

const start: Verb<Outside> = {
  name: 'start',
  summary: 'the same as a live view, slow enough to watch',
  usage: '[FILE...] [options]; without FILE the content of torrents/',
  options: OPTIONS,
  run: async (input, outside) => {
    const live = outside.output.isTTY === true && !input.report.json
    const stage = await perform(input, outside, { live, upLimit: live ? '100kB' : '8MB' })
    if (!live) {
      tellBooks(input, stage)
      input.report.line('')
    }
    for (const line of explain(stage)) input.report.line(line)
    const { balances, sum } = stage.books
    return { ok: true, ledger: { sum, balances } }
  },
}

const program: Program<Outside> = {
  name: 'floodgate-demo',
  summary: 'A provider, its seller and two customers on this machine.',
  verbs: { demo: async () => demo, start: async () => start },
}

/**
 * The first signal stops everything in good order, a later one at once. One Ctrl-C can arrive
 * twice, from the terminal and through npm.
 */
const interrupted = new Promise<never>((_, reject) => {
  let first: number | undefined
  const stop = (): void => {
    first ??= performance.now()
    if (performance.now() - first > ONE_SIGNAL_MS) process.exit(1)
    reject(new Failure(refuse('interrupted', 'stopped by hand')))
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop)
  // A terminal that was closed, or a pipe that nobody reads any more.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', stop)
})
interrupted.catch(() => undefined)

const outside: Outside = {
  output: process.stdout,
  palette: paletteOf('dark', coloursOf(process.env)),
  interrupted,
}
const code = await runProgram(program, process.argv.slice(2), () => outside, {
  out: (line) => process.stdout.write(`${line}\n`),
  err: (line) => process.stderr.write(`${line}\n`),
})
process.exit(code)
