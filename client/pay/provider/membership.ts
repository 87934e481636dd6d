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
export async function register(
  member: Membership,
  name: string,
  invitation?: Uint8Array,
): Promise<Uid | Refusal> {
  const { provider, publicKey } = member
  const answer = await provider.call('register', {
    ...{ name, key: publicKey },
    ...(invitation && { invitation }),
  })
  if (refused(answer)) return answer
  const { uid, certificate } = answer.body
  return keep(member, uid, certificate) ?? uid
}

/**
 * Sees to it that our certificate is valid for a while: renews it when less than
 * CERTIFICATE_RENEW_MS is left or the provider issues under another certificate by now.
 *
 * A tracker that is away is no harm while the certificate lasts. Refusals: no-provider,
 * certificate-revoked, those of the call when there is no valid certificate to go on with.
 */
export async function ensureCertificate(
  member: Membership,
  timeoutMs?: number,
): Promise<Refusal | undefined> {
  const { provider } = member
  const { certificate, issuer, issuing, root, uid, url } = provider.row
  if (certificate === null || issuer === null || uid === null) {
    return refuse(
      'no-provider',
      `not registered yet: floodgate register --tracker ${url} --name NAME`,
    )
  }
  const nowMs = provider.trackerNow()
  const valid = verifyMember({ leaf: certificate, issuing: issuer, root, nowMs })
  if (!refused(valid)) {
    if (provider.revocations.isRevoked(valid.serial)) return refuse('certificate-revoked')
    const lasts = valid.notAfterMs - nowMs > CERTIFICATE_RENEW_MS
    if (lasts && equal(issuer, issuing)) return undefined
  }
  const answer = await provider.call('renew', {}, timeoutMs)
  if (refused(answer)) {
    return refused(valid) || answer.code === 'certificate-revoked' ? answer : undefined
  }
  const problem = keep(member, uid, answer.body.certificate)
  // The provider may issue under a certificate that we have not seen.
  if (problem?.code !== 'certificate-invalid') return problem
  return (await provider.meet(timeoutMs)) ?? keep(member, uid, answer.body.certificate)
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
  wallet.providers.certify(fingerprint, uid, { certificate, issuer: issuing })
  provider.reload()
  return undefined
}
