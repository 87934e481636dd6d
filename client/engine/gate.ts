/**
 * The gate: what the engine asks before it serves or fetches, and all it knows of payment.
 *
 * The engine knows pieces and peers, no money. For every connection it opens one session of the
 * torrent's gate, tells it what happens on the wire, and performs the actions that come back, in
 * order. Gating happens before the disk is read: a block that is not served costs no I/O. An action
 * may come later than the call that led to it (a paid gate saves first), so actions leave through a
 * function that the engine passes in.
 */
import type { Code } from '../../shared/errors.js'
import type { PieceIndex, Uid } from '../../shared/identifier.js'
import type { Transcript } from '../../shared/wire/channel.js'

/** A block as BEP 3 asks for it; offset and length in bytes within the piece. */
export interface Block {
  readonly piece: PieceIndex
  readonly offset: number
  readonly length: number
}

/** What the engine does for a gate; performed in the order in which they arrive. */
export type GateAction =
  /** Send one message of the gate's own BEP 10 extension. */
  | { readonly do: 'send'; readonly payload: Uint8Array }
  /** Ask the peer for every block of a piece that the engine had offered by `want`. */
  | { readonly do: 'fetch'; readonly piece: PieceIndex }
  /** The piece is tied to this peer no longer; cancel its blocks, any peer may be asked for it. */
  | { readonly do: 'free'; readonly piece: PieceIndex }
  /** Read the block and send it. */
  | { readonly do: 'serve'; readonly block: Block }
  /** Refuse the block (BEP 6 reject where the peer speaks it). */
  | { readonly do: 'reject'; readonly block: Block }
  /** Close the connection. */
  | { readonly do: 'drop'; readonly code: Code }

/** What a gate is told of a connection when it opens. */
export interface Connection {
  /** Whether we opened the connection. */
  readonly initiator: boolean
  /** "host:port", for people and logs only. */
  readonly address: string
}

/**
 * What a gate knows of a peer, for people: nothing is decided by it. Counts in pieces, money in
 * millionths.
 */
export interface PeerAccount {
  /** Who the peer proved to be. */
  readonly uid: Uid
  /** What it may owe us at most; undefined while it buys nothing here. */
  readonly window: number | undefined
  readonly owesUs: number
  /** What it is delivering or has delivered, and we have not paid; and what paying it takes. */
  readonly owedByUs: number
  readonly owing: bigint
}

/** One connection as the gate sees it. */
export interface GateSession {
  /** Keys to add to our BEP 10 handshake beside `m`; bencode values, bytes as Uint8Array. */
  readonly handshake: Readonly<Record<string, unknown>>
  /** Both handshakes are through; called once, before anything below but `closed`. */
  handshaken(transcript: Transcript): void
  /** Whether the peer has proved who it is; whoever has not only waits, and not for long. */
  met(): boolean
  /** A message of the gate's extension came in. */
  message(payload: Uint8Array): void
  /** How many more pieces the engine may offer to this peer now; 0 while not ready. */
  room(): number
  /** Whether this peer may serve the piece to us at all. */
  mayFetch(piece: PieceIndex): boolean
  /** The engine ties these pieces to the peer; the gate answers each by `fetch` or `free`. */
  want(pieces: readonly PieceIndex[]): void
  /** A block came in; false: discard it. */
  arrived(block: Block): boolean
  /** Whether the gate still waits for a piece that it had fetched; what it has given up, and will
   * `free`, does not count as ours. */
  expects(piece: PieceIndex): boolean
  /** A fetched piece is whole: hashed and, when it is good, on disk. After a bad one the gate
   * answers by `fetch` again or by `free`. */
  verified(piece: PieceIndex, good: boolean): void
  /**
   * The peer rejected a block of a fetched piece (BEP 6); the gate answers by `free` or `fetch`.
   */
  rejected(block: Block): void
  /** The peer asks for a block that exists; the gate answers by `serve` or `reject`. */
  requested(block: Block): void
  /** A block that the gate let pass was handed to the socket. */
  sent(block: Block): void
  /** What the peer owes, in pieces: of those that wait for a turn the least debt goes first. */
  debt(): number
  /** What there is to say of the peer; undefined before it proved who it is. */
  account(): PeerAccount | undefined
  /** Monotonic milliseconds; called at least every 250 ms. */
  tick(nowMs: number): void
  /** The connection is gone; no action is performed any more, tied pieces are free. */
  closed(): void
}

/** A torrent's policy: free for all, or paid. */
export interface Gate {
  /** Name of its BEP 10 extension, or undefined when it has none. */
  readonly extension: string | undefined
  /** Paid: a piece comes whole from one peer, BEP 6 is required, nobody is choked (D7). */
  readonly exclusive: boolean
  /** Opens a session for a new connection; actions leave through `act`. */
  open(connection: Connection, act: (action: GateAction) => void): GateSession
  /** Pieces that were verified are gone from the disk; they count as missing from now on (D8). */
  lost?(pieces: readonly PieceIndex[]): void
  /** Ends all business in good order (last payments out); resolves when the sockets may close. */
  close(): Promise<void>
}
