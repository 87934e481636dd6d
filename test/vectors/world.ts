/**
 * The parties of all vectors: a provider, members and one content, everything from fixed names, at
 * one fixed time.
 */
import type { KeyObject } from 'node:crypto'
import { createHash } from 'node:crypto'
import { amount } from '../../shared/amount.js'
import { PeerList } from '../../shared/api.js'
import { concat, fromText, toHex } from '../../shared/bytes.js'
import {
  type CertificateDraft,
  fingerprintOf,
  makeCertificate,
  readCertificate,
} from '../../shared/certificate.js'
import { type Signer, sha256, signString } from '../../shared/crypto.js'
import { must } from '../../shared/errors.js'
import { x25519PublicKey } from '../../shared/hpke.js'
import type { PieceIndex, Rid, Uid } from '../../shared/identifier.js'
import { createKeyring, type Keyring } from '../../shared/keyring.js'
import { ed25519PublicKey, privateKeyFromSeed, publicKeyFromRaw } from '../../shared/keys.js'
import { encodeInfo, encodeTorrent, parseMetainfo } from '../../shared/metainfo.js'
import { broker } from '../../shared/schemes/floodgate/broker.js'
import { payer } from '../../shared/schemes/floodgate/payer.js'
import type { GrantFacts, ProviderSigner } from '../../shared/schemes/scheme.js'
import { signTerms, sourceMark, type Terms } from '../../shared/terms.js'
import { encode, type TypeOf } from '../../shared/wire/record.js'

/** When everything happens. */
export const NOW = Date.UTC(2026, 5, 1)
export const DAY = 86_400_000
/** Bytes that a name stands for; the same in every run. */
export const named = (name: string, length = 32): Uint8Array =>
  sha256(fromText(name)).slice(0, length)
export const p = (piece: number): PieceIndex => piece as PieceIndex

const dates = { notBeforeMs: NOW - DAY, notAfterMs: NOW + DAY }

/** A provider: seeds, certificates, and what signs in its name. */
export interface Provider {
  readonly name: string
  readonly seeds: { readonly root: Uint8Array; readonly issuing: Uint8Array; signing: Uint8Array }
  readonly root: Uint8Array
  readonly issuing: Uint8Array
  readonly signing: Uint8Array
  readonly signer: ProviderSigner
  /** X25519 private key of sealed calls. */
  readonly sealPrivate: Uint8Array
  readonly sealPublic: Uint8Array
}

export function makeProvider(name: string): Provider {
  const seed = (part: string) => named(`${name} ${part}`)
  const seeds = { root: seed('root'), issuing: seed('issuing'), signing: seed('signing') }
  const draft = (part: keyof typeof seeds) => ({
    ...{ serial: named(`${name} ${part} serial`, 16), ...dates },
    ...{ publicKey: ed25519PublicKey(seeds[part]), issuerKey: privateKeyFromSeed(seeds.root) },
  })
  const root = makeCertificate({ ...draft('root'), kind: 'root', provider: name })
  const issuer = must(readCertificate(root))
  const issuing = makeCertificate({ ...draft('issuing'), kind: 'issuing', issuer })
  const signing = makeCertificate({ ...draft('signing'), kind: 'signing', issuer })
  const fingerprint = must(fingerprintOf(root))
  const sealPrivate = seed('seal')
  return {
    ...{ name, seeds, root, issuing, signing, sealPrivate },
    sealPublic: x25519PublicKey(sealPrivate),
    signer: {
      fingerprint,
      privateKey: privateKeyFromSeed(seeds.signing),
      certificate: sha256(signing),
    },
  }
}

export const PROVIDER = makeProvider('Example Films')
/** Another provider, for what must not pass for ours. */
export const FOREIGN = makeProvider('Other Films')
export const FINGERPRINT = PROVIDER.signer.fingerprint

/** A ring under our root, with the certificates given. */
export function ring(signers: readonly Uint8Array[] = [PROVIDER.signing], now = NOW): Keyring {
  const keyring = createKeyring(FINGERPRINT, PROVIDER.root, () => now)
  for (const signer of signers) must(keyring.add(signer))
  return keyring
}

/** A member with key and certificate. */
export interface Member {
  readonly name: string
  readonly uid: Uid
  readonly seed: Uint8Array
  readonly publicKey: Uint8Array
  readonly key: KeyObject
  readonly signer: Signer
  readonly leaf: Uint8Array
}

/** A certificate of a member, bent where the caller says so. */
export function certify(
  uid: Uid,
  publicKey: Uint8Array,
  provider: Provider = PROVIDER,
  bent: Partial<CertificateDraft> = {},
): Uint8Array {
  return makeCertificate({
    ...{ kind: 'member', uid, serial: named(`${uid} serial`, 16), ...dates, publicKey },
    issuer: must(readCertificate(provider.issuing)),
    issuerKey: privateKeyFromSeed(provider.seeds.issuing),
    ...bent,
  } as CertificateDraft)
}

export function makeMember(name: string): Member {
  const seed = named(`${name} key`)
  const uid = toHex(named(`${name} uid`, 16)) as Uid
  const publicKey = ed25519PublicKey(seed)
  const signer = { fingerprint: FINGERPRINT, privateKey: privateKeyFromSeed(seed) }
  const key = publicKeyFromRaw(publicKey)
  return { name, uid, seed, publicKey, key, signer, leaf: certify(uid, publicKey) }
}

export const buyer = makeMember('buyer')
export const alice = makeMember('alice')
export const bob = makeMember('bob')

/** 300 pieces of 16 KiB, the last one shorter: two pages of the hash list. */
export const PIECES = 300
export const PIECE_BYTES = 16_384
export const LAST_BYTES = 11_384
const sha1 = (text: string) => new Uint8Array(createHash('sha1').update(text).digest())
export const HASHES = concat(...Array.from({ length: PIECES }, (_, i) => sha1(`piece ${i}`)))
export const { cid: CID, infoBytes: INFO } = encodeInfo({
  name: 'film.mkv',
  files: [{ path: ['film.mkv'], length: (PIECES - 1) * PIECE_BYTES + LAST_BYTES }],
  singleFile: true,
  pieceLength: PIECE_BYTES,
  hashes: HASHES,
  private: true,
  source: sourceMark(FINGERPRINT),
})

export const REWARD = amount(10_000n)
export const PRICE = amount(4_000_000n)
export const TERMS: Terms = {
  ...{ cid: CID, tracker: 'http://127.0.0.1:6969', price: PRICE, reward: REWARD },
  ...{ scheme: 'floodgate', n: 2, b: 4, pieces: PIECES, mode: 'open' },
  ...{ complaint: 3 * DAY, answer: 3 * DAY, marks: 5, share: 20 },
  ...{ spend: 365 * DAY, claim: 400 * DAY, issued: NOW },
  signer: PROVIDER.signer.certificate,
}

/** A torrent file around our info with these terms. */
export function torrentOf(terms: Uint8Array, signer = PROVIDER.signing, info = INFO): Uint8Array {
  const announce = ['http://127.0.0.1:6969/announce']
  return encodeTorrent({ infoBytes: info, announce, floodgate: { terms, signer } })
}
export const SIGNED_TERMS = signTerms(TERMS, PROVIDER.signer)
export const TORRENT = torrentOf(SIGNED_TERMS)
export const METAINFO = must(parseMetainfo(TORRENT))

/** The grant of all vectors: bought by `buyer`. */
export const RID = toHex(named('grant', 16)) as Rid
export const SEED = named('seed of the grant')
export const FACTS: GrantFacts = {
  ...{ rid: RID, cid: CID, buyer: buyer.uid, pieces: PIECES, reward: REWARD, n: 2, b: 4 },
  ...{ issued: NOW, spendUntil: NOW + 365 * DAY, claimUntil: NOW + 400 * DAY },
}

/** What the broker issues for these facts. */
export function issue(facts: GrantFacts = FACTS, signer: ProviderSigner = PROVIDER.signer) {
  const context = { facts, price: PRICE, order: new Uint8Array(0), seed: SEED, signer }
  return must(broker.issue(context)).issued
}
export const ISSUED = issue()
const accepting = { keyring: ring(), buyer: buyer.uid, cid: CID }
export const PURSE = must(payer.accept(ISSUED, accepting))

/** A signed peer list of the grant, bent where the caller says so. */
export function peers(bent: Partial<TypeOf<typeof PeerList>> = {}, signer = PROVIDER.signer) {
  const sellers = [alice, bob].map(({ uid }, i) => ({ uid, host: '192.0.2.7', port: 6881 + i }))
  const list = { rid: RID, cid: CID, buyer: buyer.uid, number: 3, time: NOW - 1000, sellers }
  const payload = encode(PeerList, { ...list, signer: signer.certificate, ...bent })
  return signString('peers', payload, signer)
}
