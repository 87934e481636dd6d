/**
 * Announced addresses are proved before anybody is told of them (D15): the tracker connects to a
 * real seller, and to everything that is not the member who announced it.
 */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { dirname, join } from 'node:path'
import { after, before, test } from 'node:test'
import { RegisterAnswer } from '../../shared/api.js'
import { floodgate } from '../../shared/schemes/floodgate/floodgate.js'
import { proveByConnecting } from '../../tracker/proof.js'
import { Line } from '../adversary/line.js'
import { decodeBody, type Sold } from '../unit/tracker-member.js'
import { World } from '../unit/tracker-world.js'
import { until } from '../until.js'
import { floodgate as customer, doneOf, Program } from './programs.js'

let world: World
let sold: Sold
let seller: Program
let sellerUid: string
let sellerPort: number
const servers: Server[] = []
const sockets: Socket[] = []

/** Uids that buyers would be told of now. */
const named = (): string[] =>
  world.tracker.swarm.live(sold.cid, world.tracker.now()).map(({ uid }) => uid)

/** Listens on loopback and answers each connection by a function; gives the port. */
function answering(answer: (socket: Socket) => void): Promise<number> {
  const server = createServer((socket) => {
    sockets.push(socket.on('error', () => undefined))
    answer(socket)
  })
  servers.push(server)
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port))
  })
}

before(async () => {
  world = await World.start([floodgate], proveByConnecting)
  sold = await world.publish(16)
  const home = join(world.folder, 'seller')
  const registered = await customer(home, 'register', '--tracker', world.url, '--name', 'seller')
  sellerUid = String(doneOf(registered).uid)
  const torrent = join(dirname(sold.path), 'content.torrent')
  const response = await fetch(`${world.url}/fg/v1/torrents/${sold.cid}`)
  writeFileSync(torrent, new Uint8Array(await response.arrayBuffer()))
  seller = new Program('floodgate', home, ['seed', torrent, '--host', '127.0.0.1'])
  sellerPort = Number((await seller.until('listening')).port)
})
after(async () => {
  await seller.stop('SIGKILL')
  for (const server of servers) server.close()
  for (const socket of sockets) socket.destroy()
  await world.close()
})

test('a seller that answers at its address is named within its first announces', async () => {
  await until('the name of the seller', () => named().includes(sellerUid))
  const buyer = await world.member('buyer', '2')
  const { list } = await buyer.buy(sold)
  assert.deepEqual(
    list.sellers.map(({ uid, port }) => [uid, port]),
    [[sellerUid, sellerPort]],
  )
})

test("another member's address is not one's own, directly or through a relay", async () => {
  const thief = await world.member('thief')
  await thief.announce(sold.cid, sellerPort)
  assert(!named().includes(thief.uid))
  const relay = await answering((socket) => {
    const onward = connect(sellerPort, '127.0.0.1')
    onward.on('error', () => undefined)
    socket.pipe(onward).pipe(socket)
  })
  const relayer = await world.member('relayer')
  await relayer.announce(sold.cid, relay)
  assert(!named().includes(relayer.uid))
})

test('a member is proved though its answer comes byte by byte', async () => {
  const member = await world.member('slow')
  const { certificate } = decodeBody(RegisterAnswer, (await member.register()).body)
  const { issuing } = world.tracker.authority
  const speaker = { leaf: certificate, issuing, signer: member.signer }
  const whole = await answering((socket) => void new Line(socket, sold.cid, false).meet(speaker))
  const dripping = await answering((socket) => {
    socket.setNoDelay(true)
    const inner = connect(whole, '127.0.0.1')
    sockets.push(inner.on('error', () => undefined))
    socket.pipe(inner)
    inner.on('data', (chunk) => {
      for (const byte of chunk) socket.write(Buffer.of(byte))
    })
  })
  await member.announce(sold.cid, dripping)
  await until('the name of the slow one', () => named().includes(member.uid))
})

test('nobody, silence, junk, and whoever says too much prove nothing', async () => {
  const answers: Record<string, (socket: Socket) => void> = {
    silent: () => undefined,
    closing: (socket) => socket.destroy(),
    junk: (socket) => socket.write(randomBytes(4096)),
    endless: (socket) => {
      const fill = (): void => {
        while (socket.writable && socket.write(Buffer.alloc(65536)));
      }
      socket.on('drain', fill)
      socket.write(Buffer.from('\x13BitTorrent protocol', 'latin1'))
      fill()
    },
    mirror: (socket) => socket.pipe(socket),
  }
  for (const [name, answer] of Object.entries(answers)) {
    const member = await world.member(name)
    await member.announce(sold.cid, await answering(answer))
    assert(!named().includes(member.uid), name)
  }
  const nobody = await world.member('nobody')
  await nobody.announce(sold.cid, 1)
  assert(!named().includes(nobody.uid))
})

test('a seller that nobody can connect to is told so', async () => {
  const home = join(world.folder, 'walled')
  doneOf(await customer(home, 'register', '--tracker', world.url, '--name', 'walled'))
  // It listens where the tracker does not see it come from.
  const torrent = join(dirname(sold.path), 'content.torrent')
  const walled = new Program('floodgate', home, ['seed', torrent, '--host', '127.0.0.2'])
  const { port } = await walled.until('listening')
  const told = await walled.until('reach')
  assert.equal(told.reached, false)
  assert.match(String(told.message), new RegExp(`nobody can connect to port ${port}`))
  await walled.stop()
})
