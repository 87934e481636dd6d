/** Sequential downloads: in order within the look-ahead, the rest the rarest first. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { PieceIndex } from '../../shared/identifier.js'
import {
  at,
  folder,
  makeContent,
  resources,
  startNode,
  writeContent,
  wrongFiles,
} from '../engine-content.js'

const KIB = 1024

/** The order in which the pieces of a content came in, from one seed. */
async function orderOf(t: Parameters<typeof folder>[0], sequential: boolean): Promise<number[]> {
  const content = makeContent({ 'file.bin': 200 * 16 * KIB }, 16 * KIB)
  const [from, to] = [await folder(t), await folder(t)]
  await writeContent(content, from)
  const seed = await startNode(t, content, from, { resources: resources(8_000_000) })
  const order: PieceIndex[] = []
  const events = { verified: (piece: PieceIndex) => order.push(piece) }
  const leech = await startNode(t, content, to, { sequential, events })
  leech.swarm.addPeers([at(seed)])
  await leech.done
  await leech.stop()
  assert.deepEqual(await wrongFiles(content, to), [])
  return order
}

/** How far on average a piece came from its place. */
function disorder(order: readonly number[]): number {
  return order.reduce((sum, piece, at) => sum + Math.abs(piece - at), 0) / order.length
}

test('pieces come in order when they are asked for so, and only then', async (t) => {
  const inOrder = await orderOf(t, true)
  assert.equal(inOrder.length, 200)
  assert.ok(disorder(inOrder) < 5, `${disorder(inOrder)}`)
  assert.ok(disorder(await orderOf(t, false)) > 20)
})
