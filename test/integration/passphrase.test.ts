/** The key under a passphrase: from files, descriptors and a terminal; killed at any moment. */
import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { makeContent } from '../engine-content.js'
import { doneOf, type Ended, floodgate } from './programs.js'

const MAIN = fileURLToPath(new URL('../../client/main.js', import.meta.url))
const TERMINAL = fileURLToPath(new URL('../../../test/python/terminal.py', import.meta.url))
const [FIRST, SECOND] = ['correct horse battery', 'tr0ub4dor and three'] as const

/** A folder with a home to be and a private file for each passphrase. */
function place(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'floodgate-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const write = (name: string, text: string) => {
    const path = join(folder, name)
    writeFileSync(path, text, { mode: 0o600 })
    return path
  }
  const [first, second] = [write('first', `${FIRST}\nno part of it\n`), write('second', SECOND)]
  const home = join(folder, 'home')
  const torrent = join(folder, 'free.torrent')
  writeFileSync(torrent, makeContent({ 'a.bin': 1000 }, 16_384).torrent)
  // A free content needs no account: the home is made for it.
  const made = (...args: readonly string[]) => floodgate(home, 'get', torrent, '--list', ...args)
  return { folder, home, torrent, made, first, second, write }
}

const codeOf = ({ events, status }: Ended) => [status, events.at(-1)?.code]

/** Runs the program, or a line of a shell, on a terminal that gives these answers. */
function onTerminal(answers: readonly string[], args: readonly string[] | string) {
  const words = typeof args === 'string' ? ['sh', '-c', args] : [process.execPath, MAIN, ...args]
  const command = [TERMINAL, JSON.stringify(answers), ...words]
  return new Promise<{ status: number; shown: string }>((resolve) => {
    execFile('python3', command, (error, shown) => {
      resolve({ status: error === null ? 0 : Number(error.code), shown })
    })
  })
}

test('a key is sealed from its first moment, and opens for its passphrase alone', async (t) => {
  const { first, home, made, second, write } = place(t)
  doneOf(await made('--passphrase-file', first))
  assert.match(readFileSync(join(home, 'identity.key'), 'utf8'), /under a passphrase\n/)
  const shown = doneOf(await floodgate(home, 'key', 'show', '--passphrase-file', first))
  assert.equal(shown.sealed, true)
  const before = readFileSync(join(home, 'identity.key'))
  const wrong = await floodgate(home, 'key', 'show', '--passphrase-file', second)
  assert.deepEqual(codeOf(wrong), [1, 'passphrase-wrong'])
  const missing = await floodgate(home, 'wallet')
  assert.deepEqual(codeOf(missing), [1, 'passphrase-needed'])
  assert.match(missing.stderr, /--passphrase-file FILE or --passphrase-fd N/)
  const open = write('open', FIRST)
  chmodSync(open, 0o644)
  const read = await floodgate(home, 'key', 'show', '--passphrase-file', open)
  assert.deepEqual(codeOf(read), [1, 'open-to-others'])
  const both = ['--passphrase-file', first, '--passphrase-fd', '3']
  assert.deepEqual(codeOf(await floodgate(home, 'key', 'show', ...both)), [2, 'usage'])
  assert.deepEqual(readFileSync(join(home, 'identity.key')), before)
})

test('a descriptor gives the passphrase, also one that is a pipe', async (t) => {
  const { first, home, made } = place(t)
  doneOf(await made('--passphrase-file', first))
  const args = [MAIN, 'key', 'show', '--home', home, '--passphrase-fd', '3']
  for (const source of [openSync(first, 'r'), 'pipe'] as const) {
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit', source] })
    const pipe = child.stdio[3]
    if (source === 'pipe' && pipe !== null && pipe !== undefined && 'write' in pipe) {
      pipe.write(FIRST.slice(0, 5))
      await setTimeout(50)
      pipe.write(`${FIRST.slice(5)}\n`)
    }
    const [status] = await once(child, 'exit')
    assert.equal(status, 0)
  }
})

test('at a terminal the passphrase is asked and not shown', async (t) => {
  const { home, torrent } = place(t)
  const chosen = await onTerminal([FIRST, FIRST], ['get', torrent, '--list', '--home', home])
  assert.equal(chosen.status, 0, chosen.shown)
  assert.ok(chosen.shown.includes(`a home is made in ${home}`), chosen.shown)
  assert.match(chosen.shown, /8 characters or more \(empty: keep it unsealed\)/)
  const asked = await onTerminal([FIRST], ['key', 'show', '--home', home])
  assert.equal(asked.status, 0, asked.shown)
  const differing = ['key', 'passphrase', '--home', home]
  const twice = [SECOND, FIRST]
  const differs = await onTerminal([FIRST, ...twice, ...twice, ...twice], differing)
  assert.equal(differs.status, 2)
  assert.equal(differs.shown.split('the two passphrases differ').length, 4, differs.shown)
  const short = await onTerminal([FIRST, 'short', 'short', 'short'], differing)
  assert.equal(short.status, 2)
  assert.match(short.shown, /at least 8 characters/)
  assert.ok(!short.shown.includes('The same again'), 'refused before it is typed again')
  const slips = await onTerminal([FIRST, ...twice, 'short', FIRST, FIRST], differing)
  assert.equal(slips.status, 0, slips.shown)
  const show = ['key', 'show', '--home', home]
  const wrong = await onTerminal([SECOND, SECOND, SECOND], show)
  assert.equal(wrong.status, 1)
  assert.match(wrong.shown, /type it again \(look at Caps Lock/)
  const mistyped = await onTerminal([SECOND, FIRST], show)
  assert.equal(mistyped.status, 0)
  assert.match(mistyped.shown, /that is not the passphrase of this wallet/)
  for (const { shown } of [chosen, asked, differs, slips, wrong, mistyped]) {
    assert.ok(!shown.includes(FIRST) && !shown.includes(SECOND), shown)
  }
})

test('a passphrase is asked at the terminal where what is said goes into a pipe', async (t) => {
  const { folder, home, torrent } = place(t)
  const piped = (answers: readonly string[], ...args: readonly string[]) => {
    const words = [process.execPath, MAIN, ...args, '--home', home].map((word) => `'${word}'`)
    return onTerminal(answers, `${words.join(' ')} | cat > '${join(folder, 'said')}'`)
  }
  const said = () => readFileSync(join(folder, 'said'), 'utf8')
  const made = await piped([FIRST, FIRST], 'get', torrent, '--list')
  assert.match(made.shown, /8 characters or more \(empty: keep it unsealed\): /)
  assert.match(said(), /is sealed under the passphrase/)
  const shown = await piped([SECOND, FIRST], 'key')
  assert.match(shown.shown, /^Passphrase: \s+that is not the passphrase .* Passphrase: \s+$/)
  assert.doesNotMatch(said(), /assphrase:/)
  assert.match(said(), /^key/m)
})

test('what is wrong on the command line is said before a passphrase is asked for', async (t) => {
  const { first, folder, home, made } = place(t)
  doneOf(await made('--passphrase-file', first))
  const out = ['--out', join(folder, 'out')]
  for (const words of [
    ['get', 'nothing', ...out],
    ['play', 'nothing', ...out],
    ['seed', 'nothing'],
    ['buy', 'nothing'],
    ['refund', 'nothing'],
    ['complain', 'file', 'nothing'],
    ['cases', 'replay', 'nothing'],
  ]) {
    assert.deepEqual(codeOf(await floodgate(home, ...words)), [1, 'not-readable'], words[0])
  }
  for (const words of [
    ['seed', '0123456789abcdef0123456789abcdef01234567'],
    ['refund', 'nothing', '--reason', 'x'.repeat(10_000)],
    ['complain', 'write', 'nobody'],
    ['cases', 'show', 'none'],
    ['earn', 'start', '--quota', 'much'],
    ['earn', 'plan', '--hours', 'never'],
  ]) {
    assert.deepEqual(codeOf(await floodgate(home, ...words)), [2, 'usage'], words.join(' '))
  }
  const voucher = await floodgate(home, 'redeem', 'XXXX')
  assert.deepEqual(codeOf(voucher), [1, 'voucher-invalid'])
  const much = await floodgate(home, 'payout', '99999999999999', '--to', 'me')
  assert.deepEqual(codeOf(much), [2, 'usage'])
  assert.match(much.stderr, /more than an amount may be/)
})

test('without a passphrase it says so; one is set, changed and removed later', async (t) => {
  const { first, home, made, second } = place(t)
  const { events } = await made()
  assert.deepEqual(
    events.filter(({ event }) => event === 'identity').map(({ sealed }) => sealed),
    [false],
  )
  const { key } = doneOf(await floodgate(home, 'key', 'show'))
  const change = (...args: readonly string[]) => floodgate(home, 'key', 'passphrase', ...args)
  const next = (path: string) => ['--new-passphrase-file', path]
  const now = (path: string) => ['--passphrase-file', path]
  assert.deepEqual(codeOf(await change()), [1, 'passphrase-needed'])
  assert.equal(doneOf(await change(...next(first))).sealed, true)
  assert.deepEqual(codeOf(await change(...now(second), ...next(second))), [1, 'passphrase-wrong'])
  assert.equal(doneOf(await change(...now(first), ...next(second))).sealed, true)
  assert.equal(doneOf(await change(...now(second), '--remove')).sealed, false)
  assert.equal(doneOf(await floodgate(home, 'key', 'show')).key, key)
})

test('killed while it changes the passphrase, the old or the new one opens the key', async (t) => {
  const { first, home, made, second } = place(t)
  doneOf(await made('--passphrase-file', first))
  const { key } = doneOf(await floodgate(home, 'key', 'show', '--passphrase-file', first))
  let [now, next] = [first, second]
  for (let round = 0; round < 3; round++) {
    const args = ['key', 'passphrase', '--home', home, '--passphrase-file', now]
    const child = spawn(process.execPath, [MAIN, ...args, '--new-passphrase-file', next])
    // Both derivations take most of the time; the file is replaced right behind the second.
    await Promise.race([once(child, 'exit'), setTimeout(800 + 200 * round)])
    child.kill('SIGKILL')
    const opened = await floodgate(home, 'key', 'show', '--passphrase-file', next)
    if (opened.status === 0) [now, next] = [next, now]
    assert.equal(doneOf(await floodgate(home, 'key', 'show', '--passphrase-file', now)).key, key)
  }
})
