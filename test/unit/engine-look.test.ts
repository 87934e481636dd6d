/** What a torrent at work tells, and how it is looked at and read while it comes in. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { open, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { clientName } from '../../client/engine/client-name.js'
import { concat } from '../../shared/bytes.js'
import { Failure } from '../../shared/errors.js'
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

test('the program of a peer: its own word, else its peer id, else nothing', () => {
  const id = (text: string) => new TextEncoder().encode(text.padEnd(20, 'x'))
  assert.equal(
    clientName(new TextEncoder().encode('Transmission 4.0'), id('-TR3000-')),
    'Transmission 4.0',
  )
  assert.equal(clientName('v'.repeat(1000), undefined)?.length, 64)
  assert.equal(clientName(undefined, id('-TR3020-')), 'Transmission 3.0.2')
  assert.equal(clientName(7, id('-FG0100-')), 'Floodgate 0.1')
  assert.equal(clientName(undefined, id('-ZZ1000-')), 'ZZ 1')
  assert.equal(clientName(undefined, randomBytes(20).fill(0)), undefined)
})

test('all on disk is looked at while it works: bad pieces go, good ones come', async (t) => {
  const content = makeContent({ 'file.bin': 640 * KIB }, 64 * KIB)
  const [from, to] = [await folder(t), await folder(t)]
  await writeContent(content, from)
  await writeContent(content, to)
  const handle = await open(join(to, 'file.bin'), 'r+')
  await handle.write(Buffer.from('damage'), 0, 6, 100 * KIB)
  await handle.close()
  const lost: number[][] = []
  const node = await startNode(t, content, to, {
    events: { lost: (pieces) => lost.push([...pieces]) },
  })
  assert.equal(node.swarm.map(), '#.########')
  // Another hand repairs one piece and spoils two others.
  const body = content.files.get('file.bin') as Uint8Array
  const spoilt = Buffer.from(body)
  spoilt.fill(0, 300 * KIB, 330 * KIB)
  await writeFile(join(to, 'file.bin'), spoilt)
  assert.equal(await node.swarm.check(), undefined)
  assert.equal(node.swarm.map(), '####..####')
  assert.deepEqual(lost, [[4, 5]])
  const seed = await startNode(t, content, from)
  node.swarm.addPeers([at(seed)])
  await until('the spoilt pieces', () => node.swarm.done)
  await node.stop()
  assert.deepEqual(await wrongFiles(content, to), [])
})

test('a file is read while it comes in; where it is read from comes first', async (t) => {
  const content = makeContent({ 'a.bin': 40 * KIB, 'b.bin': 4096 * KIB }, 16 * KIB)
  const [from, to] = [await folder(t), await folder(t)]
  await writeContent(content, from)
  const seed = await startNode(t, content, from, { resources: resources(2_000_000) })
  const order: number[] = []
  const leech = await startNode(t, content, to, { events: { verified: (one) => order.push(one) } })
  const body = content.files.get('content/b.bin') as Uint8Array
  const never = new AbortController().signal
  const read = async (start: number, end: number) => {
    const parts: Uint8Array[] = []
    for await (const part of leech.swarm.read({ index: 1, start, end }, never)) parts.push(part)
    return concat(...parts)
  }
  const early = read(0, 100_000)
  leech.swarm.addPeers([at(seed)])
  assert.deepEqual(Buffer.from(await early), Buffer.from(body.subarray(0, 100_000)))
  // A seek to the end: it is there long before the rest.
  const late = await read(body.length - 50_000, body.length)
  assert.deepEqual(Buffer.from(late), Buffer.from(body.subarray(body.length - 50_000)))
  assert.ok(!leech.swarm.done)
  assert.equal(leech.swarm.map().at(-1), '#')
  await leech.done
  assert.deepEqual(
    Buffer.from(await read(10, 4_000_000)),
    Buffer.from(body.subarray(10, 4_000_000)),
  )
  await leech.stop()
})

test('who reads what never comes is told when the torrent ends, or goes away before', async (t) => {
  const content = makeContent({ 'file.bin': 640 * KIB }, 64 * KIB)
  const leech = await startNode(t, content, await folder(t))
  const stop = new AbortController()
  const gone = leech.swarm.read({ index: 0, start: 0, end: 10 }, stop.signal).next()
  stop.abort()
  assert.deepEqual(await gone, { done: true, value: undefined })
  const waits = leech.swarm
    .read({ index: 0, start: 0, end: 10 }, new AbortController().signal)
    .next()
  const told = assert.rejects(
    waits,
    (error) => error instanceof Failure && error.code === 'interrupted',
  )
  await leech.stop()
  await told
})
