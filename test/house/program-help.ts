/** What the two programs say of themselves. */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { ROOT } from './source.js'

/** Each program's name and script. */
export const PROGRAMS = [
  ['floodgate', 'dist/client/main.js'],
  ['floodgate-tracker', 'dist/tracker/main.js'],
] as const

/** What a program prints for --help, of itself or of one verb. */
export async function helpOf(script: string, ...verb: readonly string[]): Promise<string> {
  const args = [join(ROOT, script), ...verb, '--help']
  const { stdout } = await promisify(execFile)(process.execPath, args)
  return stdout
}

/** The verbs that a program's help lists. */
export function verbsOf(help: string): string[] {
  return [...help.matchAll(/^ {2}([\w-]+) {2,}/gm)].map((match) => match[1] as string)
}
