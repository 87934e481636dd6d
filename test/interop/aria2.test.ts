/** One transfer each way with Debian's aria2, which knows nothing of us but BitTorrent. */
import assert from 'node:assert/strict'
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
import { freePort } from '../free-port.js'
import { type PlainTracker, startPlainTracker } from '../plain-tracker.js'
import { until } from '../until.js'
import { aria2 } from './clients.js'

const KIB = 1024
const FILES = { 'a.bin': 3000 * KIB + 11, 'sub/b.bin': 1, 'sub/c.bin': 2000 * KIB }

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
    told: () => undefined,
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
  await until('an announce', () => tracker.queries.length > 0)
  const more = ['--seed-time=0']
  const port = await freePort()
  const { exited, output } = await aria2(t, content, {
    inside: to,
    tracker: tracker.url,
    port,
    more,
  })
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
  await aria2(t, content, { inside: from, tracker: tracker.url, port, more })
  await until('an announce', () => tracker.queries.length > 0)
  const leech = await startNode(t, content, to)
  announce(t, content, leech, tracker)
  await leech.done
  await leech.stop()
  assert.deepEqual(await wrongFiles(content, to), [])
})
