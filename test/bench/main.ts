/** `npm run bench -- NAME [--json]`: the benchmarks, one verb each. */
import { type Program, runProgram } from '../../shared/program.js'

const PROGRAM: Program<undefined> = {
  name: 'bench',
  summary: 'measures both sides of a claim in one run',
  verbs: {
    overhead: async () => (await import('./overhead.js')).overhead,
    tui: async () => (await import('./tui.js')).tui,
  },
}

const line = (stream: NodeJS.WriteStream) => (text: string) => void stream.write(`${text}\n`)
const streams = { out: line(process.stdout), err: line(process.stderr) }
process.exitCode = await runProgram(PROGRAM, process.argv.slice(2), () => undefined, streams)
