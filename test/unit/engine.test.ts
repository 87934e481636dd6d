/** Whole transfers of free torrents between swarms of ours, over loopback. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { at, folder, makeContent, startNode, writeContent, wrongFiles } from '../engine-content.js'

const KIB = 1024

test('a file moves from a seed to a leecher', async (t) => {
  const content = makeContent({ 'file.bin': 3000 * KIB + 17 }, 256 * KIB)
  const [from, to] = [await folder(t), await folder(t)]
  await writeContent(content, from)
  const seed = await startNode(t, content, from)
  const leech = await startNode(t, content, to)
  assert.equal(seed.swarm.done, true)
  leech.swarm.addPeers([at(seed)])
  await leech.done
  await leech.stop()
  assert.deepEqual(await wrongFiles(content, to), [])
  assert.equal(leech.swarm.stats().downloadedBytes, content.metainfo.length)
})
