/** The end game of free torrents: what one owes, others are asked for as well. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Gate } from '../../client/engine/gate.js'
import { openGate } from '../../client/engine/open-gate.js'
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

test('the rest of a piece that hangs comes from another peer, before the first is given up', {
  timeout: STALL_MS - 3000,
}, async (t) => {
  // One piece: whoever is asked first has it, and the other nothing to do but help.
  const content = makeContent({ 'file.bin': 512 * KIB }, 512 * KIB)
  const [from, to] = [await folder(t), await folder(t)]
  await writeContent(content, from)
  let served = 0
  const halting: Gate = {
    ...openGate,
    open: (connection, act) => ({
      ...openGate.open(connection, act),
      requested: (block) => {
        if (served++ < 20) act({ do: 'serve', block })
      },
    }),
  }
  const hanging = await startNode(t, content, from, { gate: halting })
  const seed = await startNode(t, content, from)
  const leech = await startNode(t, content, to)
  leech.swarm.addPeers([at(hanging)])
  await until('20 blocks', () => leech.swarm.stats().downloadedBytes >= 20 * 16 * KIB)
  leech.swarm.addPeers([at(seed)])
  await leech.done
  // The stalled connection was never given up, and no block counts twice.
  const { downloadedBytes, peers } = leech.swarm.stats()
  assert.equal(downloadedBytes, content.metainfo.length)
  assert.ok(peers.length <= 2)
  await leech.stop()
  assert.deepEqual(await wrongFiles(content, to), [])
  assert.ok(seed.swarm.stats().uploadedBytes >= 12 * 16 * KIB)
})

test('with a fast and a slow seed nothing is lost, broken or counted twice', async (t) => {
  const content = makeContent({ 'file.bin': 3000 * KIB + 7 }, 256 * KIB)
  const [from, to] = [await folder(t), await folder(t)]
  await writeContent(content, from)
  const slow = await startNode(t, content, from, { resources: resources(200_000) })
  const fast = await startNode(t, content, from, { resources: resources(3_000_000) })
  const leech = await startNode(t, content, to)
  leech.swarm.addPeers([at(slow), at(fast)])
  await leech.done
  assert.equal(leech.swarm.stats().downloadedBytes, content.metainfo.length)
  await leech.stop()
  assert.deepEqual(await wrongFiles(content, to), [])
})
