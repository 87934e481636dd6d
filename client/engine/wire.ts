/**
 * The stock Wire of bittorrent-protocol as a codec: bytes in, events out; calls in, bytes out.
 *
 * Its stream half is left unused. Whole messages that passed the framer are parsed in the turn in
 * which they arrive, so an exception is ours to catch and nothing queues between two streams; what
 * it wants to send goes straight to the socket. Both raw handshakes of our side are kept, since a
 * gate signs them (design D15).
 */
import Wire from 'bittorrent-protocol'

/** One connection's codec. */
export class PeerWire extends Wire {
  /** The 68 bytes of BEP 3 that we sent. */
  sentHandshake: Uint8Array | undefined
  /** The payload of the BEP 10 handshake that we sent. */
  sentExtended: Uint8Array | undefined
  readonly #send: (data: Uint8Array) => void

  constructor(send: (data: Uint8Array) => void) {
    super()
    this.#send = send
  }

  /** Parses whole messages; may throw on what the framer did not foresee. */
  feed(messages: Uint8Array): void {
    this._write(messages, () => {})
  }

  override push(data: Uint8Array | null): boolean {
    if (data === null) return false
    this.sentHandshake ??= data
    this.#send(data)
    return true
  }

  override extended(extension: string | number, payload: Uint8Array): void {
    if (extension === 0) this.sentExtended ??= payload
    super.extended(extension, payload)
  }

  /** Its tracing formats a line per message even when nobody reads it. */
  protected override _debug(): void {}
}
