/**
 * Runs a vector through the product's own functions and gives what came out.
 */
import { deepStrictEqual } from 'node:assert/strict'
import { openAnswer } from '../../client/pay/provider/calls.js'
import type { Call } from '../../shared/api.js'
import { toHex } from '../../shared/bytes.js'
import { fingerprintOf, verifyMember, verifySigner } from '../../shared/certificate.js'
import { type Label, openString, sha256, signString } from '../../shared/crypto.js'
import { must, type Refusal, refuse, refused } from '../../shared/errors.js'
import { open, seal } from '../../shared/hpke.js'
import type { Cid, Fingerprint, Rid, Uid } from '../../shared/identifier.js'
import { createKeyring, type Keyring, openProviderString } from '../../shared/keyring.js'
import { privateKeyFromSeed, publicKeyFromRaw } from '../../shared/keys.js'
import { parseMetainfo } from '../../shared/metainfo.js'
import { judgeMember, readRevocations } from '../../shared/revocations.js'
import { payer } from '../../shared/schemes/floodgate/payer.js'
import {
  deriveTokens,
  grantKey,
  hashTokens,
  listDigest,
  nth,
  pageDigests,
} from '../../shared/schemes/floodgate/tokens.js'
import { readTerms } from '../../shared/terms.js'
import { parseVoucher } from '../../shared/vouchers.js'
import { scan } from '../../shared/wire/bencode.js'
import { decodeMessage } from '../../shared/wire/messages.js'
import { decode, encode } from '../../shared/wire/record.js'
import { RECORDS, recordOf, SIGNED } from './labels.js'
import { runBuyer, runSeller } from './run-machine.js'
import { runBundle, runCase } from './run-mediation.js'
import { runRedeem } from './run-redeem.js'
import { runCall, runGreeting } from './run-tracker.js'
import { runChannel, runFrames, runHandshake } from './run-wire.js'
import { hex, type Json, type JsonObject, json, object, type Vector } from './vector.js'

type Outcome = Json | Refusal | RefusedBy
type Run = (input: JsonObject) => Outcome | Promise<Outcome>
/** A refusal with what else can be seen of it. */
export interface RefusedBy {
  readonly refusal: Refusal
  readonly rest: JsonObject
}

const NOTHING = new Uint8Array(0)
const text = (value: Json | undefined): string => value as string
const number = (value: Json | undefined): number => value as number

/** The ring that a vector describes. */
export function ringOf({ root, signers, now }: JsonObject): Keyring | Refusal {
  const der = hex(root)
  const fingerprint = fingerprintOf(der)
  if (refused(fingerprint)) return fingerprint
  const keyring = createKeyring(fingerprint, der, () => number(now))
  for (const signer of signers as readonly Json[]) {
    const added = keyring.add(hex(signer))
    if (refused(added)) return added
  }
  return keyring
}

function runRecord(input: JsonObject): Json | Refusal {
  const schema = RECORDS[text(input.record)]
  if (schema === undefined) throw new Error(`no record ${input.record}`)
  const bytes = hex(input.bytes)
  const value = decode(schema, bytes, number(input.maxBytes))
  if (refused(value)) return value
  if (input.unknown === undefined) deepStrictEqual(toHex(encode(schema, value)), input.bytes)
  return json(value)
}

function runSigned(input: JsonObject): Json | Refusal {
  const label = text(input.label) as Label
  const bytes = hex(input.bytes)
  const fingerprint = text(input.fingerprint) as Fingerprint
  const publicKey = publicKeyFromRaw(hex(input.publicKey))
  const limit = SIGNED[label][1]
  const payload = openString(label, bytes, { fingerprint, publicKey }, limit)
  if (refused(payload)) return payload
  const value = decode(recordOf(label), payload, limit)
  if (refused(value)) return value
  if (input.seed !== undefined) {
    const signer = { fingerprint, privateKey: privateKeyFromSeed(hex(input.seed)) }
    deepStrictEqual(toHex(signString(label, encode(recordOf(label), value), signer)), input.bytes)
  }
  return json(value)
}

function runProviderSigned(input: JsonObject): Json | Refusal {
  const keyring = ringOf(input)
  if (refused(keyring)) return keyring
  const label = text(input.label) as Label
  const limit = SIGNED[label][1]
  const payload = openProviderString(label, hex(input.bytes), keyring, limit)
  if (refused(payload)) return payload
  const value = decode(recordOf(label), payload, limit)
  return refused(value) ? value : json(value)
}

function runMember(input: JsonObject): Json | Refusal {
  const { leaf, issuing, root } = input
  const chain = {
    leaf: hex(leaf),
    issuing: hex(issuing),
    root: hex(root),
    nowMs: number(input.now),
  }
  const certificate = verifyMember(chain)
  if (refused(certificate)) return certificate
  const { uid, publicKey, provider, serial, notBeforeMs, notAfterMs } = certificate
  return json({ uid, publicKey, provider, serial, notBefore: notBeforeMs, notAfter: notAfterMs })
}

function runSigner({ signing, root, now }: JsonObject): Json | Refusal {
  const certificate = verifySigner({ signing: hex(signing), root: hex(root), nowMs: number(now) })
  if (refused(certificate)) return certificate
  return json({ publicKey: certificate.publicKey, digest: sha256(hex(signing)) })
}

function runSealed(input: JsonObject): Json | Refusal {
  const info = new TextEncoder().encode(text(input.info))
  const sealed = hex(input.bytes)
  const plaintext = open({
    ...{ recipientPrivateKey: hex(input.privateKey), info, aad: NOTHING, sealed },
  })
  if (refused(plaintext)) return plaintext
  if (input.ephemeral !== undefined) {
    const again = seal({
      recipientPublicKey: hex(input.publicKey),
      ephemeralPrivateKey: hex(input.ephemeral),
      ...{ info, aad: NOTHING, plaintext },
    })
    deepStrictEqual(toHex(must(again)), input.bytes)
  }
  return object({ plaintext })
}

function runAnswer(input: JsonObject): Json | Refusal {
  const keyring = ringOf(input)
  if (refused(keyring)) return keyring
  const name = text(input.call) as Call
  const call = { name, body: NOTHING, nonce: hex(input.nonce), reply: hex(input.replyKey) }
  const answered = openAnswer(call, hex(input.bytes), keyring)
  return refused(answered) ? answered : json(answered.body)
}

function runRevocations(input: JsonObject): Json | Refusal {
  const keyring = ringOf(input)
  if (refused(keyring)) return keyring
  const newest = input.newest as { number: number; time: number } | undefined
  const list = readRevocations(hex(input.bytes), keyring, newest)
  if (refused(list)) return list
  const stranger = () => input.stranger === 1
  const verdict = judgeMember(list, text(input.serial), number(input.now), stranger)
  return verdict ?? object({ number: list.number, time: list.time, serials: list.serials.size })
}

function runTorrent(input: JsonObject): Json | Refusal {
  const metainfo = parseMetainfo(hex(input.bytes))
  if (refused(metainfo)) return metainfo
  const keyring = ringOf({ ...input, signers: [] })
  if (refused(keyring)) return keyring
  if (keyring.fingerprint !== input.fingerprint) return refuse('pin-mismatch')
  const terms = readTerms(metainfo, keyring)
  return refused(terms) ? terms : json(terms)
}

function runTokens(input: JsonObject): Json {
  const rid = text(input.rid) as Rid
  const key = grantKey(hex(input.seed), rid)
  const tokens = deriveTokens(key, number(input.pieces))
  const hashes = hashTokens(rid, tokens)
  const digests = pageDigests(hashes)
  const last = number(input.pieces) - 1
  return object({
    ...{ key, digests, list: listDigest(digests), all: sha256(tokens) },
    ...{ first: nth(tokens, 0), firstHash: nth(hashes, 0) },
    ...{ last: nth(tokens, last), lastHash: nth(hashes, last) },
  })
}

function runGrant(input: JsonObject): Json | Refusal {
  const keyring = ringOf(input)
  if (refused(keyring)) return keyring
  const context = { keyring, buyer: text(input.buyer) as Uid, cid: text(input.cid) as Cid }
  const issued = { open: hex(input.open), secret: hex(input.secret) }
  const purse = payer.accept(issued, context)
  if (refused(purse)) return purse
  return object({ facts: purse.facts, tokens: sha256(purse.tokens) })
}

function runMessage({ bytes }: JsonObject): Json | Refusal {
  const message = decodeMessage(hex(bytes))
  return refused(message) ? message : json(message)
}

const RUNS: Readonly<Record<string, Run>> = {
  bencode: ({ bytes, maxBytes }) => {
    const scanned = scan(hex(bytes), { maxBytes: number(maxBytes) })
    return refused(scanned) ? scanned : {}
  },
  record: runRecord,
  signed: runSigned,
  'provider-signed': runProviderSigned,
  fingerprint: ({ root }) => {
    const fingerprint = fingerprintOf(hex(root))
    return refused(fingerprint) ? fingerprint : { fingerprint }
  },
  member: runMember,
  signer: runSigner,
  sealed: runSealed,
  greeting: runGreeting,
  call: runCall,
  answer: runAnswer,
  revocations: runRevocations,
  bundle: runBundle,
  case: runCase,
  torrent: runTorrent,
  tokens: runTokens,
  grant: runGrant,
  handshake: runHandshake,
  channel: runChannel,
  frames: runFrames,
  message: runMessage,
  seller: runSeller,
  buyer: runBuyer,
  redeem: runRedeem,
  voucher: ({ text: typed }) => {
    const code = parseVoucher(text(typed))
    return refused(code) ? code : object({ code })
  },
}

/** What our code makes of a vector's input. */
export async function run({ kind, input }: Pick<Vector, 'kind' | 'input'>) {
  const runner = RUNS[kind]
  if (runner === undefined) throw new Error(`a vector of the unknown kind ${kind}`)
  const result = await runner(input)
  if (refused(result)) return { refuse: result.code }
  if (isRefusedBy(result)) return { refuse: result.refusal.code, ...result.rest }
  return { ok: result }
}

function isRefusedBy(result: Json | RefusedBy): result is RefusedBy {
  return typeof result === 'object' && 'refusal' in result && refused(result.refusal)
}
