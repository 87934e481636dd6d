/**
 * Runs handshakes and sealed channels through the client's own.
 */
import { deepStrictEqual } from 'node:assert/strict'
import { Nonces, PayHandshake } from '../../client/pay/handshake.js'
import { refused } from '../../shared/errors.js'
import type { Fingerprint, Uid } from '../../shared/identifier.js'
import { privateKeyFromSeed } from '../../shared/keys.js'
import {
  openChannel,
  type RawHandshakes,
  type Transcript,
  transcriptDigest,
} from '../../shared/wire/channel.js'
import { Framer } from '../../shared/wire/frame.js'
import type { RefusedBy } from './run.js'
import { hex, type Json, type JsonObject, object } from './vector.js'
import { CID, PROVIDER } from './world.js'

function raw(value: Json | undefined): RawHandshakes {
  const { handshake, extended } = value as JsonObject
  return { handshake: hex(handshake), extended: hex(extended) }
}

const transcriptOf = (input: JsonObject): Transcript => ({
  initiator: raw(input.initiator),
  acceptor: raw(input.acceptor),
})

export function runHandshake(input: JsonObject): Json | RefusedBy['refusal'] {
  const nonces = new Nonces()
  for (const seen of input.seen as readonly Json[]) nonces.take(hex(seen))
  const draws = [hex(input.privateKey), hex(input.nonce)]
  const signer = {
    fingerprint: input.fingerprint as Fingerprint,
    privateKey: privateKeyFromSeed(hex(input.seed)),
  }
  const identity = { uid: input.self as Uid, leaf: hex(input.leaf), issuing: PROVIDER.issuing }
  const settings = {
    ...{ identity: { ...identity, signer }, cid: CID, root: hex(input.root), nonces },
    random: () => draws.shift() as Uint8Array,
    trackerNow: () => input.now as number,
    admit: () => undefined,
  }
  const handshake = new PayHandshake(settings, input.side === 'initiator')
  const transcript = transcriptOf(input)
  const begun = handshake.begin(transcript)
  if (refused(begun)) return begun
  const met = handshake.finish(hex(input.first))
  if (refused(met)) return met
  return object({ hello: begun.hello, transcript: transcriptDigest(transcript), uid: met.uid })
}

/** A stream as one chunk; fed byte by byte it must come to the same. */
export function runFrames(input: JsonObject): Json | RefusedBy['refusal'] {
  const bytes = hex(input.bytes)
  const pieces = input.pieces as number
  const whole = framed(new Framer(pieces), [bytes])
  const slow = framed(
    new Framer(pieces),
    Array.from(bytes, (byte) => Uint8Array.of(byte)),
  )
  deepStrictEqual(refused(slow) ? slow.code : slow, refused(whole) ? whole.code : whole)
  return refused(whole) ? whole : { whole }
}

/** Bytes that passed as whole messages. */
function framed(framer: Framer, chunks: readonly Uint8Array[]): number | RefusedBy['refusal'] {
  let passed = 0
  for (const chunk of chunks) {
    const messages = framer.feed(chunk)
    if (refused(messages)) return messages
    for (const { length } of messages) passed += length
  }
  return passed
}

export function runChannel(input: JsonObject): Json | RefusedBy['refusal'] {
  const keys = [hex(input.privateKey), hex(input.peerKey)] as const
  const channel = openChannel(transcriptOf(input), input.side === 'initiator', ...keys)
  if (refused(channel)) return channel
  const out: Uint8Array[] = []
  for (const step of input.steps as readonly JsonObject[]) {
    const bytes =
      step.seal !== undefined ? channel.seal(hex(step.seal)) : channel.open(hex(step.open))
    if (refused(bytes)) return bytes
    out.push(bytes)
  }
  return object({ steps: out })
}
