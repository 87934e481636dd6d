/**
 * The peer wire of BEP 3, 6 and 10 as a side reads it, before anything is decoded.
 */
import { concat, fromText, u32 } from '../../shared/bytes.js'
import { encodeValue } from '../../shared/wire/bencode.js'
import { type Case, caseMaker } from './vector.js'
import { named, PIECES } from './world.js'

const HELLO = concat(
  ...[fromText('\x13BitTorrent protocol'), new Uint8Array(8), named('info hash', 20)],
  named('peer id', 20),
)
/** A message: length, id, payload. */
const message = (id: number, ...payload: Uint8Array[]): Uint8Array => {
  const body = concat(Uint8Array.of(id), ...payload)
  return concat(u32(body.length), body)
}
/** A message that says a length and ends after its first bytes. */
const begun = (length: number, ...bytes: number[]): Uint8Array =>
  concat(u32(length), Uint8Array.from(bytes))
const stream = (...messages: Uint8Array[]): Uint8Array => concat(HELLO, ...messages)

const block = concat(u32(256), u32(0), new Uint8Array(16))
const request = message(6, u32(256), u32(0), u32(16_384))
const greeting = (value: Uint8Array): Uint8Array => message(20, Uint8Array.of(0), value)
const extended = greeting(encodeValue({ m: { floodgate: 1 } }))
const bitfield = message(5, new Uint8Array(37).fill(0xff), Uint8Array.of(0xf0))
const haves = (count: number): Uint8Array[] => Array.from({ length: count }, () => message(14))

export function frameCases(): Case[] {
  const make = caseMaker('frames', '7.1')
  const good = (name: string, bytes: Uint8Array, pieces = PIECES) => make(name, { bytes, pieces })
  const bad = (name: string, refuse: Case['refuse'], ...messages: Uint8Array[]) =>
    make(name, { bytes: stream(...messages), pieces: PIECES }, refuse)
  const other = fromText('\x13BitTorrent protocoL')
  return [
    good('a handshake alone', HELLO),
    good('half a handshake', HELLO.subarray(0, 30)),
    good('a whole trade', stream(extended, bitfield, request, message(7, block), u32(0))),
    good('a message whose end is still to come', stream(extended, request.subarray(0, 9))),
    good('a bitfield that is repeated', stream(bitfield, bitfield)),
    good('an unknown id', stream(message(99, new Uint8Array(100)))),
    make('another protocol', { bytes: other, pieces: PIECES }, 'malformed'),
    bad('a length of 2 GiB', 'too-large', begun(0x8000_0001)),
    bad('a frame beyond the limit', 'too-large', begun(512 * 1024 + 1, 99)),
    bad('a block beyond the limit', 'too-large', begun(10 + 128 * 1024, 7)),
    bad('an extension message beyond the limit', 'too-large', begun(3 + 64 * 1024, 20)),
    bad('a request with a byte too many', 'too-large', begun(14, 6)),
    bad('a request with a byte too few', 'malformed', begun(12, 6)),
    bad('a block without data', 'malformed', begun(9, 7)),
    bad('a bitfield of another length', 'malformed', begun(38, 5)),
    bad('a bit beyond the last piece', 'malformed', message(5, new Uint8Array(38).fill(0xff))),
    bad('a request for a piece beyond the last', 'piece-unknown', begun(13, 6, 0, 0, 1, 44)),
    bad('bitfields without end', 'out-of-state', ...haves(35)),
    bad('a second extension handshake', 'second-handshake', extended, extended),
    bad('l-3: as extension handshake', 'malformed', greeting(fromText('l-3:'))),
    bad('a list as extension handshake', 'malformed', greeting(fromText('le'))),
    bad('an extension id beyond a byte', 'malformed', greeting(encodeValue({ m: { x: 256 } }))),
  ]
}
