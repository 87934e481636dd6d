/**
 * Transmission through our tracker, with our client on the other side; each in a network of its
 * own, since it takes no peers on the loopback.
 */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { type Content, folder, makeContent, writeContent, wrongFiles } from '../engine-content.js'
import { run } from '../unit/tracker-process.js'
import { until } from '../until.js'

const KIB = 1024
const [OURS, THEIRS] = ['10.77.0.1', '10.77.0.2']
const PORT = 7000
const program = (name: string): string =>
  fileURLToPath(new URL(`../../${name}/main.js`, import.meta.url))
/** Found by the tracker or not at all. */
const SETTINGS = {
  'dht-enabled': false,
  'lpd-enabled': false,
  'pex-enabled': false,
  'utp-enabled': false,
}

/** Two networks joined by a cable; undefined without the right to make them. */
function makeNetworks(t: TestContext): readonly [string, string] | undefined {
  const names = [`fg-ours-${process.pid}`, `fg-theirs-${process.pid}`] as const
  const ip = (...args: string[]): boolean => spawnSync('ip', args).status === 0
  t.after(() => {
    for (const name of names) ip('netns', 'del', name)
  })
  if (!names.every((name) => ip('netns', 'add', name))) return undefined
  const [ours, theirs] = names
  const cable = ['type', 'veth', 'peer', 'name', 'fg0', 'netns', theirs]
  if (!ip('-n', ours, 'link', 'add', 'fg0', ...cable)) return undefined
  for (const [name, address] of [
    [ours, OURS],
    [theirs, THEIRS],
  ] as const) {
    ip('-n', name, 'address', 'add', `${address}/24`, 'dev', 'fg0')
    for (const device of ['lo', 'fg0']) ip('-n', name, 'link', 'set', device, 'up')
  }
  return names
}

/** Starts a command in a network; it ends with the test. Gives what it says. */
function start(
  t: TestContext,
  network: string,
  command: readonly string[],
): { child: ChildProcess; said: () => string } {
  const child = spawn('ip', ['netns', 'exec', network, ...command])
  let text = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk
    })
  }
  t.after(async () => {
    if (child.exitCode !== null) return
    child.kill('SIGKILL')
    await once(child, 'exit')
  })
  return { child, said: () => text }
}

/** A tracker that lists the content, in our network; gives the content's torrent file. */
async function startTracker(t: TestContext, network: string, content: Content): Promise<string> {
  const inside = await folder(t)
  const home = join(inside, 'home')
  const torrent = join(inside, 'content.torrent')
  await writeFile(torrent, content.torrent)
  assert.equal(run(home, 'init', '--name', 'Prov').status, 0)
  assert.equal(run(home, 'free', 'allow', torrent).status, 0)
  const where = ['--host', OURS, '--port', `${PORT}`, '--behind-proxy', '--home', home]
  const command = [process.execPath, program('tracker'), 'serve', '--json', ...where]
  const { said } = start(t, network, command)
  await until('our tracker', () => said().includes('"listening"'), { seen: said })
  return torrent
}

async function transmission(
  t: TestContext,
  network: string,
  torrent: string,
  inside: string,
): Promise<{ said: () => string; finished: string }> {
  const settings = await folder(t)
  const finished = join(settings, 'finished')
  const script = join(settings, 'finish.sh')
  await writeFile(join(settings, 'settings.json'), JSON.stringify(SETTINGS))
  await writeFile(script, `#!/bin/sh\ntouch ${finished}\n`, { mode: 0o755 })
  const where = ['-g', settings, '-w', inside, '-M', '-p', '51413', '-f', script]
  const { said } = start(t, network, ['transmission-cli', ...where, torrent])
  return { said, finished }
}

function floodgate(t: TestContext, network: string, verb: string, ...args: readonly string[]) {
  const command = [process.execPath, program('client'), verb, ...args, '--json', '--host', OURS]
  return start(t, network, command)
}

/** The content with our tracker's address in its torrent. */
function makeAnnounced(): Content {
  return makeContent({ 'a.bin': 1500 * KIB + 3, 'sub/b.bin': 5 }, 64 * KIB, [
    `http://${OURS}:${PORT}/announce`,
  ])
}

test('Transmission finds us through our tracker and downloads', async (t) => {
  const networks = makeNetworks(t)
  if (networks === undefined) return t.skip('needs the right to make network namespaces')
  const [ours, theirs] = networks
  const content = makeAnnounced()
  const torrent = await startTracker(t, ours, content)
  const [from, to, home] = [await folder(t), await folder(t), await folder(t)]
  await writeContent(content, from)
  const seed = floodgate(t, ours, 'seed', torrent, '--data', from, '--home', join(home, 'h'))
  await until('our seed', () => seed.said().includes('"seeding"'), { seen: seed.said })
  const { said, finished } = await transmission(t, theirs, torrent, to)
  await until('the end of the download', () => existsSync(finished), { seen: said })
  assert.deepEqual(await wrongFiles(content, to), [])
})

test('we find Transmission through our tracker and download', async (t) => {
  const networks = makeNetworks(t)
  if (networks === undefined) return t.skip('needs the right to make network namespaces')
  const [ours, theirs] = networks
  const content = makeAnnounced()
  const torrent = await startTracker(t, ours, content)
  const [from, to, home] = [await folder(t), await folder(t), await folder(t)]
  await writeContent(content, from)
  await mkdir(to, { recursive: true })
  const { said } = await transmission(t, theirs, torrent, from)
  await until('its seed', () => /Seeding/.test(said()), { seen: said })
  const get = floodgate(t, ours, 'get', torrent, '--out', to, '--home', join(home, 'h'))
  const [code] = await once(get.child, 'exit')
  assert.equal(code, 0, get.said())
  assert.deepEqual(await wrongFiles(content, to), [])
})
