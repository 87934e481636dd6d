/** What we use of bittorrent-protocol 5.0.9, which ships no types. */
declare module 'bittorrent-protocol' {
  import { EventEmitter } from 'node:events'

  /** A Duplex stream of the peer wire; we feed and drain it ourselves (engine/wire.ts). */
  // biome-ignore lint/style/noDefaultExport: it is how the package exports it
  export default class Wire extends EventEmitter {
    constructor(type?: string)
    readonly peerIdBuffer: Uint8Array | null
    readonly hasFast: boolean
    readonly amChoking: boolean
    readonly amInterested: boolean
    readonly peerChoking: boolean
    readonly peerInterested: boolean
    readonly peerExtensions: { readonly extended?: boolean; readonly fast?: boolean }
    readonly peerExtendedMapping: Record<string, number>
    readonly peerExtendedHandshake: Record<string, unknown>
    readonly requests: unknown[]
    readonly peerRequests: unknown[]
    extendedMapping: Record<number, string>
    extendedHandshake: Record<string, unknown>
    keepAlive(): void
    handshake(infoHash: string, peerId: Uint8Array, extensions: { fast: boolean }): void
    choke(): void
    unchoke(): void
    interested(): void
    uninterested(): void
    have(piece: number): void
    bitfield(bitfield: Uint8Array): void
    haveAll(): void
    haveNone(): void
    request(piece: number, offset: number, length: number): void
    piece(piece: number, offset: number, data: Uint8Array): void
    cancel(piece: number, offset: number, length: number): void
    reject(piece: number, offset: number, length: number): void
    extended(extension: string | number, payload: Uint8Array): void
    push(data: Uint8Array | null): boolean
    end(): this
    protected _write(data: Uint8Array, done: (error: Error | null) => void): void
    protected _debug(...parts: unknown[]): void
  }
}
