/**
 * Runs calls through a real tracker on a real database that stands as the vector says, and
 * greetings through the client over a real socket.
 */
import { strictEqual } from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { greet } from '../../client/pay/provider/greeting.js'
import { escrow, FUNDING, spendable } from '../../shared/account.js'
import { amount } from '../../shared/amount.js'
import { Answer, CALLS, type Call, sealInfo, splitCall } from '../../shared/api.js'
import { toHex } from '../../shared/bytes.js'
import { openString, sha256, unverifiedPayload } from '../../shared/crypto.js'
import { must, type Refusal, refuse, refused } from '../../shared/errors.js'
import { open } from '../../shared/hpke.js'
import type { Fingerprint, PieceIndex, Rid, Uid } from '../../shared/identifier.js'
import { publicKeyFromRaw } from '../../shared/keys.js'
import { API_ANSWER_MAX_BYTES, API_BODY_MAX_BYTES } from '../../shared/limits.js'
import { floodgate } from '../../shared/schemes/floodgate/floodgate.js'
import { decode } from '../../shared/wire/record.js'
import { openTracker } from '../../tracker/assembly.js'
import { toPem } from '../../tracker/authority.js'
import { emptyBitmap, withPieces } from '../../tracker/bitmap.js'
import { answerCall } from '../../tracker/calls.js'
import { homeAt, makeHome, writeConfig, writeKey } from '../../tracker/config.js'
import { statusOf } from '../../tracker/http/status.js'
import { commit, commitKey } from '../../tracker/ledger.js'
import type { Rows } from '../../tracker/rows.js'
import type { Tracker } from '../../tracker/tracker.js'
import { recordOf } from './labels.js'
import type { RefusedBy } from './run.js'
import { hex, type Json, type JsonObject, json, object } from './vector.js'
import { named, PROVIDER, SEED, SIGNED_TERMS, TERMS, TORRENT } from './world.js'

const NOTHING = new Uint8Array(0)

/** Randomness that is the same in every run. */
function stream(): (bytes: number) => Uint8Array {
  let draws = 0
  return (bytes) => named(`draw ${draws++}`, bytes)
}

/** A tracker with the keys of our provider, in a fresh home. */
function openHome(folder: string, now: number): Tracker {
  const home = homeAt(folder)
  makeHome(home)
  writeKey(home.vaultKey, named('vault'))
  const { issuing, signing } = PROVIDER.seeds
  for (const [name, key] of Object.entries({ issuing, signing, hpke: PROVIDER.sealPrivate })) {
    writeKey(join(home.keys, `${name}.key`), key)
  }
  for (const name of ['root', 'issuing', 'signing'] as const) {
    writeFileSync(join(home.keys, `${name}.pem`), toPem(PROVIDER[name]))
  }
  writeConfig(home, { name: PROVIDER.name, url: TERMS.tracker, currency: 'credit' })
  return must(
    openTracker(home, {
      schemes: [floodgate],
      prover: () => async () => true,
      now: () => now,
      random: stream(),
    }),
  )
}

/** Vouchers as the provider made them, and who has redeemed some. */
async function stageVouchers(
  rows: Rows,
  state: JsonObject,
  members: ReadonlyMap<string, number>,
  now: number,
): Promise<void> {
  for (const voucher of (state.vouchers ?? []) as readonly JsonObject[]) {
    const { by, voided } = voucher
    const sum = amount(BigInt(voucher.amount as string))
    const [hash, until] = [hex(voucher.hash), voucher.until as number]
    const row = { hash, amount: sum, note: '', source: undefined, made: now, until }
    const id = await rows.vouchers.insert(row)
    if (voided !== undefined) await rows.vouchers.void(id, voided as number)
    if (by === undefined) continue
    const transfers = [{ debit: FUNDING, credit: spendable(by as Uid), amount: sum }]
    const key = commitKey('voucher', String(id))
    const done = must(await commit(rows, { key, kind: 'voucher', at: now, transfers }))
    await rows.vouchers.redeem(id, members.get(by as string) as number, done.commit)
  }
}

/** Puts rows where the vector says that the tracker stands. */
async function stage(tracker: Tracker, rows: Rows, state: JsonObject, now: number): Promise<void> {
  const ids = new Map<string, number>()
  for (const member of state.members as readonly JsonObject[]) {
    const { uid, publicKey, counter, spendable: holds } = member
    const row = { uid: uid as Uid, key: hex(publicKey), name: 'a member', registered: now }
    const id = await rows.members.insert(row)
    ids.set(uid as string, id)
    if (counter !== 0) await rows.members.advance(id, counter as number, NOTHING)
    const sum = amount(BigInt(holds as string))
    const transfers = [{ debit: FUNDING, credit: spendable(row.uid), amount: sum }]
    const key = commitKey('topup', row.uid)
    must(await commit(rows, { key, kind: 'topup', at: now, transfers }))
  }
  for (const [place, uid] of ((state.revoked ?? []) as readonly string[]).entries()) {
    const member = ids.get(uid) as number
    await rows.revocations.insert({ number: now + place, member, at: now, reason: '' })
  }
  await stageVouchers(rows, state, ids, now)
  if ((state.contents as readonly Json[]).length === 0) return
  const digest = sha256(SIGNED_TERMS)
  const terms = await rows.catalog.insertTerms({ digest, says: digest, signed: SIGNED_TERMS })
  const { cid } = TERMS
  const content = { cid, name: 'film.mkv', size: 1, files: 1, terms, published: now }
  await rows.catalog.putContent(content, TORRENT)
  const { id } = (await rows.catalog.byCid(cid)) as { id: number }
  for (const grant of state.grants as readonly JsonObject[]) {
    const rid = grant.rid as Rid
    const pieces = grant.only as readonly PieceIndex[] | undefined
    const only = pieces && withPieces(emptyBitmap(TERMS.pieces), pieces)
    const escrowed = amount(TERMS.reward * BigInt(pieces?.length ?? TERMS.pieces))
    const issued = grant.ended === true ? now - TERMS.spend : now
    await commit(rows, {
      ...{ key: commitKey('purchase', rid), kind: 'purchase', at: now },
      transfers: [{ debit: FUNDING, credit: escrow(rid), amount: escrowed }],
      alongside: async (bought) => {
        await rows.grants.insert({
          ...{ rid, buyer: ids.get(grant.buyer as string) as number, content: id, terms, bought },
          ...{ seed: tracker.vault.seal(rid, SEED), ask: NOTHING, issued },
          ...{ spendUntil: issued + TERMS.spend, claimUntil: issued + TERMS.claim },
          ...{ heldDue: now + TERMS.complaint, only },
        })
        return undefined
      },
    })
  }
}

/** The call's record, by the product's own functions. */
function fieldsOf(name: Call, body: Uint8Array, state: JsonObject): Json {
  const info = sealInfo(name, 'provider')
  const sealed = { recipientPrivateKey: hex(state.seal), info, aad: NOTHING, sealed: body }
  const plain = CALLS[name].sealed ? must(open(sealed)) : body
  const { lead, signed } = must(splitCall(plain, name === 'register' ? 32 : 16))
  const members = state.members as readonly JsonObject[]
  const caller = members.find(({ uid }) => uid === toHex(lead))
  const publicKey = publicKeyFromRaw(name === 'register' ? lead : hex(caller?.publicKey))
  const verifier = { fingerprint: PROVIDER.signer.fingerprint, publicKey }
  const payload = must(openString(name, signed, verifier, API_BODY_MAX_BYTES))
  return json(must(decode(recordOf(name), payload, API_BODY_MAX_BYTES)))
}

/** The answer of a tracker that stands as the input says. */
export async function callTracker(input: JsonObject) {
  const folder = mkdtempSync(join(tmpdir(), 'floodgate-vectors-'))
  const now = input.now as number
  const tracker = openHome(join(folder, 'home'), now)
  try {
    await tracker.store.write((rows) => stage(tracker, rows, input.tracker as JsonObject, now))
    return await answerCall(tracker, input.call as Call, hex(input.body), '192.0.2.7')
  } finally {
    tracker.store.close()
    rmSync(folder, { recursive: true })
  }
}

/** The code that a signed answer carries, read with the call's own reply key. */
function codeIn(input: JsonObject, bytes: Uint8Array): string {
  const name = input.call as Call
  const info = sealInfo(name, 'member')
  const sealed = { recipientPrivateKey: hex(input.replyKey), info, aad: NOTHING, sealed: bytes }
  const signed = CALLS[name].sealed ? must(open(sealed)) : bytes
  const { fingerprint } = PROVIDER.signer
  const payload = must(unverifiedPayload('answer', signed, fingerprint, API_ANSWER_MAX_BYTES))
  return must(decode(Answer, payload, API_ANSWER_MAX_BYTES)).code
}

export async function runCall(input: JsonObject): Promise<Json | RefusedBy> {
  const answered = await callTracker(input)
  const status = statusOf(answered.code)
  if (refused(answered)) return { refusal: answered, rest: { status, signed: false } }
  const { code, bytes } = answered
  if (code === 'ok') {
    const fields = fieldsOf(input.call as Call, hex(input.body), input.tracker as JsonObject)
    return object({ fields, status, answer: bytes })
  }
  strictEqual(codeIn(input, bytes), code)
  return { refusal: refuse(code), rest: { status, signed: true } }
}

export async function runGreeting(input: JsonObject): Promise<Json | Refusal> {
  const bytes = hex(input.bytes)
  const server = createServer((_request, response) => response.end(bytes))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  try {
    const greeting = await greet({
      ...{ url: `http://127.0.0.1:${port}`, pinned: input.pinned as Fingerprint },
      ...{ random: () => hex(input.nonce), now: () => input.now as number },
    })
    return refused(greeting) ? greeting : json(greeting)
  } finally {
    server.closeAllConnections()
    server.close()
  }
}
