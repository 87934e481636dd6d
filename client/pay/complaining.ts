/**
 * Complaints of a seller: which debts are overdue, and the bundle that shows one to anybody (D12).
 */
import { equal } from '../../shared/bytes.js'
import { type Signer, sha256 } from '../../shared/crypto.js'
import { type Refusal, refuse, refused } from '../../shared/errors.js'
import { PAYMENT_DUE_MS } from '../../shared/limits.js'
import { makeBundle, partyOf } from '../../shared/mediation/bundle.js'
import { type Metainfo, parseMetainfo, pieceHash } from '../../shared/metainfo.js'
import { openBody, type Request, signBody } from '../../shared/wire/messages.js'
import { type Provider, uidOf } from './provider.js'
import type { Debt, MetGrant, PeerCertificates } from './wallet/evidence.js'
import type { Wallet } from './wallet/wallet.js'

/** The provider as far as a complaint needs it. */
export type Known = Pick<Provider, 'keyring' | 'row' | 'trackerNow'>

/** Signing certificates that a bundle holds at most. */
const SIGNERS_MAX_COUNT = 4

/** A debt whose payment should have come by now, read and checked. */
export interface DueDebt extends Debt {
  /** When the request was signed, or the newest unpaid piece first sent: whatever is later. */
  readonly since: number
  readonly met: MetGrant
  readonly certificates: PeerCertificates
}

/** Debts whose payment should have come by now, the oldest first. */
export function dueDebts(wallet: Wallet, provider: Known): DueDebt[] {
  const evidence = wallet.evidence(provider.row.fingerprint)
  const before = provider.trackerNow() - PAYMENT_DUE_MS
  const due: DueDebt[] = []
  for (const debt of evidence.debts()) {
    const [met, certificates] = [evidence.met(debt.rid, debt.buyer), evidence.peer(debt.buyer)]
    if (met === undefined || certificates === undefined) continue
    const request = readRequest(debt, certificates, provider)
    if (refused(request)) continue
    const since = Math.max(debt.since, request.time)
    if (since <= before) due.push({ ...debt, since, met, certificates })
  }
  return due.sort((one, other) => one.since - other.since)
}

/** The request of a debt under the buyer's certificate; refuses as both. */
function readRequest(
  { request }: Debt,
  { issuing, leaf }: PeerCertificates,
  { row }: Known,
): Request | Refusal {
  const party = partyOf(leaf, [issuing], row.root)
  if (refused(party)) return party
  return openBody('request', request, { fingerprint: row.fingerprint, publicKey: party.key })
}

/**
 * The bundle of a debt: what anybody needs to see that it is one. The statement that the buyer was
 * sent has no time in it, so signing it anew gives the same bytes.
 *
 * Refuses as no-provider without a certificate of ours, and as terms-missing when the torrent is
 * not here.
 */
export function complaintOf(
  debt: DueDebt,
  provider: Known,
  wallet: Wallet,
  signer: Signer,
): Uint8Array | Refusal {
  const { buyer, certificates, cid, met, pieces, request, rid } = debt
  const { keyring, row } = provider
  const seller = uidOf(row)
  if (row.certificate === null || row.issuer === null) return refuse('no-provider')
  const torrent = wallet.contents.get(cid)?.torrent
  const metainfo = torrent && parseMetainfo(torrent)
  if (metainfo === undefined || refused(metainfo) || metainfo.floodgate === undefined) {
    return refuse('terms-missing', `the torrent ${cid} is not here; floodgate seed it first`)
  }
  const read = readRequest(debt, certificates, provider)
  if (refused(read)) return read
  const { signer: behindTerms, terms } = metainfo.floodgate
  const others = keyring.certificates().filter((der) => !equal(der, behindTerms))
  const own = row.issuer
  return makeBundle(
    {
      ...{ kind: 'unpaid', time: provider.trackerNow(), plaintiff: seller, accused: buyer },
      ...{ rid, cid, pieces, terms, opening: met.opening, request },
      statement: stateAgain(read, request, metainfo, signer),
    },
    {
      root: row.root,
      signing: [behindTerms, ...others.slice(1 - SIGNERS_MAX_COUNT)],
      issuing: equal(own, certificates.issuing) ? [own] : [own, certificates.issuing],
      ...{ plaintiff: row.certificate, accused: certificates.leaf },
    },
    signer,
  )
}

function stateAgain(
  { buyer, pieces, rid, seller }: Request,
  request: Uint8Array,
  metainfo: Metainfo,
  signer: Signer,
): Uint8Array {
  const hashes = Buffer.concat(pieces.map((piece) => pieceHash(metainfo, piece)))
  return signBody('statement', { rid, buyer, seller, request: sha256(request), hashes }, signer)
}
