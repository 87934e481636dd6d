/** Who is connected to one torrent: dialling, accepting, and sending away whom we know already. */
import type { Socket } from 'node:net'
import { equal, toHex } from '../../shared/bytes.js'
import { assert, type Code, refused } from '../../shared/errors.js'
import {
  ADDRESS_CONNECTIONS_MAX_COUNT,
  CONNECTIONS_MAX_COUNT,
  DIALLED_MAX_COUNT,
  HANDSHAKE_TIMEOUT_MS,
  SETTLED_MS,
} from '../../shared/limits.js'
import { type Address, AddressBook, addressText } from '../net/address-book.js'
import { dial } from '../net/dial.js'
import { Line } from '../net/line.js'
import type { Budget } from './budget.js'
import { isMet, Peer } from './peer.js'
import type { Torrent } from './torrent.js'

const NOTHING = new Uint8Array(0)

/** Closes the first, who has waited longest, that has not said who it is; false when all have. */
function dropsWaiting(peers: readonly Peer[]): boolean {
  const longest = peers.find((peer) => !peer.closed && !isMet(peer))
  longest?.drop('idle-timeout')
  return longest !== undefined
}

/** The connections of one torrent. */
export class Roster {
  readonly peers = new Set<Peer>()
  readonly #peerId: Uint8Array
  readonly #now: () => number
  readonly #places: Budget
  readonly #book = new AddressBook()
  /** The address a connection was dialled at. */
  readonly #dialled = new Map<Peer, Address>()
  #dialling = 0
  #torrent: Torrent | undefined
  #stopped = false

  /** `places` is the budget of connections of the process. */
  constructor(peerId: Uint8Array, now: () => number, places: Budget) {
    this.#places = places
    this.#peerId = peerId
    this.#now = now
  }

  /** From now on connections are made and taken. */
  open(torrent: Torrent): void {
    this.#torrent = torrent
    this.#places.join(this)
    this.dialDue()
  }

  /** Takes no further connection. */
  stop(): void {
    this.#stopped = true
  }

  /** Closes every connection; resolves when the sockets are gone. */
  async close(): Promise<void> {
    this.#stopped = true
    const peers = [...this.peers]
    for (const peer of peers) peer.drop('goodbye')
    await Promise.all(peers.map((peer) => peer.gone()))
    this.#places.leave(this)
  }

  add(addresses: readonly Address[]): void {
    for (const address of addresses) this.#book.add(address, this.#now())
    this.dialDue()
  }

  accept(socket: Socket, received: Uint8Array): void {
    const { remoteAddress: host = '?', remotePort: port = 0 } = socket
    if (this.#takes && this.#hasPlace(host)) {
      this.#enter(socket, addressText({ host, port }), undefined, received)
    } else socket.destroy()
  }

  /** Takes a place for who comes from an address, if need be of somebody who only waits. */
  #hasPlace(host: string): boolean {
    const start = addressText({ host, port: 0 }).slice(0, -1)
    const came = [...this.peers].filter(({ initiator }) => !initiator)
    const same = came.filter(({ address }) => address.startsWith(start))
    if (same.length >= ADDRESS_CONNECTIONS_MAX_COUNT && !dropsWaiting(same)) return false
    if (this.peers.size >= CONNECTIONS_MAX_COUNT && !dropsWaiting(came)) return false
    return this.#places.take(this) || (dropsWaiting(came) && this.#places.take(this))
  }

  /** Dials what the book says is due. */
  dialDue(): void {
    if (!this.#takes) return
    const places = Math.min(
      DIALLED_MAX_COUNT - this.#dialled.size - this.#dialling,
      CONNECTIONS_MAX_COUNT - this.peers.size - this.#dialling,
    )
    const connected = new Set<string>()
    for (const { peerId } of this.peers) if (peerId !== undefined) connected.add(toHex(peerId))
    let taken = 0
    while (taken < places && this.#places.take(this)) taken++
    const due = this.#book.due(this.#now(), taken, connected)
    for (; taken > due.length; taken--) this.#places.give(this)
    for (const address of due) void this.#dial(address)
  }

  /** Dials all that it knows: there is something to ask for again. */
  wake(): void {
    this.#book.wake(this.#now())
    this.dialDue()
  }

  /** Judges a handshake: ourselves, or somebody who is connected already, is sent away. */
  greeted(peer: Peer): Code | undefined {
    const { peerId } = peer
    assert(peerId !== undefined, 'a handshake without a peer id')
    const address = this.#dialled.get(peer)
    if (equal(peerId, this.#peerId)) {
      if (address !== undefined) this.#book.ban(address)
      return 'own-connection'
    }
    if (address !== undefined) this.#book.opened(address, toHex(peerId))
    for (const other of this.peers) {
      if (other === peer || other.peerId === undefined || !equal(other.peerId, peerId)) continue
      if (!this.#prefers(peer, other, peerId)) return 'replaced'
      other.drop('replaced')
    }
    return undefined
  }

  /** A connection is over; its address is dialled again by and by. */
  closed(peer: Peer): void {
    this.peers.delete(peer)
    this.#places.give(this)
    const address = this.#dialled.get(peer)
    this.#dialled.delete(peer)
    if (address === undefined) return
    const now = this.#now()
    this.#book.lost(address, now, peer.ready && now - peer.openedAt > SETTLED_MS)
  }

  /** Closes a connection that has nothing left to do, and does not ask for it again. */
  part(peer: Peer): void {
    const address = this.#dialled.get(peer)
    peer.drop('goodbye')
    if (address !== undefined) this.#book.rest(address, this.#now())
  }

  /** Of two connections to one peer the first stays, but of two that crossed each other both sides
   * must choose the same: that of the peer with the greater id. */
  #prefers(peer: Peer, other: Peer, theirId: Uint8Array): boolean {
    const crossed =
      peer.initiator !== other.initiator && this.#now() - other.openedAt < HANDSHAKE_TIMEOUT_MS
    return crossed && peer.initiator === Buffer.compare(this.#peerId, theirId) > 0
  }

  get #takes(): boolean {
    return this.#torrent !== undefined && !this.#stopped
  }

  async #dial(address: Address): Promise<void> {
    this.#dialling++
    const socket = await dial(address)
    this.#dialling--
    if (!refused(socket) && this.#takes) {
      this.#enter(socket, addressText(address), address, NOTHING)
      return
    }
    this.#places.give(this)
    if (refused(socket)) this.#book.lost(address, this.#now(), false)
    else socket.destroy()
  }

  #enter(socket: Socket, text: string, dialled: Address | undefined, received: Uint8Array): void {
    assert(this.#torrent !== undefined, 'a connection before the start')
    const line = new Line(socket, this.#now)
    const peer = new Peer(this.#torrent, line, text, dialled !== undefined)
    this.peers.add(peer)
    if (dialled !== undefined) this.#dialled.set(peer, dialled)
    peer.start(received)
  }
}
