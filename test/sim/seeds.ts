/** Plays runs in processes of their own, several at a time. */
import { spawn } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { DIST } from '../integration/programs.js'

/** How a run of the program ended. */
export interface Played {
  readonly seed: number
  /** The last line that it printed. */
  readonly last: string
  readonly errors: string
  readonly status: number | null
}

/** Runs the simulator of a folder of programs once for each seed. */
export async function playSeeds(
  seeds: readonly number[],
  peers: number,
  dist = DIST,
): Promise<Played[]> {
  const waiting = [...seeds]
  const played: Played[] = []
  const work = async (): Promise<void> => {
    for (let seed = waiting.shift(); seed !== undefined; seed = waiting.shift()) {
      played.push(await playSeed(seed, peers, dist))
    }
  }
  await Promise.all(Array.from({ length: availableParallelism() }, work))
  return played
}

function playSeed(seed: number, peers: number, dist: string): Promise<Played> {
  const main = join(dist, 'test/sim/main.js')
  const run = spawn(process.execPath, [main, '--seed', `${seed}`, '--peers', `${peers}`])
  let [out, errors] = ['', '']
  run.stdout.on('data', (chunk) => {
    out += chunk
  })
  run.stderr.on('data', (chunk) => {
    errors += chunk
  })
  return new Promise((resolve, reject) => {
    run.on('error', reject)
    run.on('close', (status) => {
      const last = out.trimEnd().split('\n').at(-1) ?? ''
      resolve({ seed, last, errors, status })
    })
  })
}
