/** Whole transfers of free torrents between swarms of ours, over loopback. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { open, readFile, stat } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import type { Gate } from '../../client/engine/gate.js'
import { openGate } from '../../client/engine/open-gate.js'
import { concat, fromHex, fromText } from '../../shared/bytes.js'
import type { Cid } from '../../shared/identifier.js'
import { STALL_MS } from '../../shared/swarm-limits.js'
import {
  at,
  folder,
  makeContent,
  resources,
  startNode,
  writeContent,
  wrongFiles,
} from '../engine-content.js'
import { until } from '../until.js'

const KIB = 1024
const MULTI = {
  'a.bin': 300 * KIB + 1,
  'empty.txt': 0,
  'sub/b.bin': 5,
  'sub/deep/c.bin': 700 * KIB,
  'sub/deep/empty.bin': 0,
}

for (const pieceKib of [16, 64, 1024]) {
  test(`a multi-file torrent moves in pieces of ${pieceKib} KiB`, async (t) => {
    const content = makeContent(MULTI, pieceKib * KIB)
    const [from, to] = [await folder(t), await folder(t)]
    await writeContent(content, from)
    const seed = await startNode(t, content, from)
    const leech = await startNode(t, content, to)
    assert.deepEqual([seed.swarm.done, leech.swarm.done], [true, false])
    leech.swarm.addPeers([at(seed)])
    await leech.done
    await leech.stop()
    assert.deepEqual(await wrongFiles(content, to), [])
    assert.equal(leech.swarm.stats().downloadedBytes, content.metainfo.length)
  })
}

test('two leechers get pieces from each other', async (t) => {
  const content = makeContent({ 'file.bin': 4096 * KIB }, 32 * KIB)
  const [from, to1, to2] = [await folder(t), await folder(t), await folder(t)]
  await writeContent(content, from)
  const seed = await startNode(t, content, from, { resources: resources(4_000_000) })
  const leeches = [await startNode(t, content, to1), await startNode(t, content, to2)] as const
  leeches[0].swarm.addPeers([at(seed), at(leeches[1])])
  leeches[1].swarm.addPeers([at(seed), at(leeches[0])])
  await Promise.all(leeches.map((leech) => leech.done))
  for (const leech of leeches) assert.ok(leech.swarm.stats().uploadedBytes > 0)
  assert.ok(seed.swarm.stats().uploadedBytes < 2 * content.metainfo.length)
  await Promise.all(leeches.map((leech) => leech.stop()))
  assert.deepEqual(await wrongFiles(content, to1), [])
  assert.deepEqual(await wrongFiles(content, to2), [])
})

test('a download that was stopped goes on where it was', async (t) => {
  const content = makeContent({ 'file.bin': 4096 * KIB }, 64 * KIB)
  const [from, to] = [await folder(t), await folder(t)]
  await writeContent(content, from)
  const seed = await startNode(t, content, from, { resources: resources(2_000_000) })
  let halfway = () => {}
  const half = new Promise<void>((resolve) => {
    halfway = resolve
  })
  let verified = 0
  const first = await startNode(t, content, to, {
    events: { verified: () => (++verified === 20 ? halfway() : undefined) },
  })
  first.swarm.addPeers([at(seed)])
  await half
  await first.stop()
  const stored = first.swarm.stats().have
  assert.ok(stored >= 20 && stored < content.metainfo.pieceCount)

  const second = await startNode(t, content, to)
  assert.equal(second.swarm.stats().have, stored)
  second.swarm.addPeers([at(seed)])
  await second.done
  await second.stop()
  assert.deepEqual(await wrongFiles(content, to), [])
  const missing = content.metainfo.length - stored * 64 * KIB
  assert.equal(second.swarm.stats().downloadedBytes, missing)
})

test('a file that was damaged on disk is fetched again where it is damaged', async (t) => {
  const content = makeContent({ 'file.bin': 1024 * KIB }, 64 * KIB)
  const [from, to] = [await folder(t), await folder(t)]
  await writeContent(content, from)
  await writeContent(content, to)
  const handle = await open(join(to, 'file.bin'), 'r+')
  await handle.write(Buffer.from('damage'), 0, 6, 200 * KIB)
  await handle.truncate(1000 * KIB)
  await handle.close()
  const seed = await startNode(t, content, from)
  const leech = await startNode(t, content, to)
  assert.equal(leech.swarm.stats().have, 14)
  leech.swarm.addPeers([at(seed)])
  await leech.done
  await leech.stop()
  assert.deepEqual(await wrongFiles(content, to), [])
  assert.equal(leech.swarm.stats().downloadedBytes, 2 * 64 * KIB)
})

test('a seed that serves junk is left, and an honest one completes the download', async (t) => {
  const content = makeContent({ 'file.bin': 1024 * KIB }, 64 * KIB)
  const [good, bad, to] = [await folder(t), await folder(t), await folder(t)]
  await writeContent(content, good)
  const liar = await startNode(t, content, bad, { trusted: true })
  const handle = await open(join(bad, 'file.bin'), 'w')
  await handle.truncate(1024 * KIB)
  await handle.close()
  const leech = await startNode(t, content, to)
  leech.swarm.addPeers([at(liar)])
  await until('two bad pieces', () => leech.swarm.stats().downloadedBytes >= 2 * 64 * KIB)
  await until('the end of the liar', () => leech.swarm.stats().peers.length === 0)
  assert.equal(leech.swarm.stats().have, 0)
  const seed = await startNode(t, content, good)
  leech.swarm.addPeers([at(seed)])
  await leech.done
  await leech.stop()
  assert.deepEqual(await wrongFiles(content, to), [])
})

test('a seed that never sends what it promised does not hold up the rest', {
  timeout: STALL_MS - 3000,
}, async (t) => {
  const content = makeContent({ 'file.bin': 2048 * KIB }, 64 * KIB)
  const [from, to] = [await folder(t), await folder(t)]
  await writeContent(content, from)
  const silent: Gate = {
    ...openGate,
    open: (connection, act) => ({ ...openGate.open(connection, act), requested: () => {} }),
  }
  const sleeper = await startNode(t, content, from, { gate: silent })
  const seed = await startNode(t, content, from, { resources: resources(4_000_000) })
  const leech = await startNode(t, content, to)
  leech.swarm.addPeers([at(sleeper)])
  await until('the sleeper', () => leech.swarm.stats().peers.length > 0)
  leech.swarm.addPeers([at(seed)])
  await leech.done
  await leech.stop()
  assert.deepEqual(await wrongFiles(content, to), [])
})

test('peers that dial each other and themselves end with one connection', async (t) => {
  const content = makeContent({ 'file.bin': 64 * KIB }, 16 * KIB)
  const [one, two] = [await folder(t), await folder(t)]
  const a = await startNode(t, content, one)
  const b = await startNode(t, content, two)
  a.swarm.addPeers([at(b), at(a)])
  b.swarm.addPeers([at(a), at(b)])
  const settled = () => a.swarm.stats().peers.length === 1 && b.swarm.stats().peers.length === 1
  await until('one connection of each', settled)
  await wait(1200)
  assert.ok(settled())
})

/** The handshake of a peer that speaks BEP 6 and BEP 10. */
function handshake(cid: Cid): Uint8Array {
  const reserved = new Uint8Array([0, 0, 0, 0, 0, 0x10, 0, 0x04])
  const id = fromText('-XX0000-hostile-peer')
  return concat(fromText('\x13BitTorrent protocol'), reserved, fromHex(cid) ?? reserved, id)
}

function extension(payload: string): string {
  const length = (payload.length + 2).toString(16).padStart(8, '0')
  return `${length}1400${Buffer.from(payload).toString('hex')}`
}

const HOSTILE: Record<string, string> = {
  'a length of 2^31': '80000000',
  'a length of 2^32 - 1': 'ffffffff',
  'a length beyond the limit': '0008000115',
  'a bitfield of another size': '0000000405ffffff',
  'a bitfield with spare bits': '0000000205ff',
  'a have without end': '0000000904000000000000000000',
  'a piece that does not exist': '000000050400000007',
  'a request beyond the piece': '0000000d06000000000000400000000001',
  'a negative offset': '0000000d06000000008000000000004000',
  'a block that is too large': '0000000d06000000000000000000030000',
  'a negative string length in the extension handshake': extension('l-3:'),
  'a list as extension handshake': extension('le'),
  'an extension id that is a dictionary': extension('d1:md1:xdee1:pi1ee'),
  'a second extension handshake': extension('d1:mdee') + extension('d1:mdee'),
  'a bitfield again and again': '000000010e'.repeat(20),
}

for (const [name, hex] of Object.entries(HOSTILE)) {
  test(`${name} closes that connection and harms nobody else`, async (t) => {
    const content = makeContent({ 'file.bin': 7 * 16 * KIB }, 16 * KIB)
    const [from, to] = [await folder(t), await folder(t)]
    await writeContent(content, from)
    const seed = await startNode(t, content, from)
    const socket = connect(seed.port, '127.0.0.1')
    socket.resume()
    socket.on('error', () => {})
    const closed = once(socket, 'close')
    // Interested first, so that a request would be answered if it were in order.
    socket.write(concat(handshake(content.metainfo.cid), fromHex('0000000102') ?? new Uint8Array()))
    await until('the connection', () => seed.swarm.stats().peers.length > 0)
    await wait(20)
    assert.equal(seed.swarm.stats().peers.length, 1)
    socket.write(Buffer.from(hex, 'hex'))
    await closed
    assert.equal(seed.swarm.stats().peers.length, 0)
    const leech = await startNode(t, content, to)
    leech.swarm.addPeers([at(seed)])
    await leech.done
    await leech.stop()
    assert.deepEqual(await wrongFiles(content, to), [])
  })
}

test('a peer that asks for much and reads nothing is not served ahead', async (t) => {
  const content = makeContent({ 'file.bin': 8 * 128 * KIB }, 128 * KIB)
  const [from, to] = [await folder(t), await folder(t)]
  await writeContent(content, from)
  const seed = await startNode(t, content, from)
  const socket = connect(seed.port, '127.0.0.1')
  t.after(() => socket.destroy())
  socket.write(concat(handshake(content.metainfo.cid), fromHex('0000000102') ?? new Uint8Array()))
  await until('the connection', () => seed.swarm.stats().peers.length > 0)
  await wait(50)
  const asked = 1900
  for (let count = 0; count < asked; count++) {
    const request = `0000000d06${'0'.repeat(7)}${count % 8}0000000000020000`
    socket.write(Buffer.from(request, 'hex'))
  }
  // The kernel holds a few megabytes in both directions; beyond that nothing is read from the disk.
  let served = await until('the first blocks', () => seed.swarm.stats().uploadedBytes > 0 && -1)
  while (served !== seed.swarm.stats().uploadedBytes) {
    served = seed.swarm.stats().uploadedBytes
    await wait(200)
  }
  assert.ok(served > 0 && served < (asked * 128 * KIB) / 4, `${served}`)
  assert.equal(seed.swarm.stats().peers.length, 1)
  const leech = await startNode(t, content, to)
  leech.swarm.addPeers([at(seed)])
  await leech.done
  await leech.stop()
  assert.deepEqual(await wrongFiles(content, to), [])
})

test('a folder that cannot be written ends the swarm with a refusal', async (t) => {
  const content = makeContent({ 'sub/file.bin': 64 * KIB, 'other.bin': 5 }, 16 * KIB)
  const [from, to] = [await folder(t), await folder(t)]
  await writeContent(content, from)
  const seed = await startNode(t, content, from)
  let report: (code: string) => void = () => {}
  const failed = new Promise<string>((resolve) => {
    report = resolve
  })
  const leech = await startNode(t, content, to, {
    events: { failed: (refusal) => report(refusal.code) },
  })
  // A file in the place of a folder stops even root, whom permissions do not.
  await (await open(join(to, 'content'), 'w')).close()
  leech.swarm.addPeers([at(seed)])
  assert.equal(await failed, 'not-writable')
  await leech.stop()
  assert.equal((await stat(join(to, 'content'))).size, 0)
  assert.equal((await readFile(join(from, 'content/other.bin'))).length, 5)
})
