/** One transfer each way with Debian's aria2, which knows nothing of us but BitTorrent. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { Announcer } from '../../client/net/announcer.js'
import {
  at,
  type Content,
  folder,
  makeContent,
  type Node,
  startNode,
  writeContent,
  wrongFiles,
} from '../engine-content.js'
import { type PlainTracker, startPlainTracker } from '../plain-tracker.js'

const KIB = 1024
const FILES = { 'a.bin': 3000 * KIB + 11, 'sub/b.bin': 1, 'sub/c.bin': 2000 * KIB }

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  assert.ok(typeof address === 'object' && address !== null)
  return address.port
}

/** Starts aria2 on a content; resolves when it exits. */
async function aria2(
  t: TestContext,
  content: Content,
  options: { inside: string; tracker: PlainTracker; port: number; more: string[] },
): Promise<{ exited: Promise<number | null>; output: () => string }> {
  const { inside, tracker, port, more } = options
  const torrent = join(await folder(t), 'content.torrent')
  await writeFile(torrent, content.torrent)
  const quiet = ['--enable-dht=false', '--enable-dht6=false', '--bt-enable-lpd=false']
  const child = spawn(
    'aria2c',
    [
      ...['--no-conf', '--enable-peer-exchange=false', '--console-log-level=info', ...quiet],
      ...[`--dir=${inside}`, `--listen-port=${port}`, `--bt-tracker=${tracker.url}`],
      ...['--bt-tracker-interval=1', '--file-allocation=none', ...more, torrent],
    ],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  )
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  }
  const exited = once(child, 'exit').then(([code]) => code as number | null)
  t.after(async () => {
    child.kill('SIGKILL')
    await exited
  })
  return { exited, output: () => output }
}

function announce(t: TestContext, content: Content, node: Node, tracker: PlainTracker): void {
  const announcer = new Announcer({
    trackers: [tracker.url],
    describe: () => ({
      cid: content.metainfo.cid,
      peerId: new Uint8Array(Buffer.from('-FG0001-interop-test')),
      port: at(node).port,
      uploaded: 0,
      downloaded: 0,
      left: node.swarm.done ? 0 : 1,
    }),
    found: (peers) => node.swarm.addPeers(peers),
  })
  t.after(() => announcer.stop())
}

test('aria2 downloads from us', async (t) => {
  const content = makeContent(FILES, 64 * KIB)
  const [from, to] = [await folder(t), await folder(t)]
  await writeContent(content, from)
  const tracker = await startPlainTracker(t)
  const seed = await startNode(t, content, from)
  announce(t, content, seed, tracker)
  while (tracker.queries.length === 0) await new Promise((resolve) => setTimeout(resolve, 10))
  const more = ['--seed-time=0']
  const port = await freePort()
  const { exited, output } = await aria2(t, content, { inside: to, tracker, port, more })
  assert.equal(await exited, 0, output())
  assert.deepEqual(await wrongFiles(content, to), [])
  assert.ok(seed.swarm.stats().uploadedBytes >= content.metainfo.length)
})

test('we download from aria2', async (t) => {
  const content = makeContent(FILES, 64 * KIB)
  const [from, to] = [await folder(t), await folder(t)]
  await writeContent(content, from)
  const tracker = await startPlainTracker(t)
  const port = await freePort()
  const more = ['--seed-ratio=0', '--check-integrity=true']
  await aria2(t, content, { inside: from, tracker, port, more })
  while (tracker.queries.length === 0) await new Promise((resolve) => setTimeout(resolve, 10))
  const leech = await startNode(t, content, to)
  announce(t, content, leech, tracker)
  await leech.done
  await leech.stop()
  assert.deepEqual(await wrongFiles(content, to), [])
})
