/** Nothing but tokens opens a piece: thieves with the whole engine behind them get not a byte. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import type { Connection, Gate, GateAction, GateSession } from '../../client/engine/gate.js'
import { openGate } from '../../client/engine/open-gate.js'
import { Nonces, PayHandshake } from '../../client/pay/handshake.js'
import { must } from '../../shared/errors.js'
import { floodgate } from '../../shared/schemes/floodgate/floodgate.js'
import { KEYRING, NOW_MS, party } from '../contract/provider.js'
import { at, folder, makeContent, startNode } from '../engine-content.js'
import { certify, ISSUING, Market, startTrader } from './market.js'

const content = makeContent({ 'film.bin': 40 * 16 * 1024 }, 16 * 1024)

/** A promise and the function that keeps it. */
function signal(): { readonly came: Promise<void>; readonly give: () => void } {
  let give = () => {}
  const came = new Promise<void>((resolve) => {
    give = resolve
  })
  return { came, give }
}

test('a plain BitTorrent client is let go without a byte', async (t) => {
  const seller = await startTrader(t, new Market(content, floodgate), 'seller', { hasAll: true })
  const gone = signal()
  const gate: Gate = {
    ...openGate,
    open: (connection, act) => ({ ...openGate.open(connection, act), closed: gone.give }),
  }
  const thief = await startNode(t, content, await folder(t), { gate })
  thief.swarm.addPeers([at(seller)])
  await gone.came
  assert.equal(seller.swarm.stats().uploadedBytes, 0)
  assert.equal(thief.swarm.stats().have, 0)
})

/** A certified member that proves its handshake and then helps itself. */
class ThievingGate implements Gate {
  readonly extension = 'floodgate'
  readonly exclusive = true
  readonly enough = signal()
  rejects = 0

  open(connection: Connection, act: (action: GateAction) => void): GateSession {
    const member = party('thief')
    const identity = { uid: member.uid, leaf: certify(member), issuing: ISSUING }
    const shake = new PayHandshake(
      {
        identity: { ...identity, signer: member.signer },
        cid: content.metainfo.cid,
        root: KEYRING.root,
        random: (bytes) => new Uint8Array(randomBytes(bytes)),
        trackerNow: () => NOW_MS,
        nonces: new Nonces(),
        admit: () => undefined,
      },
      connection.initiator,
    )
    return {
      ...openGate.open(connection, act),
      handshake: { floodgate: shake.entry },
      handshaken: (transcript) => act({ do: 'send', payload: must(shake.begin(transcript)).hello }),
      rejected: ({ piece }) => {
        this.rejects += 1
        if (this.rejects >= 200) return this.enough.give()
        act({ do: 'free', piece })
      },
    }
  }

  close(): Promise<void> {
    return Promise.resolve()
  }
}

test('a certified member that shows no grant has every block rejected', async (t) => {
  const seller = await startTrader(t, new Market(content, floodgate), 'seller', { hasAll: true })
  const gate = new ThievingGate()
  const thief = await startNode(t, content, await folder(t), { gate })
  thief.swarm.addPeers([at(seller)])
  await gate.enough.came
  assert.equal(seller.swarm.stats().uploadedBytes, 0)
  assert.equal(thief.swarm.stats().have, 0)
})
