/**
 * The provider's program as a process: its verbs, its exit codes, and wrong commands by their code.
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { request } from 'node:https'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { must } from '../../shared/errors.js'
import { floodgate } from '../../shared/schemes/floodgate/floodgate.js'
import { openTracker } from '../../tracker/assembly.js'
import { homeAt } from '../../tracker/config.js'
import { proveByConnecting } from '../../tracker/proof.js'
import { Member } from './tracker-member.js'
import { run, serve } from './tracker-process.js'

let folder: string
let home: string
let content: string
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'floodgate-verbs-'))
  home = join(folder, 'home')
  content = join(folder, 'content.bin')
  writeFileSync(content, Buffer.alloc(200_000, 'floodgate'))
  const made = run(home, 'init', '--name', 'Prov', '--url', 'http://127.0.0.1:6969', '--json')
  assert.equal(made.status, 0, made.stderr)
  assert.match(String(made.lines[0]?.fingerprint), /^[0-9a-f]{64}$/)
})
after(() => rmSync(folder, { recursive: true }))

test('a home is private: folders 0700, keys 0600', () => {
  const mode = (path: string): string => (statSync(path).mode & 0o777).toString(8)
  assert.equal(mode(home), '700')
  assert.equal(mode(join(home, 'keys')), '700')
  assert.equal(mode(join(home, 'seal.key')), '600')
  const keys = readdirSync(join(home, 'keys')).filter((name) => name.endsWith('.key'))
  assert.equal(keys.length, 4)
  for (const name of keys) assert.equal(mode(join(home, 'keys', name)), '600')
})

test('every verb explains itself', () => {
  assert.equal(run(home).status, 2)
  for (const verb of [
    'init',
    'serve',
    'publish',
    'topup',
    'house',
    'accounts',
    'ledger',
    'config',
  ]) {
    const { status, lines } = run(home, verb, '--help')
    assert.equal(status, 0)
    assert(lines.some(({ text }) => text.startsWith(`usage: floodgate-tracker ${verb}`)))
  }
})

interface Wrong {
  readonly args: readonly string[]
  readonly code: string
  readonly status: number
}
const WRONG: readonly Wrong[] = [
  { args: ['dance'], code: 'usage', status: 2 },
  { args: ['publish'], code: 'usage', status: 2 },
  { args: ['publish', 'x', '--price', '1'], code: 'usage', status: 2 },
  { args: ['publish', 'x', '--price', 'much', '--reward', '0'], code: 'usage', status: 2 },
  {
    args: ['publish', 'x', '--price', '1', '--reward', '0', '--colour', 'red'],
    code: 'usage',
    status: 2,
  },
  {
    args: ['publish', '/no/such', '--price', '1', '--reward', '0'],
    code: 'not-readable',
    status: 1,
  },
  { args: ['topup', 'nobody', '5'], code: 'unknown-member', status: 1 },
  { args: ['topup', 'nobody', '-5'], code: 'usage', status: 2 },
  { args: ['ledger', 'burn'], code: 'usage', status: 2 },
  { args: ['init', '--name', 'Again'], code: 'home-exists', status: 1 },
  { args: ['serve', '--host', '0.0.0.0'], code: 'insecure-transport', status: 1 },
  { args: ['serve', '--port', '70000'], code: 'usage', status: 2 },
  { args: ['serve', '--tls-key', 'x'], code: 'usage', status: 2 },
  { args: ['accounts', '--home', '/no/such/home'], code: 'home-missing', status: 1 },
  { args: ['init', '--name', 'X', '--home', '/dev/null/home'], code: 'not-writable', status: 1 },
  { args: ['init', '--name', 'X', '--home', '/proc/none/home'], code: 'not-writable', status: 1 },
  {
    args: ['init', '--name', 'X', '--url', 'http://example.org'],
    code: 'insecure-transport',
    status: 1,
  },
]
for (const { args, code, status } of WRONG) {
  test(`floodgate-tracker ${args.join(' ')} ends with ${code}`, () => {
    const result = run(home, ...args, '--json')
    assert.equal(result.status, status)
    const last = result.lines.at(-1)
    assert.deepEqual([last?.event, last?.code], ['error', code])
    assert.equal(result.stderr.trim().split('\n').length, 1, result.stderr)
    assert.equal(result.stderr.trim(), `floodgate-tracker: ${last?.message}`)
  })
}

test('beside a process that serves, publish, topup, house, accounts and verify work', async () => {
  const serving = await serve(home)
  const outside = {
    schemes: [floodgate],
    prover: proveByConnecting,
    now: Date.now,
    random: () => new Uint8Array(0),
  }
  const tracker = must(openTracker(homeAt(home), outside))
  const member = new Member({ tracker, url: `http://127.0.0.1:${serving.port}` }, 'ann')
  assert.equal((await member.register()).code, 'ok')
  tracker.store.close()
  const published = run(home, 'publish', content, '--price', '1', '--reward', '0.1', '--json')
  assert.equal(published.status, 0, published.stderr)
  const torrent = `http://127.0.0.1:${serving.port}/fg/v1/torrents/${published.lines[0]?.cid}`
  assert.equal((await fetch(torrent)).status, 200)
  const credited = run(home, 'topup', 'ann', '2.5', '--id', 'one', '--json')
  assert.equal(credited.lines[0]?.balance, '2500000')
  const again = run(home, 'topup', 'ann', '2.5', '--id', 'one', '--json')
  assert.deepEqual([again.lines[0]?.balance, again.lines[0]?.first], ['2500000', false])
  const other = run(home, 'topup', 'ann', '3', '--id', 'one', '--json')
  assert.deepEqual([other.status, other.lines.at(-1)?.code], [2, 'usage'])
  assert.match(other.stderr, /ann: 2\.50 were credited under this --id before; nothing is credited/)
  const uid = String(credited.lines[0]?.uid)
  assert.equal(run(home, 'house', uid, '--json').lines[0]?.house, true)
  const accounts = run(home, 'accounts', '--json').lines.at(-1)
  assert.deepEqual(accounts?.balances, {
    funding: '-2500000',
    [`member:${uid}:spendable`]: '2500000',
  })
  assert.equal(accounts?.sum, '0')
  assert.equal(run(home, 'ledger', 'verify').status, 0)
  const namesake = openTracker(homeAt(home), outside)
  const twin = new Member(
    { tracker: must(namesake), url: `http://127.0.0.1:${serving.port}` },
    'ann',
  )
  assert.equal((await twin.register()).code, 'ok')
  must(namesake).store.close()
  const unclear = run(home, 'topup', 'ann', '1', '--json')
  assert.equal(unclear.lines.at(-1)?.code, 'unknown-member')
  assert.match(unclear.stderr, /2 members have this name; say which by its uid: /)
  assert(unclear.stderr.includes(uid), unclear.stderr)
  const second = run(home, 'serve', '--port', '0', '--json')
  assert.deepEqual([second.status, second.lines[0]?.code], [1, 'home-in-use'])
  const { code, lines } = await serving.stop('SIGINT')
  assert.equal(code, 0)
  assert.equal(JSON.parse(lines.at(-1) ?? '{}').event, 'done')
})

test('a torrent that cannot be written is told of a content that is for sale', () => {
  const out = join(folder, 'no', 'such', 'song.torrent')
  const offer = [content, '--price', '3', '--reward', '0.1']
  const { lines, status, stderr } = run(home, 'publish', ...offer, '--out', out, '--json')
  assert.deepEqual([status, lines.at(-1)?.code], [1, 'not-writable'])
  assert.match(stderr, /song\.torrent: no such file or folder; [0-9a-f]{40} is published; /)
  assert.equal(run(home, 'publish', ...offer, '--json').lines.at(-1)?.again, true)
})

test('settings: what init fixed is set, a wrong line ends every verb with its place', () => {
  const lines = run(home, 'config', '--json').lines
  const url = lines.find(({ name }) => name === 'url')
  assert.deepEqual([url?.value, url?.source], ['http://127.0.0.1:6969', `${home}/config.toml:10`])
  const path = join(home, 'config.toml')
  const text = readFileSync(path, 'utf8')
  writeFileSync(path, text.replace('# b = 8', 'b = 80'))
  const line = text.split('\n').indexOf('# b = 8') + 1
  const { status, stderr } = run(home, 'accounts')
  writeFileSync(path, text)
  assert.equal(status, 2)
  assert.equal(stderr, `floodgate-tracker: ${path}:${line}: b takes a number from 1 to 64\n`)
})

test('a port that is taken is named, and the home is free again', async () => {
  const taken = createServer()
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve))
  const { port } = taken.address() as { port: number }
  const result = run(home, 'serve', '--port', String(port), '--json')
  assert.deepEqual([result.status, result.lines[0]?.code], [1, 'port-in-use'])
  assert.match(result.stderr, new RegExp(String(port)))
  taken.close()
  assert.equal((await (await serve(home)).stop('SIGINT')).code, 0)
})

test('after kill -9 the next serve starts, and the ledger is right', async () => {
  await (await serve(home)).stop('SIGKILL')
  assert.equal((await (await serve(home)).stop('SIGINT')).code, 0)
  assert.equal(run(home, 'ledger', 'verify').status, 0)
})

test('names that buyers elsewhere cannot store are told when they are published', () => {
  const album = join(folder, 'album')
  mkdirSync(album)
  for (const name of ['what?.bin', 'fine.bin'])
    writeFileSync(join(album, name), content.slice(0, 9))
  const published = run(home, 'publish', album, '--price', '1', '--reward', '0.01', '--json')
  assert.equal(published.status, 0, published.stderr)
  const { text: _, ...told } = published.lines[0] ?? {}
  assert.deepEqual(told, {
    event: 'renamed',
    path: 'album/what?.bin',
    stored: 'album/what_.bin',
  })
  assert.equal(published.lines.length, 2)
})

test('with a certificate it speaks TLS, also off this machine', async () => {
  const key = join(folder, 'tls.key')
  const cert = join(folder, 'tls.pem')
  const asked = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
  const made = spawnSync('openssl', [
    ...asked,
    '-keyout',
    key,
    '-out',
    cert,
    '-subj',
    '/CN=localhost',
  ])
  assert.equal(made.status, 0, String(made.stderr))
  const serving = await serve(home, '--host', '0.0.0.0', '--tls-key', key, '--tls-cert', cert)
  const path = `/fg/v1/time?nonce=${'00'.repeat(16)}`
  const status = await new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port: serving.port, path, rejectUnauthorized: false }
    const call = request(options, (response) => {
      response.resume()
      resolve(response.statusCode)
    })
    call.on('error', reject).end()
  })
  assert.equal(status, 200)
  assert.equal((await serving.stop('SIGINT')).code, 0)
})
