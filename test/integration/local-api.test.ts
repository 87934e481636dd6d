/**
 * The socket of a home: who may speak to it and how, what a killed process leaves behind, and verbs
 * that another process runs.
 */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { chmodSync, chownSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { homeAt } from '../../client/home.js'
import { attach } from '../../client/local/attach.js'
import { placeOf } from '../../client/local/place.js'
import { refused } from '../../shared/errors.js'
import { LOCAL_BODY_MAX_BYTES } from '../../shared/local-limits.js'
import { Market } from './market.js'
import { doneOf, floodgate, Program } from './programs.js'

const OFFER = { bytes: 16 * 16_384, pieceLength: 16_384, price: '2', reward: '0.01' }
const MAIN = fileURLToPath(new URL('../../client/main.js', import.meta.url))
const TERMINAL = fileURLToPath(new URL('../../../test/python/terminal.py', import.meta.url))
const NOBODY = 65_534

let market: Market
let home: string
before(async () => {
  market = await Market.open(OFFER)
  await market.member('ann', '50')
  home = market.home('ann')
})
after(() => market.close())

/** What a command says and how it ends. */
function run(command: string, ...args: readonly string[]) {
  return new Promise<{ status: number; out: string; err: string }>((resolve) => {
    execFile(command, args, (error, out, err) => {
      resolve({ status: error === null ? 0 : Number(error.code ?? 1), out, err })
    })
  })
}

/** A daemon in ann's home, which does not outlive its test. */
async function daemonFor(t: TestContext): Promise<Program> {
  const program = market.start('ann', 'daemon', '--host', '127.0.0.1')
  t.after(() => program.stop('SIGKILL'))
  await program.until('ready')
  return program
}

/** One request by curl: the status and what came. */
async function curl(path: string, ...args: readonly string[]) {
  const socket = ['--unix-socket', join(home, 'floodgate.sock')]
  const { out } = await run('curl', '-s', '-w', '\n%{http_code}', ...socket, ...args, path)
  const [status = '', ...body] = out.trimEnd().split('\n').reverse()
  return { status: Number(status), body: body.reverse().join('\n') }
}

const CALL = ['-X', 'POST'] as const

test('web pages, other hosts and what is not there are turned down', async (t) => {
  const working = await daemonFor(t)
  const ping = await curl('http://floodgate/v1/ping', ...CALL)
  assert.equal(ping.status, 200)
  assert.match(JSON.parse(ping.body).version, /^\d/)
  assert.equal((await curl('http://localhost:80/v1/ping', ...CALL)).status, 200)
  const codeOf = ({ body }: { body: string }) => JSON.parse(body).code
  const page = await curl('http://floodgate/v1/ping', ...CALL, '-H', 'Origin: http://localhost')
  assert.deepEqual([page.status, codeOf(page)], [403, 'foreign-request'])
  const host = await curl('http://evil.example/v1/ping', ...CALL)
  assert.deepEqual([host.status, codeOf(host)], [403, 'foreign-request'])
  const none = await curl('http://floodgate/v1/nothing', ...CALL)
  assert.deepEqual([none.status, codeOf(none)], [404, 'not-found'])
  assert.equal((await curl('http://floodgate/v2/ping', ...CALL)).status, 404)
  assert.equal((await curl('http://floodgate/v1/ping')).status, 400)
  const bad = await curl('http://floodgate/v1/pause', '-d', '{"cids":["00"]}')
  assert.equal(bad.status, 400)
  assert.match(JSON.parse(bad.body).message, /cids\[0\] is not cid/)
  const empty = await curl('http://floodgate/v1/pause', '-d', '{}')
  assert.match(JSON.parse(empty.body).message, /cids is missing/)
  const large = join(market.folder, 'large')
  writeFileSync(large, Buffer.alloc(LOCAL_BODY_MAX_BYTES + 1, ' '))
  const much = await curl('http://floodgate/v1/ping', '--data-binary', `@${large}`)
  assert.equal(much.status, 413)
  const state = JSON.parse((await curl('http://floodgate/v1/state', ...CALL)).body)
  assert.deepEqual([state.totals.pid, state.transfers], [working.pid, []])
  const socket = `--unix-socket '${join(home, 'floodgate.sock')}'`
  const first = `curl -sN ${socket} -d '{"every":100}' http://floodgate/v1/updates | head -n 1`
  assert.equal(typeof JSON.parse((await run('sh', '-c', first)).out), 'object')
  await working.stop()
})

test('another user reaches no socket, and a socket of another user is not trusted', async (t) => {
  if (process.getuid?.() !== 0) return t.skip('needs root, to be somebody else as well')
  const working = await daemonFor(t)
  const path = join(home, 'floodgate.sock')
  chmodSync(market.folder, 0o755)
  chmodSync(home, 0o755)
  const ask = ['curl', '-s', '--unix-socket', path, '-X', 'POST', 'http://floodgate/v1/ping']
  const as = ['--reuid', String(NOBODY), '--regid', String(NOBODY), '--clear-groups']
  const other = await run('setpriv', ...as, ...ask)
  assert.deepEqual([other.status, other.out], [7, ''])
  assert.match((await run('setpriv', ...ask)).out, /version/)
  const place = placeOf(homeAt(home), process.env)
  assert.ok(!refused(attach(place)))
  chownSync(path, NOBODY, NOBODY)
  const foreign = attach(place)
  assert.equal(refused(foreign) && foreign.code, 'open-to-others')
  chownSync(path, 0, 0)
  chmodSync(home, 0o777)
  const open = attach(place)
  assert.equal(refused(open) && open.code, 'open-to-others')
  chmodSync(home, 0o700)
  await working.stop()
})

test('the socket of a killed daemon keeps nobody out; there are no two at once', async (t) => {
  const killed = await daemonFor(t)
  await killed.stop('SIGKILL')
  assert.ok(existsSync(join(home, 'floodgate.sock')))
  doneOf(await floodgate(home, 'wallet'))
  const none = await floodgate(home, 'daemon', '--status')
  assert.deepEqual([none.status, none.events.at(-1)?.code], [1, 'no-daemon'])
  const working = await daemonFor(t)
  const second = await floodgate(home, 'daemon')
  assert.deepEqual([second.status, second.events.at(-1)?.code], [1, 'home-in-use'])
  const behind = await floodgate(home, 'daemon', '--background')
  assert.deepEqual([behind.status, behind.events.at(-1)?.code], [1, 'home-in-use'])
  assert.equal(doneOf(await floodgate(home, 'daemon', '--status')).pid, working.pid)
  await working.stop()
  assert.ok(!existsSync(join(home, 'floodgate.sock')))
})

test('a path too long for a socket has it in a private folder', async () => {
  const deep = join(market.folder, 'a'.repeat(120))
  mkdirSync(deep, { mode: 0o700 })
  const runtime = join(market.folder, 'runtime')
  mkdirSync(runtime, { mode: 0o700 })
  const environment = { XDG_RUNTIME_DIR: runtime }
  const working = new Program('floodgate', deep, ['daemon', '--host', '127.0.0.1'], { environment })
  const { socket } = await working.until('ready')
  assert.ok(String(socket).startsWith(runtime))
  const status = new Program('floodgate', deep, ['daemon', '--status'], { environment })
  assert.equal(doneOf(await status.ended).pid, working.pid)
  await working.stop()
})

test('a daemon behind the terminal, its unit, and its end', async () => {
  const begun = doneOf(await floodgate(home, 'daemon', '--background', '--host', '127.0.0.1'))
  assert.equal(doneOf(await floodgate(home, 'daemon', '--status')).pid, begun.pid)
  assert.equal(doneOf(await floodgate(home, 'daemon', '--stop')).pid, begun.pid)
  const taken = await floodgate(home, 'daemon', '--background', '--port', '70000')
  assert.equal(taken.status, 2)
  const { unit } = doneOf(await floodgate(home, 'daemon', '--unit'))
  assert.match(String(unit), /^ExecStart=".*node" "--max.*" ".*main.js" "daemon" "--home" ".*"$/m)
  const path = join(market.folder, 'floodgate.service')
  writeFileSync(path, String(unit))
  // Where systemd is not installed the text has to be enough.
  if (!existsSync('/usr/bin/systemd-analyze')) return
  const runtime = `XDG_RUNTIME_DIR=${market.folder}`
  const verified = await run('env', runtime, 'systemd-analyze', '--user', 'verify', path)
  assert.deepEqual([verified.status, verified.err], [0, ''])
})

test('the daemon behind the terminal is given the passphrase, no verb is', async () => {
  await market.member('sam', '5')
  const own = market.home('sam')
  const secret = join(market.folder, 'secret')
  writeFileSync(secret, 'correct horse battery\n', { mode: 0o600 })
  const given = ['--passphrase-file', secret] as const
  doneOf(await floodgate(own, 'key', 'passphrase', '--new-passphrase-file', secret))
  const without = await floodgate(own, 'daemon', '--background')
  assert.equal(without.events.at(-1)?.code, 'passphrase-needed')
  doneOf(await floodgate(own, 'daemon', '--background', '--host', '127.0.0.1', ...given))
  assert.equal(doneOf(await floodgate(own, 'wallet')).spendable, '5000000')
  doneOf(await floodgate(own, 'wallet', ...given))
  doneOf(await floodgate(own, 'daemon', '--stop'))
})

test('what needs the terminal, the lock or the key itself is run for nobody', async (t) => {
  await daemonFor(t)
  const exitOf = async (...words: readonly string[]) => {
    const given = { words, folder: '/', live: true, interactive: true, columns: 80 }
    const { body } = await curl('http://floodgate/v1/run', '-d', JSON.stringify(given))
    return JSON.parse(body.trim().split('\n').at(-1) ?? '{}').exit
  }
  const tui = await exitOf('tui')
  assert.equal(tui.code, 2)
  assert.match(tui.message, /open in a terminal/)
  for (const words of [['daemon'], ['key', 'export', 'x'], ['key', 'passphrase', '--remove']]) {
    const exit = await exitOf(...words)
    assert.equal(exit.code, 1)
    assert.match(exit.message, /a floodgate works in/, words.join(' '))
  }
  const other = ['--home', market.home('house')]
  const member = '00'.repeat(16)
  for (const words of [['wallet'], ['payout', '1', '--to', 'me'], ['blacklist', 'add', member]]) {
    const exit = await exitOf(...words, ...other)
    assert.equal(exit.code, 2, words.join(' '))
    assert.match(exit.message, /holds .*ann; for another --home/)
  }
  const { body } = await curl('http://floodgate/v1/blacklist', '-d', '{}')
  assert.deepEqual(JSON.parse(body).rows, [])
  assert.equal((await exitOf('wallet', '--home', home)).code, 0, 'its own home may be named')
})

test('Ctrl-C ends the verb that waits, not the work; --detach waits for nothing', async (t) => {
  const working = await daemonFor(t)
  const args = ['get', market.cid, '--out', join(market.folder, 'out'), '--yes']
  const getting = new Program('floodgate', home, args)
  await getting.until('progress')
  const ended = await getting.stop('SIGINT')
  assert.deepEqual([ended.status, ended.events.at(-1)?.code], [1, 'interrupted'])
  const state = async () => JSON.parse((await curl('http://floodgate/v1/state', ...CALL)).body)
  const [row] = (await state()).transfers
  assert.deepEqual([row.cid, row.state], [market.cid, 'waiting'])
  doneOf(await floodgate(home, ...args, '--detach'))
  // Whoever is killed while it waits ends its verb too, and nothing else.
  const gone = new Program('floodgate', home, args)
  await gone.until('progress')
  await gone.stop('SIGKILL')
  assert.equal((await state()).transfers.length, 1)
  assert.equal((await working.stop()).status, 0)
  const alone = await floodgate(home, ...args, '--detach')
  assert.equal(alone.status, 2)
})

test('a daemon that dies takes its guests along, and they say so', async (t) => {
  const working = await daemonFor(t)
  const args = ['get', market.cid, '--out', join(market.folder, 'out'), '--yes']
  const getting = new Program('floodgate', home, args)
  await getting.until('progress')
  await working.stop('SIGKILL')
  const ended = await getting.ended
  assert.deepEqual([ended.status, ended.events.at(-1)?.code], [1, 'no-daemon'])
  assert.match(ended.stderr, /the process that held this home has ended/)
})

test('questions come back to the terminal of who asked: only yes buys', async () => {
  await market.member('bea', '50')
  const own = market.home('bea')
  const working = market.start('bea', 'daemon', '--host', '127.0.0.1')
  await working.until('ready')
  const buy = async (answer: string) => {
    const words = [process.execPath, MAIN, 'buy', market.cid, '--home', own]
    return run('python3', TERMINAL, JSON.stringify([answer]), ...words)
  }
  const no = await buy('')
  assert.equal(no.status, 1)
  assert.match(no.out, /Pay 2.* \[y\/N\] [\s\S]*not bought/)
  const yes = await buy('y')
  assert.equal(yes.status, 0)
  assert.match(yes.out, /bought content\.bin for 2/)
  assert.equal(doneOf(await floodgate(own, 'wallet')).spent, '2000000')
  await working.stop()
})

test('relative paths begin at the folder of who asked', async () => {
  await market.member('cat', '50')
  const own = market.home('cat')
  const working = market.start('cat', 'daemon', '--host', '127.0.0.1')
  await working.until('ready')
  const folder = join(market.folder, 'desk')
  mkdirSync(folder)
  const verb = [MAIN, 'get', '../content.torrent', '--out', 'here', '--yes', '--detach', '--json']
  const { out, status } = await new Promise<{ out: string; status: number }>((resolve) => {
    const options = { cwd: folder }
    execFile(process.execPath, [...verb, '--home', own], options, (error, said) =>
      resolve({ out: said, status: Number(error?.code ?? 0) }),
    )
  })
  assert.equal(status, 0, out)
  assert.ok(existsSync(join(folder, 'here')))
  await working.stop()
})
