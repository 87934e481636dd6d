/**
 * The launchers start the two programs, wherever they are linked from; the part of the heap where
 * new objects are stays as small as they say, whichever Node runs here.
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { after, test } from 'node:test'
import { LAUNCHERS } from '../integration/programs.js'

const MIB = 1024 * 1024
const NODE_FOLDER = dirname(process.execPath)
const folder = mkdtempSync(join(tmpdir(), 'floodgate-'))
after(() => rmSync(folder, { recursive: true, force: true }))

/** At the end of its process: objects that outlive collections, then the bytes of both halves. */
const PRELOAD = `
  import { getHeapSpaceStatistics } from 'node:v8'
  process.once('exit', () => {
    const living = []
    for (let made = 0; made < 900_000; made++) living[made % 60_000] = { made, pair: [made, made] }
    const space = getHeapSpaceStatistics().find(({ space_name: name }) => name === 'new_space')
    process.stderr.write(String(space.space_size))
  })`

/** What a program says at its end, with what came of PRELOAD. */
function ended(command: string, ...args: readonly string[]): { stdout: string; bytes: number } {
  const NODE_OPTIONS = `--import=data:text/javascript,${encodeURIComponent(PRELOAD)}`
  const PATH = `${NODE_FOLDER}${delimiter}${process.env.PATH}`
  const env = { ...process.env, NODE_OPTIONS, PATH }
  const { status, stderr, stdout } = spawnSync(command, args, { encoding: 'utf8', env })
  assert.equal(status, 0, stderr)
  return { stdout, bytes: Number(stderr) }
}

for (const [name, launcher] of Object.entries(LAUNCHERS)) {
  test(`a link to ${name} runs it, and its young generation stays small`, () => {
    const link = join(folder, name)
    symlinkSync(launcher, link)
    const { bytes, stdout } = ended(link, '--help')
    assert.match(stdout, new RegExp(`^usage: ${name} VERB`, 'm'))
    assert.ok(bytes > 0 && bytes <= 4 * MIB, `${bytes} bytes`)
  })
}

test('started without them it grows', () => {
  assert.ok(ended(process.execPath, '--eval', '0').bytes > 8 * MIB)
})
