/**
 * The identity file: the seed of the key that signs, and the key under which the wallet seals what
 * opens money; under a passphrase or, said plainly, without one (design D11).
 *
 * Two lines: what it is, and 64 bytes in hex, or the box that holds them (shared/passphrase.ts).
 * Every change replaces the file as a whole, so that whatever happens an identity is there.
 */
import { existsSync } from 'node:fs'
import { concat, fromHex, toHex } from '../shared/bytes.js'
import { type Refusal, refuse, refused } from '../shared/errors.js'
import { KEY_BYTES } from '../shared/keys.js'
import { BOX_RANDOM_BYTES, openBox, sealBox } from '../shared/passphrase.js'
import { type Home, readableByUsAlone, writeWhole } from './home.js'
import { readHomeFile } from './home-files.js'

/** The secrets of an identity, 32 bytes each. */
export interface IdentityKeys {
  /** Of the Ed25519 key that signs. */
  readonly seed: Uint8Array
  /** Seals the wallet's secrets. */
  readonly walletKey: Uint8Array
}

const OPEN = 'floodgate/1 identity'
const SEALED = 'floodgate/1 identity under a passphrase'

/** An identity file as it was read. */
export type IdentityFile =
  | { readonly sealed: false; readonly keys: IdentityKeys }
  | { readonly sealed: true; readonly box: Uint8Array }

/** Reads the file; undefined when there is none. Refusals: open-to-others, not-readable. */
export function readIdentity(home: Home): IdentityFile | Refusal | undefined {
  if (!existsSync(home.identity)) return undefined
  const shared = readableByUsAlone(home.identity)
  if (shared !== undefined) return shared
  const text = readHomeFile(home.identity)
  if (refused(text)) return text
  const [heading, digits = ''] = text.trimEnd().split('\n')
  const bytes = fromHex(digits)
  if (heading === SEALED && bytes !== undefined) return { sealed: true, box: bytes }
  const keys = heading === OPEN && bytes !== undefined ? splitKeys(bytes) : undefined
  if (keys !== undefined) return { sealed: false, keys }
  return refuse('not-readable', `${home.identity} does not hold an identity`)
}

/** Opens a sealed identity; refusals: passphrase-wrong, malformed, too-large. */
export function unsealIdentity(box: Uint8Array, passphrase: Uint8Array): IdentityKeys | Refusal {
  const bytes = openBox(SEALED, passphrase, box)
  if (refused(bytes)) return bytes
  return splitKeys(bytes) ?? refuse('malformed', 'the sealed identity is not one')
}

/** Writes the file, sealed when there is a passphrase. Refusals: not-writable, disk-full. */
export function writeIdentity(
  home: Home,
  keys: IdentityKeys,
  passphrase: Uint8Array | undefined,
  random: (bytes: number) => Uint8Array,
): Refusal | undefined {
  const bytes = joinKeys(keys)
  const content =
    passphrase === undefined
      ? [OPEN, toHex(bytes)]
      : [SEALED, toHex(sealBox(SEALED, passphrase, bytes, random(BOX_RANDOM_BYTES)))]
  return writeWhole(home.identity, `${content.join('\n')}\n`)
}

/** New keys. */
export function createKeys(random: (bytes: number) => Uint8Array): IdentityKeys {
  return { seed: random(KEY_BYTES), walletKey: random(KEY_BYTES) }
}

/** seed (32) | wallet key (32) */
export function joinKeys({ seed, walletKey }: IdentityKeys): Uint8Array {
  return concat(seed, walletKey)
}

/** What joinKeys joined; undefined when the length is another. */
export function splitKeys(bytes: Uint8Array): IdentityKeys | undefined {
  if (bytes.length !== 2 * KEY_BYTES) return undefined
  return { seed: bytes.slice(0, KEY_BYTES), walletKey: bytes.slice(KEY_BYTES) }
}
