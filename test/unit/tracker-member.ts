/**
 * A member for tests of the tracker: its key, the signed API over HTTP, and what a buyer and a
 * seller do with a grant. Every call can be bent in one place, to see that just that is refused.
 */
import { randomBytes } from 'node:crypto'
import {
  AccountCall,
  AnnounceAnswer,
  AnnounceCall,
  Answer,
  CALLS,
  type Call,
  callBody,
  PagesCall,
  PeerList,
  PurchaseAnswer,
  PurchaseCall,
  RegisterCall,
  RenewCall,
  sealInfo,
} from '../../shared/api.js'
import { toHex } from '../../shared/bytes.js'
import { CaseAnswer, CasesCall, ComplainCall, RefundCall, RespondCall } from '../../shared/cases.js'
import { ClaimAnswer, ClaimCall } from '../../shared/claims.js'
import { signString } from '../../shared/crypto.js'
import { must } from '../../shared/errors.js'
import { open, seal, x25519PublicKey } from '../../shared/hpke.js'
import type { Cid, PieceIndex, Rid, Uid } from '../../shared/identifier.js'
import { openProviderString } from '../../shared/keyring.js'
import { ed25519PublicKey, privateKeyFromSeed } from '../../shared/keys.js'
import { API_ANSWER_MAX_BYTES, MESSAGE_MAX_BYTES } from '../../shared/limits.js'
import { MailCall } from '../../shared/mail.js'
import { PayoutCall, PayoutsCall } from '../../shared/payouts.js'
import { floodgate } from '../../shared/schemes/floodgate/floodgate.js'
import type { PaidPiece, Progress, Purse, Scheme } from '../../shared/schemes/scheme.js'
import { PostingsCall } from '../../shared/statement.js'
import { RedeemCall } from '../../shared/vouchers.js'
import { decode, encode, type Field, type TypeOf } from '../../shared/wire/record.js'
import { withPieces } from '../../tracker/bitmap.js'
import type { Tracker } from '../../tracker/tracker.js'

const NOTHING = new Uint8Array(0)
const random = (bytes: number): Uint8Array => new Uint8Array(randomBytes(bytes))

/** A tracker that answers at a URL, as far as its members know it. */
export interface Served {
  readonly tracker: {
    readonly authority: Pick<Tracker['authority'], 'fingerprint' | 'keyring' | 'sealPublic'>
    readonly now: () => number
  }
  readonly url: string
}

/** What came back: HTTP status, the code, and the body of the answer or of the plain refusal. */
export interface Reply {
  readonly status: number
  readonly code: string
  readonly detail: string
  /** Whether the tracker signed it, over our nonce. */
  readonly signed: boolean
  readonly body: Uint8Array
}

/** A content as its buyers know it. */
export interface Sold {
  readonly cid: Cid
  readonly pieces: number
  readonly terms: Uint8Array
  readonly path: string
}

/** A grant in a buyer's hands, with where its payments to each seller stand. */
export interface Bought {
  readonly rid: Rid
  readonly purse: Purse
  readonly answer: TypeOf<typeof PurchaseAnswer>
  readonly list: PeerList
}

export function decodeBody<T>(schema: Field<T>, body: Uint8Array): T {
  return must(decode(schema, body, API_ANSWER_MAX_BYTES))
}

/** How a call departs from an honest one. */
export interface Bent {
  readonly counter?: number
  readonly timeMs?: number
  readonly lead?: Uint8Array
  readonly payload?: Uint8Array
  readonly seed?: Uint8Array
}

/** One member with its key, speaking HTTP. */
export class Member {
  readonly seed = random(32)
  uid = '' as Uid
  counter = 0
  /** How this member pays. */
  scheme: Scheme = floodgate
  readonly replySeed = random(32)
  /** Where its calls come from, at a tracker behind a proxy. */
  host: string | undefined
  readonly world: Served
  readonly name: string
  constructor(world: Served, name: string) {
    this.world = world
    this.name = name
  }

  get signer() {
    const { fingerprint } = this.world.tracker.authority
    return { fingerprint, privateKey: privateKeyFromSeed(this.seed) }
  }

  head(bent: Bent = {}) {
    return {
      counter: bent.counter ?? ++this.counter,
      nonce: random(16),
      time: bent.timeMs ?? this.world.tracker.now(),
      reply: x25519PublicKey(this.replySeed),
    }
  }

  /** The call by which this member registers. */
  registration(key = ed25519PublicKey(this.seed)) {
    return { ...this.head({ counter: 0 }), name: this.name, key }
  }

  register(key?: Uint8Array): Promise<Reply> {
    const call = this.registration(key)
    return this.send('register', call, { lead: call.key })
  }

  /** Signs and sends a call; the record is the call's own, head included. */
  async send(
    name: Call,
    call: { readonly nonce: Uint8Array; readonly [field: string]: unknown },
    bent: Bent = {},
  ): Promise<Reply> {
    const body = this.sign(name, call, bent)
    return this.post(name, body, call.nonce)
  }

  sign(
    name: Call,
    call: { readonly nonce: Uint8Array; readonly [field: string]: unknown },
    bent: Bent = {},
  ): Uint8Array {
    const payload = bent.payload ?? encode(SCHEMAS[name] as Field<unknown>, call)
    const privateKey = privateKeyFromSeed(bent.seed ?? this.seed)
    const signed = signString(name, payload, { ...this.signer, privateKey })
    const body = callBody(bent.lead ?? this.uid, signed)
    if (!CALLS[name].sealed) return body
    return must(
      seal({
        recipientPublicKey: this.world.tracker.authority.sealPublic,
        ephemeralPrivateKey: random(32),
        info: sealInfo(name, 'provider'),
        aad: NOTHING,
        plaintext: body,
      }),
    )
  }

  async post(name: Call, body: Uint8Array, nonce: Uint8Array): Promise<Reply> {
    const url = `${this.world.url}${CALLS[name].path}`
    // A connection that is kept may end on both sides at once, after a verb that held this process.
    const headers: Record<string, string> = {
      connection: 'close',
      ...(this.host === undefined ? {} : { 'x-forwarded-for': this.host }),
    }
    const response = await fetch(url, { method: 'POST', body: Buffer.from(body), headers })
    const bytes = new Uint8Array(await response.arrayBuffer())
    const { status } = response
    if (response.headers.get('content-type')?.startsWith('application/json')) {
      const { code, message } = JSON.parse(Buffer.from(bytes).toString())
      return { status, code, detail: message, signed: false, body: NOTHING }
    }
    const answer = this.#read(name, bytes)
    const signed = toHex(answer.nonce) === toHex(nonce) && answer.call === name
    const { code, detail = '', body: inner = NOTHING } = answer
    return { status, code, detail, signed, body: inner }
  }

  #read(name: Call, bytes: Uint8Array): Answer {
    const { keyring } = this.world.tracker.authority
    const opened = CALLS[name].sealed
      ? must(
          open({
            recipientPrivateKey: this.replySeed,
            info: sealInfo(name, 'member'),
            aad: NOTHING,
            sealed: bytes,
          }),
        )
      : bytes
    const payload = must(openProviderString('answer', opened, keyring, API_ANSWER_MAX_BYTES))
    return must(decode(Answer, payload, API_ANSWER_MAX_BYTES))
  }

  purchaseCall({ cid, terms }: Sold, id = random(16), bent: Bent = {}) {
    return { ...this.head(bent), id, cid, terms, order: NOTHING }
  }

  async buy(sold: Sold, id = random(16)): Promise<Bought> {
    const reply = await this.send('purchase', this.purchaseCall(sold, id))
    if (reply.code !== 'ok') throw new Error(`${reply.code} ${reply.detail}`)
    return this.accept(sold, reply)
  }

  /** Buys pieces alone. */
  supplement(sold: Sold, only: readonly number[], more: { used?: Rid[]; id?: Uint8Array } = {}) {
    const { id = random(16), ...used } = more
    const call = { ...this.purchaseCall(sold, id), only: only as PieceIndex[], ...used }
    return this.send('purchase', call)
  }

  accept({ cid }: Sold, reply: Reply): Bought {
    const { keyring } = this.world.tracker.authority
    const answer = decodeBody(PurchaseAnswer, reply.body)
    const info = sealInfo('grant', 'member')
    const { sealed } = answer
    const secret = must(open({ recipientPrivateKey: this.replySeed, info, aad: NOTHING, sealed }))
    const issued = { open: answer.open, secret }
    const purse = must(this.scheme.payer.accept(issued, { keyring, buyer: this.uid, cid }))
    return { rid: answer.rid, purse, answer, list: this.readList(answer.peers) }
  }

  readList(signed: Uint8Array): PeerList {
    const { keyring } = this.world.tracker.authority
    const payload = must(openProviderString('peers', signed, keyring, MESSAGE_MAX_BYTES))
    return must(decode(PeerList, payload, MESSAGE_MAX_BYTES))
  }

  async announce(cid: Cid, port: number, rest: { rid?: Rid; left?: number; event?: string } = {}) {
    const { left = 0, event = '', ...grant } = rest
    const call = { ...this.head(), cid, port, left, event, ...grant }
    const reply = await this.send('announce', call)
    if (reply.code !== 'ok') throw new Error(`${reply.code} ${reply.detail}`)
    const { interval, peers } = decodeBody(AnnounceAnswer, reply.body)
    return { interval, signed: peers, list: peers && this.readList(peers) }
  }

  /** Pays pieces to a seller, after those that `from` says were paid, as a buyer does. */
  pay({ purse }: Bought, seller: Uid, pieces: readonly number[], from?: Progress) {
    let at = from
    const paid: PaidPiece[] = []
    for (const piece of pieces as PieceIndex[]) {
      const step = { step: 'token', piece } as const
      const { bytes: token, progress } = must(
        this.scheme.payer.pay(purse, seller, at, step, this.signer),
      )
      paid.push({ piece, token })
      at = progress
    }
    const payment = must(this.scheme.payer.pay(purse, seller, at, { step: 'payment' }, this.signer))
    return { paid, payment: payment.bytes, progress: at as Progress }
  }

  /** Asks for a refund under a grant of 17 to 24 pieces; the case when there is one. */
  async refund(rid: Rid, pieces: readonly number[], rest: { reason?: string; again?: 0 | 1 } = {}) {
    const named = withPieces(new Uint8Array(3), pieces as PieceIndex[])
    const call = { ...this.head(), rid, pieces: named, reason: 'no seller', again: 0, ...rest }
    const reply = await this.send('refund', call)
    return { reply, entry: reply.code === 'ok' ? decodeBody(CaseAnswer, reply.body) : undefined }
  }

  async claim(grants: readonly { rid: Rid; claim: Uint8Array }[], id = random(16)) {
    const reply = await this.send('claim', { ...this.head(), id, grants })
    if (reply.code !== 'ok') return { reply, grants: [] }
    return { reply, grants: decodeBody(ClaimAnswer, reply.body).grants }
  }
}

/** The claim of a seller for what it was paid; `after` is what the tracker has settled. */
export function claimOf(
  rid: Rid,
  seller: Uid,
  { paid, payment }: { paid: readonly PaidPiece[]; payment: Uint8Array },
  after = 0,
  scheme: Scheme = floodgate,
): { rid: Rid; claim: Uint8Array } {
  const k = paid.length
  const paidBeyond = (from: number) => paid.slice(from)
  const signed = { k, bytes: payment }
  const claim = scheme.payee.claim({ rid, seller, paidBeyond, payment: signed, after })
  if (claim === undefined) throw new Error('nothing to claim')
  return { rid, claim }
}

const SCHEMAS: Readonly<Record<Call, unknown>> = {
  ...{ register: RegisterCall, renew: RenewCall, purchase: PurchaseCall, announce: AnnounceCall },
  ...{ pages: PagesCall, claim: ClaimCall, account: AccountCall, refund: RefundCall },
  ...{ cases: CasesCall, complain: ComplainCall, respond: RespondCall, mail: MailCall },
  ...{ redeem: RedeemCall, payout: PayoutCall, payouts: PayoutsCall, postings: PostingsCall },
}
