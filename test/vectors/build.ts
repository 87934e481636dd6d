/**
 * All vectors: each case is run, and what comes out is what must come out from then on.
 */

import { buyerCases } from './cases-buyer.js'
import { bytesCases } from './cases-bytes.js'
import { callCases } from './cases-calls.js'
import { certificateCases } from './cases-certificates.js'
import { claimCases } from './cases-claims.js'
import { claimedCases, fetchingCases } from './cases-fetching.js'
import { frameCases } from './cases-frames.js'
import { mediationCases } from './cases-mediation.js'
import { voucherCases } from './cases-money.js'
import { openingCases } from './cases-opening.js'
import { revocationCases } from './cases-revocations.js'
import { servingCases } from './cases-seller.js'
import { torrentAndGrantCases } from './cases-torrent.js'
import { windowCases } from './cases-window.js'
import { wireCases } from './cases-wire.js'
import { run } from './run.js'
import { type Case, type Expected, object, type Vector } from './vector.js'
import {
  alice,
  bob,
  buyer,
  CID,
  FACTS,
  FINGERPRINT,
  FOREIGN,
  ISSUED,
  type Member,
  NOW,
  PROVIDER,
  SEED,
  TORRENT,
} from './world.js'

/** What is done with the input of each kind (docs/PROTOCOL.md §18). */
const WHAT: Readonly<Record<string, string>> = {
  bencode: 'the bytes are checked strictly',
  record: 'the bytes are read as a record',
  signed: "a member's signed string is verified, then its payload is read",
  'provider-signed': "the provider's signed string is verified, then its payload is read",
  fingerprint: "a root is read and the provider's fingerprint computed",
  member: "a member's chain is verified up to the root",
  signer: 'a signing certificate is verified under the root',
  sealed: 'a sealed string is opened',
  voucher: 'what a person typed is read as the code of a voucher',
  greeting: "a member reads the tracker's signed time",
  call: 'the tracker takes a call as it stands',
  answer: "a member reads the tracker's answer to its call",
  bundle: "somebody with the provider's root reads a complaint",
  case: "somebody with the provider's root judges a case",
  revocations: 'a peer takes a list of revoked certificates and judges a member by it',
  torrent: 'a member reads a torrent and its terms',
  tokens: 'tokens, hashes and pages are derived from the seed of a grant',
  grant: 'a buyer reads what it bought',
  handshake: "a peer's handshakes and first message are judged",
  channel: 'messages are sealed and opened under the keys of a connection',
  frames: "the bytes of one side's stream are cut into messages",
  message: 'the plaintext of a message is read',
  seller: 'a seller takes the steps in order',
  buyer: 'a buyer takes the steps in order',
  redeem: 'the tracker judges the claim of one grant',
}

/** What our code must make of a case; throws when it is not what the case was written for. */
async function settled({ refuse, ...vector }: Case): Promise<Vector> {
  const outcome = (await run(vector)) as Expected
  const code = 'refuse' in outcome ? outcome.refuse : undefined
  if (code !== refuse) {
    throw new Error(`"${vector.name}" gives ${code ?? 'ok'}, not ${refuse ?? 'ok'}`)
  }
  return { ...vector, what: WHAT[vector.kind] as string, expect: outcome }
}

/** Every vector by the name of its file. */
export async function buildVectors(): Promise<Record<string, readonly Vector[]>> {
  const files: Record<string, Case[]> = {
    ...bytesCases(),
    ...certificateCases(),
    ...torrentAndGrantCases(),
    ...(await callCases()),
    vouchers: voucherCases(),
    ...wireCases(),
    revocations: revocationCases(),
    frames: frameCases(),
    'seller-opening': openingCases(),
    'seller-serving': servingCases(),
    ...buyerCases(),
    pages: [...fetchingCases(), ...claimedCases()],
    ...windowCases(),
    claims: claimCases(),
    cases: mediationCases(),
  }
  const built: Record<string, readonly Vector[]> = {}
  const names = new Set<string>()
  for (const [file, cases] of Object.entries(files)) {
    const vectors: Vector[] = []
    for (const one of cases) {
      const name = `${one.kind}: ${one.name}`
      if (names.has(name)) throw new Error(`two vectors named "${name}"`)
      names.add(name)
      vectors.push(await settled(one))
    }
    built[file] = vectors
  }
  return built
}

/** The parties, for who wants to sign in their names. */
export function buildWorld(): object {
  const member = ({ uid, seed, publicKey, leaf }: Member) => ({ uid, seed, publicKey, leaf })
  const { seeds, root, issuing, signing, sealPrivate, sealPublic } = PROVIDER
  return object({
    now: NOW,
    provider: { seeds, root, issuing, signing, sealPrivate, sealPublic, fingerprint: FINGERPRINT },
    foreign: { root: FOREIGN.root, fingerprint: FOREIGN.signer.fingerprint },
    members: { buyer: member(buyer), alice: member(alice), bob: member(bob) },
    content: { cid: CID, torrent: TORRENT },
    grant: { facts: FACTS, seed: SEED, ...ISSUED },
  })
}
