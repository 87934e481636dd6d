/**
 * Our own cases at a provider's desk: what they came to, and the answers that our books give by
 * themselves (D12).
 *
 * What was paid is answered with the receipt or the payment, what came whole and was not paid, as a
 * crash leaves it, is paid; what never came is denied. Nobody has to be awake for that: whoever is
 * silent pays. Only of a request that our books do not know, as those of an older copy, nothing is
 * said without a person.
 */
import type { CaseEntry } from '../../shared/cases.js'
import type { Signer } from '../../shared/crypto.js'
import { type Refusal, refused } from '../../shared/errors.js'
import type { Cid, PieceIndex, Rid, Uid } from '../../shared/identifier.js'
import { partyOf } from '../../shared/mediation/bundle.js'
import type { Scheme } from '../../shared/schemes/scheme.js'
import { openBody } from '../../shared/wire/messages.js'
import type { Addressee, MailRound } from './mailbox.js'
import { type OwnPurse, openPurse, provePayments } from './own-purse.js'
import type { CallFields } from './provider/calls.js'
import type { Provider } from './provider.js'
import type { Debt } from './wallet/evidence.js'
import type { Wallet } from './wallet/wallet.js'

/** What a desk works with. */
export interface CaseDeskOptions {
  readonly provider: Provider
  readonly wallet: Wallet
  readonly schemes: ReadonlyMap<string, Scheme>
  readonly signer: Signer
  /** Pays a seller what lies on our disk unpaid, as a crash leaves it. */
  readonly payFor: (seller: Addressee) => Promise<MailRound>
  /** Whether a content is traded now: what is asked for may be on its way. */
  readonly isTraded: (cid: Cid) => boolean
  /** Whether it denies by itself what never came; not while a person looks and may say more. */
  readonly denies: boolean
}

/** How a member answers a complaint. */
export type AnswerKind = 'receipt' | 'payment' | 'denial'

/** What is shown with an answer: our payments, and what the seller signed. */
export type Shown = Pick<CallFields<'respond'>, 'proof' | 'receipt' | 'release'>

/** What our books can show about a complaint, and whether that is all that it is about. */
export interface Defence {
  readonly kind: AnswerKind
  readonly shown: Shown
  /** Of a denial: whether our books know the request, and nothing of it is on its way. */
  readonly certain: boolean
}

/** A case, and what we answered by ourselves. */
export interface SeenCase {
  readonly entry: CaseEntry
  /** Whether it is new, or stands otherwise than when it was last looked at. */
  readonly news: boolean
  readonly answered?: AnswerKind
  /** Why there is no answer yet. */
  readonly problem?: Refusal
  /** Our books say nothing of it yet, or nothing at all: a person may have to. */
  readonly waits?: boolean
}

/** A complaint against us that waits for an answer. */
export interface Accusation {
  readonly number: number
  readonly rid: Rid
  readonly seller: Uid
  readonly pieces: readonly PieceIndex[]
  readonly counter: number
}

/** The complaint against us that an entry is about, while it can be answered. */
export function accusationIn(entry: CaseEntry): Accusation | undefined {
  const { counter, disputed, kind, number, other: seller, rid, role, state } = entry
  const open = kind === 'unpaid' && role === 'accused' && state === 'open'
  if (!open || seller === undefined || disputed === undefined || counter === undefined) {
    return undefined
  }
  return { number, rid, seller, pieces: disputed, counter }
}

/** The desk of one provider, as a member sees it. */
export class CaseDesk {
  readonly #options: CaseDeskOptions

  constructor(options: CaseDeskOptions) {
    this.#options = options
  }

  /** Asks how our cases stand, answers what our books answer, and ends debts that were settled. */
  async look(timeoutMs?: number): Promise<readonly SeenCase[] | Refusal> {
    const { provider, wallet } = this.#options
    const answer = await provider.call('cases', {}, timeoutMs)
    if (refused(answer)) return answer
    const { fingerprint } = provider.row
    const seen: SeenCase[] = []
    // Oldest first: the latest case about a grant says whether it can be spent.
    for (const entry of answer.body.cases.toReversed()) {
      if (entry.kind === 'refund') wallet.refunds.setState(fingerprint, entry.rid, entry.state)
      await this.#settle(entry)
      const said = await this.#answer(entry, timeoutMs)
      const { number, state } = said.entry
      seen.push({ ...said, news: wallet.cases.learn(fingerprint, number, state) })
    }
    return seen
  }

  /** A complaint of ours that came to its end with the pieces paid: nothing is owed any more. */
  async #settle({ counter, kind, other, rid, role, state }: CaseEntry): Promise<void> {
    const { provider, wallet } = this.#options
    const { fingerprint } = provider.row
    const over = kind === 'unpaid' && (state === 'settled' || state === 'paid')
    if (role !== 'plaintiff' || !over || other === undefined || counter === undefined) return
    const debts = wallet.evidence(fingerprint).debts()
    const owes = (debt: Debt) =>
      debt.rid === rid && debt.buyer === other && debt.counter === counter
    if (!debts.some(owes)) return
    const save = { kind: 'compensated', counter } as const
    await wallet.commit(fingerprint, [{ do: 'save', role: 'seller', rid, peer: other, save }])
    wallet.debtors(fingerprint).follow(other, rid, save)
  }

  async #answer(entry: CaseEntry, timeoutMs: number | undefined): Promise<Omit<SeenCase, 'news'>> {
    const accusation = accusationIn(entry)
    if (accusation === undefined) return { entry }
    const { cid } = entry
    const { number, rid, seller } = accusation
    if (this.defend(accusation, cid).kind === 'denial') {
      const { problem } = await this.#options.payFor({ cid, rid, seller })
      if (problem !== undefined) return { entry, problem }
    }
    const defence = this.defend(accusation, cid)
    const { certain, kind } = defence
    const says = kind !== 'denial' || (certain && this.#options.denies)
    if (!says) return { entry, waits: true }
    const said = await this.respond(number, defence, '', timeoutMs)
    return refused(said) ? { entry, problem: said } : { entry: said, answered: kind }
  }

  /** Sends an answer; refuses as the tracker does. */
  async respond(
    number: number,
    { kind, shown }: Defence,
    reason: string,
    timeoutMs?: number,
  ): Promise<CaseEntry | Refusal> {
    const { provider } = this.#options
    const answer = await provider.call('respond', { number, kind, reason, ...shown }, timeoutMs)
    return refused(answer) ? answer : answer.body
  }

  /**
   * What our books show about a complaint: a receipt when the seller signed for every piece, a
   * payment when we did, else a denial with whatever there is. What came whole is paid, or
   * `payFor` pays it before.
   */
  defend({ counter, pieces, rid, seller }: Accusation, cid: Cid): Defence {
    const { provider, wallet } = this.#options
    const { fingerprint } = provider.row
    const evidence = wallet.evidence(fingerprint)
    const { paid } = wallet.history(fingerprint).buyer(rid, seller)
    const receipt = evidence.receipt(rid, seller)
    const asked = evidence.asked(rid, seller, counter)
    const release = asked?.release ?? undefined
    const under = asked?.state === 'open' && this.#options.isTraded(cid)
    const certain = asked !== undefined && !under
    const released = new Set(release && this.#released(release, seller))
    const left = pieces.filter((piece) => !released.has(piece))
    const freed = released.size > 0 && release !== undefined ? { release } : {}
    if (left.length === 0) return { kind: 'receipt', shown: freed, certain }
    const own = this.#purse(rid, cid)
    // A receipt beyond our books is of payments that they have lost: nothing of it can be shown.
    const receipted = (receipt?.k ?? 0) > paid.length ? [] : paid.slice(0, receipt?.k ?? 0)
    const signed = own && receipt && prove(own, seller, receipted)
    if (receipt !== undefined && signed !== undefined && covers(receipted, left)) {
      const shown = { ...freed, proof: signed, receipt: receipt.receipt }
      return { kind: 'receipt', shown, certain }
    }
    const proof = own && prove(own, seller, paid)
    if (proof === undefined) return { kind: 'denial', shown: freed, certain }
    const kind = covers(paid, left) ? 'payment' : 'denial'
    return { kind, shown: { ...freed, proof }, certain }
  }

  #purse(rid: Rid, cid: Cid): OwnPurse | undefined {
    const { provider, schemes, signer, wallet } = this.#options
    const row = wallet.grants.of(provider.row.fingerprint, cid).find((grant) => grant.rid === rid)
    const own = row && openPurse(row, provider, schemes, signer)
    return refused(own) ? undefined : own
  }

  /** Pieces that a release names; none when it is not the seller's. */
  #released(release: Uint8Array, seller: Uid): readonly PieceIndex[] {
    const { provider, wallet } = this.#options
    const { fingerprint, root } = provider.row
    const shown = wallet.evidence(fingerprint).peer(seller)
    const party = shown && partyOf(shown.leaf, [shown.issuing], root)
    if (party === undefined || refused(party)) return []
    const body = openBody('release', release, { fingerprint, publicKey: party.key })
    return refused(body) ? [] : body.pieces
  }
}

function covers(paid: readonly PieceIndex[], pieces: readonly PieceIndex[]): boolean {
  const known = new Set(paid)
  return pieces.every((piece) => known.has(piece))
}

function prove(own: OwnPurse, seller: Uid, paid: readonly PieceIndex[]): Uint8Array | undefined {
  const proof = paid.length === 0 ? undefined : provePayments(own, seller, paid)
  return refused(proof) ? undefined : proof
}
