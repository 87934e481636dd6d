/** Ordinary clients find each other through our tracker alone, ours among them. */
import assert from 'node:assert/strict'
import { mkdir, writeFile } from 'node:fs/promises'
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
import { freePort } from '../free-port.js'
import { run, serve } from '../unit/tracker-process.js'
import { until } from '../until.js'
import { aria2, libtorrent } from './clients.js'

const KIB = 1024
const FILES = { 'a.bin': 2000 * KIB + 11, 'sub/b.bin': 1 }
const SEEDING = ['--seed-ratio=0', '--check-integrity=true']

/** Starts our tracker with the content on its list; gives its announce address. */
async function startTracker(t: TestContext, content: Content): Promise<string> {
  const inside = await folder(t)
  const home = join(inside, 'home')
  const torrent = join(inside, 'content.torrent')
  await mkdir(home, { recursive: true })
  await writeFile(torrent, content.torrent)
  const made = run(home, 'init', '--name', 'Prov', '--url', 'http://127.0.0.1:6969')
  assert.equal(made.status, 0, made.stderr)
  const listed = run(home, 'free', 'allow', torrent)
  assert.equal(listed.status, 0, listed.stderr)
  const serving = await serve(home)
  t.after(() => serving.stop('SIGINT'))
  return `http://127.0.0.1:${serving.port}/announce`
}

/** Waits until the tracker counts this many seeds, as a client would see it. */
async function seeded(tracker: string, content: Content, count: number): Promise<void> {
  const hash = content.metainfo.cid.replace(/../g, '%$&')
  const scrape = `${tracker.replace('announce', 'scrape')}?info_hash=${hash}`
  let answer = ''
  const look = async (): Promise<boolean> => {
    answer = await (await fetch(scrape)).text()
    return answer.includes(`8:completei${count}e`)
  }
  await until(`${count} seeds`, look, { everyMs: 50, seen: () => answer })
}

function announce(t: TestContext, content: Content, node: Node, tracker: string): void {
  const announcer = new Announcer({
    trackers: [tracker],
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

type Join = (
  t: TestContext,
  content: Content,
  options: { inside: string; tracker: string; seed: boolean },
) => Promise<{ downloaded: () => Promise<void> }>

/** A way to take part per client: it seeds what lies in the folder, or downloads into it. */
const CLIENTS: Record<string, Join> = {
  aria2: async (t, content, { inside, tracker, seed }) => {
    const more = seed ? SEEDING : ['--seed-time=0']
    const options = { inside, tracker, port: await freePort(), more }
    const { exited, output } = await aria2(t, content, options)
    return { downloaded: async () => assert.equal(await exited, 0, output()) }
  },
  libtorrent: async (t, content, { inside, tracker, seed }) => {
    const options = { inside, tracker, port: await freePort(), seed }
    const { exited, output } = await libtorrent(t, content, options)
    return { downloaded: async () => assert.equal(await exited, 0, output()) }
  },
  ours: async (t, content, { inside, tracker }) => {
    const node = await startNode(t, content, inside)
    announce(t, content, node, tracker)
    return { downloaded: () => node.done }
  },
}

const PAIRS = [
  ['ours', 'aria2'],
  ['aria2', 'ours'],
  ['aria2', 'libtorrent'],
  ['libtorrent', 'aria2'],
  ['ours', 'libtorrent'],
  ['libtorrent', 'ours'],
  ['ours', 'ours'],
] as const

for (const [from, to] of PAIRS) {
  test(`${to} finds ${from} through our tracker and downloads`, async (t) => {
    const content = makeContent(FILES, 64 * KIB)
    const tracker = await startTracker(t, content)
    const [source, target] = [await folder(t), await folder(t)]
    await writeContent(content, source)
    await CLIENTS[from]?.(t, content, { inside: source, tracker, seed: true })
    await seeded(tracker, content, 1)
    const leech = await CLIENTS[to]?.(t, content, { inside: target, tracker, seed: false })
    await leech?.downloaded()
    assert.deepEqual(await wrongFiles(content, target), [])
  })
}
