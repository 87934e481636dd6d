/**
 * Members: registration by proof of possession, renewal, and what an account holds (paper §III.B).
 */
import { payout, pending, spendable } from '../shared/account.js'
import { amount, ZERO } from '../shared/amount.js'
import { AccountAnswer, RegisterAnswer, type RegisterCall, RenewAnswer } from '../shared/api.js'
import { equal, toHex } from '../shared/bytes.js'
import { verifyMember } from '../shared/certificate.js'
import { visible } from '../shared/command.js'
import { sha256 } from '../shared/crypto.js'
import { assert, type Refusal, refuse, refused } from '../shared/errors.js'
import type { Uid } from '../shared/identifier.js'
import { isSmallOrder } from '../shared/keys.js'
import { CERTIFICATE_RENEW_MS, REVOCATIONS_MAX_AGE_MS } from '../shared/limits.js'
import { encode } from '../shared/wire/record.js'
import { invitationSource } from './flows.js'
import { balanceOf } from './ledger.js'
import type { MemberRow, Rows } from './rows.js'
import type { CallContext, Tracker } from './tracker.js'

/**
 * Registers a key, or finds it again: the same key always has the same uid.
 *
 * Refusals: malformed (the call names another key than the one that signed it), weak-key; of a new
 * key invitation-needed, invitation-invalid, rate-limited; certificate-revoked.
 */
export async function register(
  tracker: Tracker,
  rows: Rows,
  { key, host }: { readonly key: Uint8Array; readonly host: string },
  call: RegisterCall,
): Promise<Uint8Array | Refusal> {
  if (!equal(key, call.key)) return refuse('malformed', 'the call names another key')
  if (isSmallOrder(key)) return refuse('weak-key')
  const known = (await rows.members.byKey(key)) ?? (await enroll(tracker, rows, host, call))
  if (refused(known)) return known
  if ((await rows.revocations.of(known.id)) !== undefined) return refuse('certificate-revoked')
  return encode(RegisterAnswer, {
    uid: known.uid,
    certificate: await certify(tracker, rows, known),
  })
}

async function enroll(
  tracker: Tracker,
  rows: Rows,
  host: string,
  { invitation: code, key, name }: RegisterCall,
): Promise<MemberRow | Refusal> {
  const uid = toHex(tracker.random(16)) as Uid
  const registered = tracker.now()
  if (code === undefined && tracker.registration === 'invited') return refuse('invitation-needed')
  const invited = code && (await rows.invitations.byHash(sha256(code)))
  if (code !== undefined && !(invited && (await rows.invitations.use(invited.id, registered)))) {
    return refuse('invitation-invalid')
  }
  // Invitations bound themselves; whoever holds one is not shut out by a flood of others.
  if (invited === undefined && !tracker.doors.mayRegister(host)) return refuse('rate-limited')
  await rows.members.insert({ uid, key, name: shown(name), registered, invitation: invited?.id })
  const member = await rows.members.byUid(uid)
  assert(member !== undefined, 'the member was inserted just now')
  if (invited !== undefined) {
    await rows.sources.add(invitationSource(tracker.vault, invited.id), member.id)
  }
  return member
}

/** A name as it is kept: no control characters, and never longer in bytes than it came. */
function shown(name: string): string {
  return Array.from(name, (character) => (visible(character) === character ? character : '?')).join(
    '',
  )
}

/**
 * A certificate that lasts: the one there is while nobody has a reason to renew it. Each takes a
 * place on the list of the revoked when its member is, so nobody may collect them.
 */
async function certify(tracker: Tracker, rows: Rows, member: MemberRow): Promise<Uint8Array> {
  const { authority } = tracker
  const nowMs = tracker.now()
  const known = await rows.members.certificate(member.id, nowMs + CERTIFICATE_RENEW_MS)
  const { issuing, root } = authority
  // One under an issuing certificate that was changed since serves its member nothing.
  if (known && !refused(verifyMember({ leaf: known, issuing, root, nowMs }))) return known
  const { der, serial, until } = authority.certify(member, tracker.random(16), nowMs)
  await rows.members.pruneCertificates(member.id, nowMs - REVOCATIONS_MAX_AGE_MS)
  await rows.members.insertCertificate({ serial, member: member.id, until, der })
  return der
}

/** A certificate of the same key and uid that lasts. */
export async function renew({ tracker, rows, member }: CallContext): Promise<Uint8Array> {
  return encode(RenewAnswer, { certificate: await certify(tracker, rows, member) })
}

/** Balances and totals of the caller. */
export async function account({ rows, member }: CallContext): Promise<Uint8Array> {
  const own = await rows.ledger.account(spendable(member.uid))
  const maturing = await rows.ledger.account(pending(member.uid))
  const asked = await rows.ledger.account(payout(member.uid))
  const { held, withheld } = await rows.flows.ofPayee(member.id)
  const escrow = await rows.ledger.escrowOf(member.id)
  const paying = balanceOf(asked)
  const returned = await rows.payouts.returned(member.id)
  const paidOut = amount((asked?.debits ?? ZERO) - returned)
  return encode(AccountAnswer, {
    name: member.name,
    spendable: balanceOf(own),
    pending: balanceOf(maturing),
    // What was asked to be paid out left the same account, and was spent on nothing.
    spent: amount((own?.debits ?? ZERO) - (asked?.credits ?? ZERO)),
    earned: maturing?.credits ?? ZERO,
    ...(held > ZERO && { held }),
    ...(withheld > ZERO && { withheld }),
    ...(escrow > ZERO && { escrow }),
    ...(paying > ZERO && { paying }),
    ...(paidOut > ZERO && { paidOut }),
  })
}
