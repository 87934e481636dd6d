/** Who speaks on a line, and how it may depart from an honest member. */
import type { Signer } from '../../shared/crypto.js'
import { encodeValue } from '../../shared/wire/bencode.js'
import type { Transcript } from '../../shared/wire/channel.js'
import type { HandshakeEntry } from '../../shared/wire/messages.js'

/** Under which messages of the extension are taken. */
const OUR_ID = 1

/** Who speaks: certificates and key. */
export interface Speaker {
  readonly leaf: Uint8Array
  readonly issuing: Uint8Array
  readonly signer: Signer
}

/** How a connection departs from an honest one; each is asked before the bytes leave. */
export interface Bends {
  /** The 68 bytes of BEP 3. */
  readonly handshake?: () => Uint8Array
  /** The dictionary of the extension handshake. */
  readonly extended?: (entry: HandshakeEntry) => Uint8Array
  /** The payload of the hello. */
  readonly hello?: (made: Uint8Array, transcript: Transcript) => Uint8Array
}

/** The payload of an honest extension handshake. */
export function extendedOf(entry: HandshakeEntry, id: number = OUR_ID): Uint8Array {
  const { v, ...rest } = entry
  return encodeValue({ m: { floodgate: id }, floodgate: { v: [...v], ...rest } })
}
