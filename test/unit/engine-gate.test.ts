/** The engine under a gate that is exclusive and has an extension of its own, as a paid one is. */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { Gate, GateAction, GateSession } from '../../client/engine/gate.js'
import { openGate } from '../../client/engine/open-gate.js'
import { equal, fromText, readU32, u32 } from '../../shared/bytes.js'
import type { PieceIndex } from '../../shared/identifier.js'
import { decodeValue } from '../../shared/wire/bencode.js'
import type { Transcript } from '../../shared/wire/channel.js'
import { at, folder, makeContent, startNode, writeContent, wrongFiles } from '../engine-content.js'
import { until } from '../until.js'

const KIB = 1024

/** Serves only pieces that the other side asked for by a message; acts a turn later, as a gate that
 * saves first does. */
class AskingGate implements Gate {
  readonly extension = 'test_ask'
  readonly exclusive = true
  readonly transcripts: Transcript[] = []
  readonly fetched: PieceIndex[] = []
  mostTied = 0
  blocksServed = 0
  blocksRefused = 0
  closes = 0
  readonly #room: number

  constructor(room: number) {
    this.#room = room
  }

  open(_connection: unknown, act: (action: GateAction) => void): GateSession {
    const asked = new Set<PieceIndex>()
    const tied = new Set<PieceIndex>()
    let ready = false
    return {
      handshake: { test_nonce: new Uint8Array([0, 255, 7]) },
      handshaken: (transcript) => {
        ready = true
        this.transcripts.push(transcript)
      },
      met: () => ready,
      sent: () => {},
      message: (payload) => asked.add(readU32(payload) as PieceIndex),
      room: () => (ready ? this.#room - tied.size : 0),
      mayFetch: () => true,
      want: (pieces) => {
        for (const piece of pieces) {
          tied.add(piece)
          this.mostTied = Math.max(this.mostTied, tied.size)
          setImmediate(() => {
            act({ do: 'send', payload: u32(piece) })
            act({ do: 'fetch', piece })
          })
        }
      },
      arrived: () => true,
      expects: (piece) => tied.has(piece),
      verified: (piece) => {
        tied.delete(piece)
        this.fetched.push(piece)
      },
      rejected: ({ piece }) => {
        tied.delete(piece)
        act({ do: 'free', piece })
      },
      requested: (block) => {
        const may = asked.has(block.piece)
        if (may) this.blocksServed++
        else this.blocksRefused++
        setImmediate(() => act(may ? { do: 'serve', block } : { do: 'reject', block }))
      },
      debt: () => 0,
      account: () => undefined,
      tick: () => {},
      closed: () => {
        ready = false
      },
    }
  }

  async close(): Promise<void> {
    this.closes++
  }
}

test('an exclusive gate sees the same handshakes on both sides, each piece once', async (t) => {
  const content = makeContent({ 'file.bin': 40 * 16 * KIB - 5 }, 16 * KIB)
  const [from, to] = [await folder(t), await folder(t)]
  await writeContent(content, from)
  const [selling, buying] = [new AskingGate(3), new AskingGate(3)]
  const seed = await startNode(t, content, from, { gate: selling })
  const leech = await startNode(t, content, to, { gate: buying })
  leech.swarm.addPeers([at(seed)])
  await leech.done
  await leech.stop()
  await seed.stop()
  assert.deepEqual(await wrongFiles(content, to), [])
  assert.equal(new Set(buying.fetched).size, 40)
  assert.equal(buying.fetched.length, 40)
  assert.ok(buying.mostTied <= 3)
  assert.deepEqual([selling.blocksServed, selling.blocksRefused], [40, 0])
  assert.deepEqual([selling.closes, buying.closes], [1, 1])

  const [theirs, ours] = [selling.transcripts[0], buying.transcripts[0]]
  assert.ok(theirs !== undefined && ours !== undefined)
  for (const role of ['initiator', 'acceptor'] as const) {
    assert.ok(equal(theirs[role].handshake, ours[role].handshake))
    assert.ok(equal(theirs[role].extended, ours[role].extended))
    assert.equal(ours[role].handshake.length, 68)
    assert.ok(equal(ours[role].handshake.subarray(1, 20), fromText('BitTorrent protocol')))
    const dictionary = decodeValue(ours[role].extended, { maxBytes: KIB }) as {
      m: { test_ask: number }
      test_nonce: Uint8Array
    }
    assert.ok(dictionary.m.test_ask > 0)
    assert.deepEqual([...dictionary.test_nonce], [0, 255, 7])
  }
  assert.ok(!equal(ours.initiator.handshake, ours.acceptor.handshake))
})

test('a block that the gate does not serve is never sent', async (t) => {
  const content = makeContent({ 'file.bin': 8 * 16 * KIB }, 16 * KIB)
  const [from, to] = [await folder(t), await folder(t)]
  await writeContent(content, from)
  const selling = new AskingGate(2)
  const seed = await startNode(t, content, from, { gate: selling })
  const buying = new AskingGate(2)
  const silent: Gate = {
    extension: buying.extension,
    exclusive: true,
    close: () => buying.close(),
    open: (connection, act) =>
      buying.open(connection, (action) => {
        if (action.do !== 'send') act(action)
      }),
  }
  const leech = await startNode(t, content, to, { gate: silent })
  leech.swarm.addPeers([at(seed)])
  await until('five refusals', () => selling.blocksRefused >= 5)
  assert.equal(selling.blocksServed, 0)
  assert.equal(seed.swarm.stats().uploadedBytes, 0)
  assert.equal(leech.swarm.stats().downloadedBytes, 0)
})

test('a gate with an extension turns away a peer that does not speak it', async (t) => {
  const content = makeContent({ 'file.bin': 16 * KIB }, 16 * KIB)
  const [from, to] = [await folder(t), await folder(t)]
  await writeContent(content, from)
  const selling = new AskingGate(2)
  const seed = await startNode(t, content, from, { gate: selling })
  let ends = 0
  const gate: Gate = {
    ...openGate,
    open: (connection, act) => ({ ...openGate.open(connection, act), closed: () => ends++ }),
  }
  const plain = await startNode(t, content, to, { gate })
  plain.swarm.addPeers([at(seed)])
  await until('the end of the connection', () => ends > 0)
  assert.equal(selling.transcripts.length, 0)
  assert.equal(plain.swarm.stats().have, 0)
})

/**
 * Downloads through a gate that gives up each piece once, when its last block is in and it is on
 * its way to a hash thread: each must be fetched again, and count once. `giveUp` calls `free`.
 */
async function fetchAfterGivingUp(
  t: TestContext,
  giveUp: (piece: PieceIndex, free: () => void) => void,
  expects?: GateSession['expects'],
): Promise<void> {
  const content = makeContent({ 'file.bin': 8 * 1024 * KIB }, 1024 * KIB)
  const [from, to] = [await folder(t), await folder(t)]
  await writeContent(content, from)
  const seed = await startNode(t, content, from, { gate: new AskingGate(2) })
  const buying = new AskingGate(2)
  const freed = new Set<PieceIndex>()
  const missing = new Map<PieceIndex, number>()
  const fickle: Gate = {
    extension: buying.extension,
    exclusive: true,
    close: () => buying.close(),
    open: (connection, act) => {
      const session = buying.open(connection, act)
      return {
        ...session,
        arrived: ({ length, piece }) => {
          const left = (missing.get(piece) ?? 1024 * KIB) - length
          missing.set(piece, left)
          if (left === 0 && !freed.has(piece)) {
            freed.add(piece)
            missing.delete(piece)
            giveUp(piece, () => session.rejected({ piece, offset: 0, length }))
          }
          return true
        },
        expects: expects ?? session.expects,
      }
    },
  }
  const verified: PieceIndex[] = []
  const events = { verified: (piece: PieceIndex) => verified.push(piece) }
  const leech = await startNode(t, content, to, { gate: fickle, events })
  leech.swarm.addPeers([at(seed)])
  await leech.done
  await leech.stop()
  assert.deepEqual(await wrongFiles(content, to), [])
  assert.deepEqual([freed.size, buying.fetched.length, verified.length], [8, 8, 8])
  assert.equal(leech.swarm.stats().downloadedBytes, 2 * content.metainfo.length)
}

test('a piece that is freed while it is hashed does not count and is fetched again', (t) =>
  fetchAfterGivingUp(t, (_piece, free) => queueMicrotask(free)))

test('a piece given up while it is hashed does not count before its free comes', (t) => {
  const givenUp = new Set<PieceIndex>()
  // As a gate does that saves first, here on a disk that takes its time.
  const giveUp = (piece: PieceIndex, free: () => void): void => {
    givenUp.add(piece)
    setTimeout(() => {
      givenUp.delete(piece)
      free()
    }, 300)
  }
  return fetchAfterGivingUp(t, giveUp, (piece) => !givenUp.has(piece))
})
