/**
 * Processor time of a running process, as Linux counts it.
 */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

/** Clock ticks a second (proc(5): sysconf(_SC_CLK_TCK)). */
const TICKS = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }))
/** Places of utime and stime behind the command name, which may hold blanks (proc(5)). */
const [UTIME, STIME] = [11, 12]

/** User and system seconds of a process and all of its threads so far; a hundredth is the grain. */
export function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[UTIME]) + Number(fields[STIME])) / TICKS
}
