/**
 * The one table from code to HTTP status.
 *
 * The code in the answer is what counts; the status is for proxies, logs and people.
 */
import type { Code } from '../../shared/errors.js'

const STATUS: Partial<Record<Code, number>> = {
  'bad-signature': 401,
  'unknown-member': 401,
  'certificate-revoked': 403,
  'insufficient-funds': 402,
  'invitation-needed': 403,
  'invitation-invalid': 403,
  'voucher-invalid': 403,
  'not-found': 404,
  'unknown-cid': 404,
  'unknown-grant': 404,
  'call-repeated': 409,
  'stale-counter': 409,
  'stale-time': 409,
  'terms-changed': 409,
  'already-paid': 409,
  'claim-gap': 409,
  'bought-before': 409,
  'not-bought': 403,
  'refund-pending': 409,
  'not-refundable': 409,
  'grant-closed': 410,
  'too-large': 413,
  'rate-limited': 429,
  internal: 500,
  'disk-full': 507,
  'home-in-use': 503,
  'swarm-full': 503,
}

/** The status for a code; 400 for every other refusal. */
export function statusOf(code: Code | 'ok'): number {
  return code === 'ok' ? 200 : (STATUS[code] ?? 400)
}
