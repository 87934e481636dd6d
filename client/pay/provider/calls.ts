/**
 * One signed call on its way out and its answer on the way back (design D17); no sockets here.
 *
 * The answer must be signed by the provider and repeat call and nonce, refusals included; what does
 * not is no answer, whatever it says.
 */
import type { KeyObject } from 'node:crypto'
import {
  AccountAnswer,
  AccountCall,
  AnnounceAnswer,
  AnnounceCall,
  Answer,
  CALLS,
  type Call,
  callBody,
  PagesAnswer,
  PagesCall,
  PurchaseAnswer,
  PurchaseCall,
  RegisterAnswer,
  RegisterCall,
  RenewAnswer,
  RenewCall,
  sealInfo,
} from '../../../shared/api.js'
import { equal } from '../../../shared/bytes.js'
import {
  CaseAnswer,
  CasesAnswer,
  CasesCall,
  ComplainCall,
  RefundCall,
  RespondCall,
} from '../../../shared/cases.js'
import { ClaimAnswer, ClaimCall } from '../../../shared/claims.js'
import { signString } from '../../../shared/crypto.js'
import { isCode, type Refusal, refuse, refused } from '../../../shared/errors.js'
import { open, seal, x25519PublicKey } from '../../../shared/hpke.js'
import type { Uid } from '../../../shared/identifier.js'
import { type Keyring, openProviderString } from '../../../shared/keyring.js'
import { API_ANSWER_MAX_BYTES } from '../../../shared/limits.js'
import { MailAnswer, MailCall } from '../../../shared/mail.js'
import { PayoutAnswer, PayoutCall, PayoutsAnswer, PayoutsCall } from '../../../shared/payouts.js'
import { PostingsAnswer, PostingsCall } from '../../../shared/statement.js'
import { RedeemAnswer, RedeemCall } from '../../../shared/vouchers.js'
import { decode, encode, type Field, type TypeOf } from '../../../shared/wire/record.js'

const SCHEMAS = {
  register: { call: RegisterCall, answer: RegisterAnswer },
  renew: { call: RenewCall, answer: RenewAnswer },
  purchase: { call: PurchaseCall, answer: PurchaseAnswer },
  announce: { call: AnnounceCall, answer: AnnounceAnswer },
  pages: { call: PagesCall, answer: PagesAnswer },
  claim: { call: ClaimCall, answer: ClaimAnswer },
  account: { call: AccountCall, answer: AccountAnswer },
  refund: { call: RefundCall, answer: CaseAnswer },
  cases: { call: CasesCall, answer: CasesAnswer },
  complain: { call: ComplainCall, answer: CaseAnswer },
  respond: { call: RespondCall, answer: CaseAnswer },
  mail: { call: MailCall, answer: MailAnswer },
  redeem: { call: RedeemCall, answer: RedeemAnswer },
  payout: { call: PayoutCall, answer: PayoutAnswer },
  payouts: { call: PayoutsCall, answer: PayoutsAnswer },
  postings: { call: PostingsCall, answer: PostingsAnswer },
} as const satisfies Record<Call, unknown>

type Head = 'counter' | 'nonce' | 'time' | 'reply'
/** What the caller says; the head is added here. */
export type CallFields<N extends Call> = Omit<TypeOf<(typeof SCHEMAS)[N]['call']>, Head>
/** What the tracker answers when it agrees. */
export type AnswerOf<N extends Call> = TypeOf<(typeof SCHEMAS)[N]['answer']>

const NOTHING = new Uint8Array(0)
const NONCE_BYTES = 16
const KEY_BYTES = 32

/** Who calls whom, and when. */
export interface CallContext {
  readonly keyring: Keyring
  readonly privateKey: KeyObject
  /** Our uid, or to register our public key. */
  readonly caller: Uid | Uint8Array
  /** The provider's X25519 key for sealed calls. */
  readonly sealKey: Uint8Array
  readonly counter: number
  /** Milliseconds of the tracker's time. */
  readonly time: number
  readonly random: (bytes: number) => Uint8Array
}

/** A call that is ready to leave, and what its answer is checked against. */
export interface PreparedCall<N extends Call> {
  readonly name: N
  readonly body: Uint8Array
  readonly nonce: Uint8Array
  /** Private half of the call's reply key. */
  readonly reply: Uint8Array
}

/** An answer that checked out. */
export interface Answered<N extends Call> {
  readonly body: AnswerOf<N>
  /** The signed string, to be kept as evidence. */
  readonly signed: Uint8Array
  /** Opens what the answer holds sealed to the reply key. */
  readonly open: (info: Uint8Array, sealed: Uint8Array) => Uint8Array | Refusal
}

/** Signs a call and seals it where its kind says so; refuses a weak-key of the provider. */
export function prepareCall<N extends Call>(
  name: N,
  fields: CallFields<N>,
  context: CallContext,
): PreparedCall<N> | Refusal {
  const { caller, counter, keyring, privateKey, random, sealKey, time } = context
  const [nonce, reply] = [random(NONCE_BYTES), random(KEY_BYTES)]
  const head = { counter, nonce, time, reply: x25519PublicKey(reply) }
  const schema = SCHEMAS[name].call as unknown as Field<unknown>
  const payload = encode(schema, { ...fields, ...head })
  const signer = { fingerprint: keyring.fingerprint, privateKey }
  const plain = callBody(caller, signString(name, payload, signer))
  const body = CALLS[name].sealed ? sealed(name, plain, sealKey, random) : plain
  return refused(body) ? body : { name, body, nonce, reply }
}

function sealed(
  name: Call,
  plaintext: Uint8Array,
  recipientPublicKey: Uint8Array,
  random: CallContext['random'],
): Uint8Array | Refusal {
  const [info, ephemeralPrivateKey] = [sealInfo(name, 'provider'), random(KEY_BYTES)]
  return seal({ recipientPublicKey, ephemeralPrivateKey, info, aad: NOTHING, plaintext })
}

/**
 * Checks the bytes of an answer.
 *
 * Refusals: seal-broken, those of the provider's signature, bad-answer (another call or nonce),
 * malformed; then whatever code the tracker itself signed.
 */
export function openAnswer<N extends Call>(
  { name, nonce, reply }: PreparedCall<N>,
  bytes: Uint8Array,
  keyring: Keyring,
): Answered<N> | Refusal {
  const unseal = (info: Uint8Array, sealed: Uint8Array): Uint8Array | Refusal =>
    open({ recipientPrivateKey: reply, info, aad: NOTHING, sealed })
  const signed = CALLS[name].sealed ? unseal(sealInfo(name, 'member'), bytes) : bytes
  if (refused(signed)) return signed
  const payload = openProviderString('answer', signed, keyring, API_ANSWER_MAX_BYTES)
  if (refused(payload)) return payload
  const answer = decode(Answer, payload, API_ANSWER_MAX_BYTES)
  if (refused(answer)) return answer
  if (answer.call !== name || !equal(answer.nonce, nonce)) return refuse('bad-answer')
  const { code, detail = '', body } = answer
  if (code !== 'ok') {
    return isCode(code) ? refuse(code, detail) : refuse('bad-answer', `unknown code ${code}`)
  }
  const schema = SCHEMAS[name].answer as unknown as Field<AnswerOf<N>>
  const decoded = decode(schema, body ?? NOTHING, API_ANSWER_MAX_BYTES)
  return refused(decoded) ? decoded : { body: decoded, signed, open: unseal }
}
