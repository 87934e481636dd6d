/**
 * `npm run sim -- --seed S --peers N`: plays one run and prints what came of it; exit 1 when
 * something that must hold does not.
 */
import { parseArgs } from 'node:util'
import { play } from './play.js'

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    peers: { type: 'string', default: '100' },
    trace: { type: 'boolean', default: false },
  },
})
const [seed, peers] = [Number(values.seed), Number(values.peers)]
if (!Number.isInteger(seed) || !Number.isInteger(peers) || peers < 2) {
  process.stderr.write('usage: npm run sim -- --seed NUMBER --peers NUMBER [--trace]\n')
  process.exitCode = 2
} else {
  const print = (line: string): void => void process.stdout.write(`${line}\n`)
  const outcome = await play({ seed, peers, ...(values.trace ? { print } : {}) })
  for (const problem of outcome.problems) process.stderr.write(`${problem}\n`)
  print(JSON.stringify({ event: 'done', ok: outcome.problems.length === 0, ...outcome }))
  if (outcome.problems.length > 0) process.exitCode = 1
}
