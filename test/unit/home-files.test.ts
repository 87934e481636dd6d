/** A pipe, a folder or something huge in the place of a file: said, never waited for. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { HOME_FILE_MAX_BYTES } from '../../shared/limits.js'
import { makeTestHome } from './tracker-world.js'

const MAINS = {
  client: fileURLToPath(new URL('../../client/main.js', import.meta.url)),
  tracker: fileURLToPath(new URL('../../tracker/main.js', import.meta.url)),
}

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'floodgate-home-files-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

/** What stands where a file belongs. */
const MISPLACED: readonly (readonly [string, (path: string) => void])[] = [
  ['it is not a file', (path) => assert.equal(spawnSync('mkfifo', ['-m', '600', path]).status, 0)],
  ['it is not a file', (path) => mkdirSync(path, { mode: 0o700 })],
  [
    'longer than',
    (path) => {
      writeFileSync(path, '', { mode: 0o600 })
      truncateSync(path, HOME_FILE_MAX_BYTES + 1)
    },
  ],
]

function saidBy(program: keyof typeof MAINS, home: string, ...args: readonly string[]): string {
  const command = [MAINS[program], ...args, '--home', home]
  const { status, stderr } = spawnSync(process.execPath, command, {
    timeout: 20_000,
    killSignal: 'SIGKILL',
  })
  assert.equal(status, 1, `${program} ${args}: ${stderr}`)
  return String(stderr)
}

test('settings and keys of a provider', () => {
  const verbs: Record<string, string> = { 'config.toml': 'accounts', 'seal.key': 'accounts' }
  for (const [file, verb] of Object.entries(verbs)) {
    for (const [at, [why, make]] of MISPLACED.entries()) {
      const home = join(folder, `${file}-${at}`)
      makeTestHome(home)
      rmSync(join(home, file))
      make(join(home, file))
      const said = saidBy('tracker', home, verb)
      assert.ok(said.includes(`${file}: ${why}`) && said.trim().split('\n').length === 1, said)
    }
  }
})

test('settings and identity of a customer', () => {
  for (const [at, [why, make]] of MISPLACED.entries()) {
    for (const file of ['config.toml', 'identity.key']) {
      const home = join(folder, `${file}-${at}`)
      mkdirSync(home)
      chmodSync(home, 0o700)
      make(join(home, file))
      const said = saidBy('client', home, 'wallet')
      assert.ok(said.includes(`${file}: ${why}`), said)
    }
  }
})

test('files that a person names: bundles, case files, exports, torrents', () => {
  const home = join(folder, 'home')
  makeTestHome(home)
  const customer = join(folder, 'customer')
  // Nobody answers there, but the home is made.
  saidBy('client', customer, 'register', '--tracker', 'http://127.0.0.1:1', '--name', 'carol')
  const verbs: readonly (readonly [keyof typeof MAINS, ...string[]])[] = [
    ['client', 'complain', 'file'],
    ['client', 'cases', 'replay'],
    ['client', 'key', 'import'],
    ['tracker', 'cases', 'replay'],
    ['tracker', 'free', 'allow'],
  ]
  for (const [at, [why, make]] of MISPLACED.slice(0, 2).entries()) {
    const path = join(folder, `named-${at}`)
    make(path)
    for (const [program, ...args] of verbs) {
      const used = program === 'tracker' ? home : customer
      const own = args[0] === 'key' ? join(folder, `new-${at}`) : used
      const said = saidBy(program, own, ...args, path)
      assert.ok(said.includes(`named-${at}: ${why}`), `${args}: ${said}`)
    }
  }
})
