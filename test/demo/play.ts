/**
 * Runs the demo as a person does (`npm run demo`), and the independent auditor on what it leaves.
 */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { within } from '../until.js'

/** Folder of the repository. */
export const ROOT = fileURLToPath(new URL('../../../', import.meta.url))
const TRACKER = fileURLToPath(new URL('../../tracker/main.js', import.meta.url))
const DEMO = fileURLToPath(new URL('../../client/demo/main.js', import.meta.url))

/** A line of the demo. */
export type Line = Readonly<Record<string, unknown>>

/** A line that tells of one file of one download. */
export interface DownloadLine {
  readonly event: 'download'
  readonly peer: string
  readonly file: string
  readonly bytes: number
  readonly sha256: string
  readonly seconds: number
  readonly paid: string
  readonly pieces: Readonly<Record<string, number>>
  readonly cid: string
}

/** How a demo ended. */
export interface Ended {
  readonly status: number | null
  readonly lines: readonly Line[]
  readonly stderr: string
}

/** A new folder that is gone after the test. */
export function scratch(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'floodgate-test-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** Writes a file of random bytes; gives its path and SHA-256. */
export function randomFile(folder: string, name: string, bytes: number) {
  const content = randomBytes(bytes)
  const path = join(folder, name)
  writeFileSync(path, content)
  return { path, bytes, sha256: createHash('sha256').update(content).digest('hex') }
}

/** `npm run demo -- --json` with more arguments, to its end. */
export function runDemo(...args: readonly string[]): Promise<Ended> {
  const command = ['run', '--silent', 'demo', '--', '--json', ...args]
  return ended(spawn('npm', command, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] }))
}

/** The demo without npm around it, so that signals reach it. */
export function startDemo(temporary: string, ...args: readonly string[]) {
  const child = spawn(process.execPath, [DEMO, 'demo', '--json', ...args], {
    env: { ...process.env, TMPDIR: temporary },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  return { child, ended: ended(child) }
}

async function ended(child: ChildProcess): Promise<Ended> {
  let [stdout, stderr] = ['', '']
  child.stdout?.on('data', (chunk) => {
    stdout += String(chunk)
  })
  child.stderr?.on('data', (chunk) => {
    stderr += String(chunk)
  })
  const closed = new Promise<number | null>((resolve) => child.on('close', resolve))
  const status = await within('the end of the demo', closed, () => stdout + stderr)
  const lines = stdout.split('\n').filter((line) => line !== '')
  return { status, lines: lines.map((line) => JSON.parse(line)), stderr }
}

/** The lines that tell of downloads. */
export function downloadsOf({ lines }: Ended): DownloadLine[] {
  return lines.filter((line) => line.event === 'download') as unknown as DownloadLine[]
}

/** Lets the auditor judge a tracker's database; gives what it says. */
export function auditOf(database: string): Line[] {
  const command = [TRACKER, 'audit', database, '--json']
  const { status, stdout, stderr } = spawnSync(process.execPath, command, { encoding: 'utf8' })
  assert.equal(status, 0, stderr)
  const lines = stdout.split('\n').filter((line) => line !== '')
  return lines.map((line) => JSON.parse(line) as Line)
}

/** Processes whose parent is `pid`, each with its command line. */
export function childrenOf(pid: number): { pid: number; command: string }[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  return pids.flatMap((name) => {
    try {
      const parent = /^PPid:\s+(\d+)$/m.exec(readFileSync(`/proc/${name}/status`, 'utf8'))?.[1]
      if (Number(parent) !== pid) return []
      const command = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ')
      return [{ pid: Number(name), command }]
    } catch {
      return []
    }
  })
}
