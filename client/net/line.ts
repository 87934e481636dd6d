/**
 * A socket as a peer needs it: writes of one turn leave together, what waits is known, and closing
 * flushes what was said before.
 */
import type { Socket } from 'node:net'
import { CLOSE_TIMEOUT_MS, OUTPUT_MAX_BYTES } from '../../shared/limits.js'

/** What a line reports. */
export interface LineEvents {
  data(chunk: Uint8Array): void
  /** The other side, or the network, has ended it. */
  ended(): void
}

/** One connected socket. */
export class Line {
  /** Monotonic milliseconds of the last byte in each direction. */
  heardAt: number
  sentAt: number
  readonly #socket: Socket
  readonly #now: () => number
  #corked = false
  #over = false
  #waiting: (() => void)[] = []

  constructor(socket: Socket, now: () => number) {
    this.#socket = socket
    this.#now = now
    this.heardAt = this.sentAt = now()
  }

  /** Begins to read. */
  open(events: LineEvents): void {
    const socket = this.#socket
    const ended = () => {
      this.#release()
      events.ended()
    }
    socket.setNoDelay(true)
    socket.on('data', (chunk) => {
      if (this.#over) return
      this.heardAt = this.#now()
      events.data(chunk)
      this.#holdBack()
    })
    socket.on('drain', () => this.#release())
    socket.on('end', ended)
    socket.on('error', ended)
    socket.on('close', ended)
    socket.resume()
    if (socket.destroyed) ended()
  }

  /** Bytes that wait for the network. */
  get backlog(): number {
    return this.#socket.writableLength
  }

  /** Sends bytes; all of one turn leave in one system call. */
  send(data: Uint8Array): void {
    if (this.#over || !this.#socket.writable) return
    if (!this.#corked) {
      this.#corked = true
      this.#socket.cork()
      process.nextTick(() => {
        this.#corked = false
        this.#socket.uncork()
      })
    }
    this.sentAt = this.#now()
    this.#socket.write(data)
  }

  /** Resolves when the network has taken everything, or the line is over. */
  drained(): Promise<void> {
    if (this.#over || this.backlog === 0) return Promise.resolve()
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  /** Ends the line after what was sent; what still comes in is read and dropped, lest the other
   * side's system throws our last words away with a reset. */
  end(): void {
    if (this.#over) return
    this.#over = true
    this.#release()
    const socket = this.#socket
    socket.end()
    socket.resume()
    const timer = setTimeout(() => socket.destroy(), CLOSE_TIMEOUT_MS)
    socket.once('close', () => clearTimeout(timer))
  }

  /** Ends the line at once. */
  cut(): void {
    this.end()
    this.#socket.destroy()
  }

  /** Resolves when the socket is closed. */
  gone(): Promise<void> {
    if (this.#socket.closed) return Promise.resolve()
    return new Promise((resolve) => this.#socket.once('close', () => resolve()))
  }

  /** A peer that does not read what it asked for is not read either. */
  #holdBack(): void {
    if (this.backlog <= OUTPUT_MAX_BYTES || this.#over) return
    this.#socket.pause()
    void this.drained().then(() => this.#socket.resume())
  }

  #release(): void {
    for (const resolve of this.#waiting.splice(0)) resolve()
  }
}
