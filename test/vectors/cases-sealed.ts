/**
 * Strings that are sealed to the provider (docs/PROTOCOL.md §2.4).
 */
import { fromText } from '../../shared/bytes.js'
import { must } from '../../shared/errors.js'
import { seal } from '../../shared/hpke.js'
import { type Case, caseMaker, flip } from './vector.js'
import { named, PROVIDER } from './world.js'

const NOTHING = new Uint8Array(0)

/** Seals under the one ephemeral key of all vectors. */
export function sealed(
  plaintext: Uint8Array,
  info: Uint8Array,
  to = PROVIDER.sealPublic,
): Uint8Array {
  const ephemeralPrivateKey = named('ephemeral of the call')
  return must(seal({ recipientPublicKey: to, ephemeralPrivateKey, info, aad: NOTHING, plaintext }))
}

export function sealedCases(): Case[] {
  const make = caseMaker('sealed', '2.4')
  const info = 'floodgate/1 claim to provider'
  const bytes = sealed(fromText('a sealed message'), fromText(info))
  const keys = { privateKey: PROVIDER.sealPrivate, publicKey: PROVIDER.sealPublic, info }
  const ephemeral = named('ephemeral of the call')
  const bad = (name: string, refuse: Case['refuse'], change: object) =>
    make(name, { ...keys, bytes, ...change }, refuse)
  return [
    make('a sealed message', { ...keys, bytes, ephemeral }),
    bad('another info', 'seal-broken', { info: 'floodgate/1 claim to member' }),
    bad('another recipient', 'seal-broken', { privateKey: named('other') }),
    bad('an altered tag', 'seal-broken', { bytes: flip(bytes, -1) }),
    bad('shorter than its overhead', 'seal-broken', { bytes: bytes.subarray(0, 47) }),
    bad('a key of small order', 'weak-key', { bytes: new Uint8Array(60) }),
  ]
}
