/**
 * Signed calls: who calls, whether it is new, what it asks, and the signed answer (design D17).
 *
 * Checks in this order, each with its own code:
 * 1. sealed calls only: the body opens (seal-broken, weak-key);
 * 2. the body has a caller and a signed string (malformed), the caller is known (unknown-member);
 * 3. the signed string: too-large, malformed, unsupported-version, bad-label, wrong-provider,
 *    bad-signature; then its payload (malformed); the member has asked too much (rate-limited);
 * 4. its time is within CLOCK_SKEW_MAX_MS of ours (stale-time), and its counter above the caller's
 *    last one (call-repeated when it is that very call, else stale-counter); from here on the
 *    counter is used up, also when the call is refused;
 * 5. the caller's membership is not revoked (certificate-revoked);
 * 6. calls of this name by this caller have not failed too often of late (rate-limited);
 * 7. the call itself.
 * Up to 3 nobody has proved to be the caller, so the refusal is not signed; from 4 on it is.
 */
import {
  AccountCall,
  AnnounceCall,
  Answer,
  CALLS,
  type Call,
  PagesCall,
  PurchaseCall,
  RegisterCall,
  RenewCall,
  sealInfo,
  splitCall,
} from '../shared/api.js'
import { toHex } from '../shared/bytes.js'
import { CasesCall, ComplainCall, RefundCall, RespondCall } from '../shared/cases.js'
import { ClaimCall } from '../shared/claims.js'
import { openString, sha256, signString } from '../shared/crypto.js'
import { type Code, type Refusal, refuse, refused } from '../shared/errors.js'
import { open, seal } from '../shared/hpke.js'
import type { Uid } from '../shared/identifier.js'
import { publicKeyFromRaw } from '../shared/keys.js'
import { API_BODY_MAX_BYTES, CLOCK_SKEW_MAX_MS } from '../shared/limits.js'
import { MailCall } from '../shared/mail.js'
import { PayoutCall, PayoutsCall } from '../shared/payouts.js'
import { PostingsCall } from '../shared/statement.js'
import { RedeemCall } from '../shared/vouchers.js'
import { decode, encode, type Field } from '../shared/wire/record.js'
import { announce } from './announce.js'
import { purchase } from './broker.js'
import { cases } from './cases.js'
import { claim } from './claims.js'
import { complain, respond } from './complaints.js'
import { isGuess } from './guesses.js'
import { mail } from './mail.js'
import { account, register, renew } from './members.js'
import { pages } from './pages.js'
import { payout, payouts } from './payouts.js'
import { refund } from './refunds.js'
import { postings } from './statement.js'
import type { CallContext, Tracker } from './tracker.js'
import { redeem } from './vouchers.js'

const DETAIL_MAX_BYTES = 512
/** What of a call's SHA-256 is kept, to know it again when a network delivers it twice. */
const CALL_BYTES = 16
const NOTHING = new Uint8Array(0)

/** The head that every call begins with. */
interface Head {
  readonly counter: number
  readonly nonce: Uint8Array
  readonly time: number
  readonly reply: Uint8Array
}

/** A signed answer on its way out; the code decides the HTTP status. */
export interface Answered {
  readonly code: Code | 'ok'
  readonly bytes: Uint8Array
}

type Result = Uint8Array | Refusal
/** A call of members: its record, and the function that answers it. */
interface Handler {
  readonly schema: Field<Head>
  readonly run: (context: CallContext, call: Head) => Promise<Result>
}

function handler<T extends Head>(
  schema: Field<T>,
  run: (context: CallContext, call: T) => Promise<Result>,
): Handler {
  return { schema: schema as unknown as Field<Head>, run: run as Handler['run'] }
}

const HANDLERS: Readonly<Record<Exclude<Call, 'register'>, Handler>> = {
  renew: handler(RenewCall, renew),
  purchase: handler(PurchaseCall, purchase),
  announce: handler(AnnounceCall, announce),
  pages: handler(PagesCall, pages),
  claim: handler(ClaimCall, claim),
  account: handler(AccountCall, account),
  refund: handler(RefundCall, refund),
  cases: handler(CasesCall, cases),
  complain: handler(ComplainCall, complain),
  respond: handler(RespondCall, respond),
  mail: handler(MailCall, mail),
  redeem: handler(RedeemCall, redeem),
  payout: handler(PayoutCall, payout),
  payouts: handler(PayoutsCall, payouts),
  postings: handler(PostingsCall, postings),
}

/**
 * Answers one call.
 *
 * A refusal as a value means that the caller is not proved, so it is not signed. `host` is where
 * the call came from, without a port.
 */
export async function answerCall(
  tracker: Tracker,
  name: Call,
  body: Uint8Array,
  host: string,
): Promise<Answered | Refusal> {
  const opened = CALLS[name].sealed ? unseal(tracker, name, body) : body
  if (refused(opened)) return opened
  const parts = splitCall(opened, name === 'register' ? 32 : 16)
  if (refused(parts)) return parts
  const { lead, signed } = parts
  if (name === 'register') return answerRegister(tracker, { key: lead, host }, signed)
  const uid = toHex(lead) as Uid
  const member = await tracker.store.read((rows) => rows.members.byUid(uid))
  if (member === undefined) return refuse('unknown-member')
  const { schema, run } = HANDLERS[name]
  const publicKey = tracker.keys.of(member)
  const call = readCall(tracker, name, schema, signed, publicKey)
  if (refused(call)) return call
  // A repeat of an old call takes nothing of its member's allowance; its counter is refused below.
  const fresh = call.counter > member.counter
  if (fresh && !tracker.doors.mayCall({ member, host }, name)) return refuse('rate-limited')
  const work = (context: CallContext): Promise<Result> => run(context, call)
  const result = await tracker.store.write((rows) =>
    perform({ tracker, rows, member, host, signed }, { name, head: call }, work),
  )
  // Outside of the transaction: what the caller asks for next then knows that it can be reached.
  if (name === 'announce') await tracker.reach.settled(member.id)
  return signAnswer(tracker, name, call, result)
}

function unseal(tracker: Tracker, name: Call, sealed: Uint8Array): Result {
  return open({
    recipientPrivateKey: tracker.authority.sealPrivate,
    info: sealInfo(name, 'provider'),
    aad: NOTHING,
    sealed,
  })
}

function readCall<T>(
  tracker: Tracker,
  name: Call,
  schema: Field<T>,
  signed: Uint8Array,
  publicKey: ReturnType<typeof publicKeyFromRaw>,
): T | Refusal {
  const { fingerprint } = tracker.authority
  const payload = openString(name, signed, { fingerprint, publicKey }, API_BODY_MAX_BYTES)
  return refused(payload) ? payload : decode(schema, payload, API_BODY_MAX_BYTES)
}

async function answerRegister(
  tracker: Tracker,
  caller: { readonly key: Uint8Array; readonly host: string },
  signed: Uint8Array,
): Promise<Answered | Refusal> {
  const call = readCall(tracker, 'register', RegisterCall, signed, publicKeyFromRaw(caller.key))
  if (refused(call)) return call
  const result =
    staleTime(tracker, call) ??
    (await tracker.store.write((rows) => register(tracker, rows, caller, call)))
  return signAnswer(tracker, 'register', call, result)
}

function staleTime(tracker: Tracker, { time }: Head): Refusal | undefined {
  const off = Math.abs(tracker.now() - time)
  return off <= CLOCK_SKEW_MAX_MS ? undefined : refuse('stale-time')
}

/** Time and counter, then the call; one transaction, so that counter and effects go together. */
async function perform(
  caller: Omit<CallContext, 'nowMs'>,
  { name, head }: { readonly name: Call; readonly head: Head },
  work: (context: CallContext) => Promise<Result>,
): Promise<Result> {
  const { tracker, rows, member } = caller
  const stale = staleTime(tracker, head)
  if (stale !== undefined) return stale
  const call = sha256(caller.signed).subarray(0, CALL_BYTES)
  if (!(await rows.members.advance(member.id, head.counter, call))) {
    return refuse((await rows.members.isLast(member.id, call)) ? 'call-repeated' : 'stale-counter')
  }
  if ((await rows.revocations.of(member.id)) !== undefined) return refuse('certificate-revoked')
  const waitMs = tracker.guesses.wait(member.uid, name)
  if (waitMs > 0) {
    const seconds = Math.ceil(waitMs / 1000)
    return refuse('rate-limited', `too many of these calls failed; again in ${seconds} seconds`)
  }
  const result = await work({ ...caller, nowMs: tracker.now() })
  if (refused(result) && isGuess(name, result.code)) tracker.guesses.failed(member.uid, name)
  return result
}

function signAnswer(tracker: Tracker, name: Call, call: Head, result: Result): Answered | Refusal {
  const { authority } = tracker
  const { signer } = authority
  const outcome = refused(result)
    ? { code: result.code, ...detailOf(result) }
    : { code: 'ok' as const, body: result }
  const answer = encode(Answer, {
    call: name,
    nonce: call.nonce,
    time: tracker.now(),
    signer: signer.certificate,
    ...outcome,
  })
  const signed = signString('answer', answer, signer)
  if (!CALLS[name].sealed) return { code: outcome.code, bytes: signed }
  const bytes = seal({
    recipientPublicKey: call.reply,
    ephemeralPrivateKey: tracker.random(32),
    info: sealInfo(name, 'member'),
    aad: NOTHING,
    plaintext: signed,
  })
  return refused(bytes) ? bytes : { code: outcome.code, bytes }
}

/** The refusal's detail, cut where it would not fit. */
function detailOf({ detail }: Refusal): { detail?: string } {
  if (detail === '') return {}
  return {
    detail: Buffer.from(detail)
      .subarray(0, DETAIL_MAX_BYTES - 2)
      .toString('utf8'),
  }
}
