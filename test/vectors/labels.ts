/**
 * Records by name, and what each label signs (docs/PROTOCOL.md §2.2).
 */
import * as api from '../../shared/api.js'
import { BUNDLE_MAX_BYTES, CASE_FILE_MAX_BYTES } from '../../shared/case-limits.js'
import {
  CaseAnswer,
  CasesAnswer,
  CasesCall,
  ComplainCall,
  RefundCall,
  RespondCall,
} from '../../shared/cases.js'
import { ClaimAnswer, ClaimCall } from '../../shared/claims.js'
import type { Label } from '../../shared/crypto.js'
import {
  API_ANSWER_MAX_BYTES,
  API_BODY_MAX_BYTES,
  MESSAGE_MAX_BYTES,
  REVOCATIONS_MAX_BYTES,
} from '../../shared/limits.js'
import { Letter, MailAnswer, MailCall } from '../../shared/mail.js'
import { Bundle, Complaint } from '../../shared/mediation/bundle.js'
import { CaseFacts, CaseFile } from '../../shared/mediation/case-file.js'
import { DoubleSpending, FalseComplaints } from '../../shared/mediation/proofs.js'
import { Verdict } from '../../shared/mediation/verdict.js'
import { PayoutAnswer, PayoutCall, PayoutsAnswer, PayoutsCall } from '../../shared/payouts.js'
import {
  Claim,
  Facts,
  Grant,
  HashList,
  LIST_MAX_BYTES,
  Opening,
  PAYMENT_MAX_BYTES,
  Payment,
} from '../../shared/schemes/floodgate/records.js'
import { PostingLine, PostingsAnswer, PostingsCall } from '../../shared/statement.js'
import { Terms } from '../../shared/terms.js'
import { RedeemAnswer, RedeemCall } from '../../shared/vouchers.js'
import {
  ExtendedHandshake,
  HandshakeEntry,
  Hello,
  Receipt,
  RefusalNote,
  Request,
  Statement,
  Withdrawal,
} from '../../shared/wire/messages.js'
import type { Field } from '../../shared/wire/record.js'

const { RegisterCall, RenewCall, PurchaseCall, AnnounceCall, AccountCall } = api
const { PagesCall, PagesAnswer } = api
const { RegisterAnswer, RenewAnswer, PurchaseAnswer, AnnounceAnswer } = api
const { AccountAnswer, Answer, Catalogue, PeerList, Revocations, Time, TimeAnswer } = api

/** Every record of the document that has a name in code. */
export const RECORDS: Readonly<Record<string, Field<unknown>>> = Object.fromEntries(
  Object.entries({
    ...{ RegisterCall, RenewCall, PurchaseCall, AnnounceCall, ClaimCall, AccountCall },
    ...{ RegisterAnswer, RenewAnswer, PurchaseAnswer, AnnounceAnswer, ClaimAnswer, AccountAnswer },
    ...{ PagesCall, PagesAnswer },
    ...{ Answer, Catalogue, PeerList, Time, TimeAnswer, Terms, Opening, HashList, Facts, Grant },
    ...{ Payment, Claim, ExtendedHandshake, HandshakeEntry, Hello, Request, Statement, Receipt },
    ...{ Withdrawal, RefusalNote, Revocations },
    ...{ RefundCall, CaseAnswer, CasesCall, CasesAnswer, ComplainCall, RespondCall },
    ...{ MailCall, MailAnswer, Letter, Bundle, Complaint, CaseFile, CaseFacts, Verdict },
    ...{ DoubleSpending, FalseComplaints },
    ...{ RedeemCall, RedeemAnswer, PayoutCall, PayoutAnswer, PayoutsCall, PayoutsAnswer },
    ...{ PostingsCall, PostingsAnswer, PostingLine },
  }).map(([name, field]) => [name, field as unknown as Field<unknown>]),
)

const member = API_BODY_MAX_BYTES
const peer = MESSAGE_MAX_BYTES
/** Payload and limit of a signed string by its label. */
export const SIGNED: Readonly<Record<Label, readonly [string, number]>> = {
  time: ['Time', 20_000],
  answer: ['Answer', API_ANSWER_MAX_BYTES],
  terms: ['Terms', 8192],
  catalogue: ['Catalogue', API_ANSWER_MAX_BYTES],
  peers: ['PeerList', 65_536],
  grant: ['Grant', LIST_MAX_BYTES],
  revocations: ['Revocations', REVOCATIONS_MAX_BYTES],
  'hash-list': ['HashList', LIST_MAX_BYTES],
  register: ['RegisterCall', member],
  renew: ['RenewCall', member],
  purchase: ['PurchaseCall', member],
  announce: ['AnnounceCall', member],
  pages: ['PagesCall', member],
  claim: ['ClaimCall', member],
  account: ['AccountCall', member],
  refund: ['RefundCall', member],
  cases: ['CasesCall', member],
  complain: ['ComplainCall', member],
  respond: ['RespondCall', member],
  mail: ['MailCall', member],
  redeem: ['RedeemCall', member],
  payout: ['PayoutCall', member],
  payouts: ['PayoutsCall', member],
  postings: ['PostingsCall', member],
  complaint: ['Complaint', BUNDLE_MAX_BYTES],
  case: ['CaseFacts', CASE_FILE_MAX_BYTES],
  hello: ['Hello', peer],
  request: ['Request', peer],
  statement: ['Statement', peer],
  payment: ['Payment', PAYMENT_MAX_BYTES],
  receipt: ['Receipt', peer],
  withdrawal: ['Withdrawal', peer],
  release: ['Withdrawal', peer],
  refusal: ['RefusalNote', peer],
}

/** The record that a label signs. */
export function recordOf(label: Label): Field<unknown> {
  const field = RECORDS[SIGNED[label][0]]
  if (field === undefined) throw new Error(`no record for ${label}`)
  return field
}
