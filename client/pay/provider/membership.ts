/**
 * Our membership with a provider: registration, and a certificate that renews by itself (§III.B,
 * D11).
 */
import { equal } from '../../../shared/bytes.js'
import { verifyMember } from '../../../shared/certificate.js'
import { type Refusal, refuse, refused } from '../../../shared/errors.js'
import type { Uid } from '../../../shared/identifier.js'
import { CERTIFICATE_RENEW_MS } from '../../../shared/limits.js'
import type { Provider } from '../provider.js'
import type { Wallet } from '../wallet/wallet.js'

/** Whose membership it is. */
export interface Membership {
  readonly provider: Provider
  readonly wallet: Wallet
  /** Our Ed25519 public key, 32 bytes. */
  readonly publicKey: Uint8Array
}

/** Registers our key, or finds it again: the same key always gets the same uid. */
export async function register(member: Membership, name: string): Promise<Uid | Refusal> {
  const { provider, publicKey } = member
  const answer = await provider.call('register', { name, key: publicKey })
  if (refused(answer)) return answer
  const { uid, certificate } = answer.body
  return keep(member, uid, certificate) ?? uid
}

/**
 * Sees to it that our certificate is valid for a while: renews it when less than
 * CERTIFICATE_RENEW_MS is left or it no longer chains to the issuing certificate.
 *
 * A tracker that is away is no harm while the certificate lasts. Refusals: no-provider, those of
 * the call when there is no valid certificate to go on with.
 */
export async function ensureCertificate(
  member: Membership,
  timeoutMs?: number,
): Promise<Refusal | undefined> {
  const { provider } = member
  const { certificate, issuing, root, uid, url } = provider.row
  if (certificate === null || uid === null) {
    return refuse(
      'no-provider',
      `not registered yet: floodgate register --tracker ${url} --name NAME`,
    )
  }
  const nowMs = provider.trackerNow()
  const valid = verifyMember({ leaf: certificate, issuing, root, nowMs })
  if (!refused(valid) && valid.notAfterMs - nowMs > CERTIFICATE_RENEW_MS) return undefined
  const answer = await provider.call('renew', {}, timeoutMs)
  if (refused(answer)) return refused(valid) ? answer : undefined
  return keep(member, uid, answer.body.certificate)
}

/** Checks that a certificate is ours and keeps it. */
function keep(
  { provider, publicKey, wallet }: Membership,
  uid: Uid,
  certificate: Uint8Array,
): Refusal | undefined {
  const { fingerprint, issuing, root } = provider.row
  const nowMs = provider.trackerNow()
  const checked = verifyMember({ leaf: certificate, issuing, root, nowMs })
  if (refused(checked)) return checked
  if (checked.uid !== uid || !equal(checked.publicKey, publicKey)) {
    return refuse('bad-answer', 'the tracker certified another key or uid than ours')
  }
  wallet.providers.certify(fingerprint, uid, certificate)
  provider.reload()
  return undefined
}
