/**
 * The provider's mailbox: payments for sellers that are gone are left there, and those that buyers
 * left for us are credited as if they had come over a connection (D12).
 *
 * A letter leaves when all that it pays is saved as paid, and is given back as taken when all that
 * it brought is saved; both can be repeated without harm.
 */
import { toHex } from '../../shared/bytes.js'
import { LETTER_MAX_BYTES } from '../../shared/case-limits.js'
import { type Signer, sha256 } from '../../shared/crypto.js'
import { type Code, type Refusal, refuse, refused } from '../../shared/errors.js'
import {
  type Credited,
  creditLetter,
  type PaymentLetter,
  writeLetter,
} from '../../shared/exchange/letter.js'
import type { Page } from '../../shared/exchange/pages.js'
import type { Cid, PieceIndex, Rid, Uid } from '../../shared/identifier.js'
import { Letter } from '../../shared/mail.js'
import { partyOf } from '../../shared/mediation/bundle.js'
import type { Scheme } from '../../shared/schemes/scheme.js'
import { decode, encode } from '../../shared/wire/record.js'
import { openPurse } from './own-purse.js'
import type { AnswerOf } from './provider/calls.js'
import { type Provider, uidOf } from './provider.js'
import type { Wallet } from './wallet/wallet.js'
import type { Apart } from './world.js'

/** What a mailbox works with. */
export interface MailboxOptions {
  readonly provider: Provider
  readonly wallet: Wallet
  readonly schemes: ReadonlyMap<string, Scheme>
  readonly signer: Signer
  /** The books of a content with members that are not connected. */
  readonly apart: (cid: Cid) => Apart
}

/** Someone to be paid by letter. */
export interface Addressee {
  readonly cid: Cid
  readonly rid: Rid
  readonly seller: Uid
}

/** A letter that left, or one that came; `code` says why it brought nothing. */
export interface Posted {
  readonly towards: 'seller' | 'us'
  readonly cid: Cid
  readonly uid: Uid
  readonly pieces: number
  readonly code: Code | 'ok'
}

/** What came of going to the mailbox; `problem` says why it ended early. */
export interface MailRound {
  readonly letters: readonly Posted[]
  readonly problem: Refusal | undefined
}

type Incoming = AnswerOf<'mail'>['letters'][number]

/** Refusals after which a letter is of no use to anybody: it is not left, or not kept. */
const HOPELESS: ReadonlySet<Code> = new Set([
  'unknown-grant',
  'unknown-member',
  'grant-closed',
  'malformed',
])

/** The mailbox of one provider. */
export class Mailbox {
  readonly #options: MailboxOptions
  #turn: Promise<unknown> = Promise.resolve()

  constructor(options: MailboxOptions) {
    this.#options = options
  }

  /** Fetches what waits for us and credits it; what cannot be taken up now stays there. */
  fetch(timeoutMs?: number): Promise<MailRound> {
    return this.#inTurn(() => this.#fetchNow(timeoutMs))
  }

  /** Leaves what these sellers lack, unless it was left before. */
  leave(sellers: readonly Addressee[], timeoutMs?: number): Promise<MailRound> {
    return this.#inTurn(() => this.#leaveNow(sellers, timeoutMs))
  }

  #inTurn<T>(job: () => Promise<T>): Promise<T> {
    const made = this.#turn.then(job)
    this.#turn = made.catch(() => undefined)
    return made
  }

  async #fetchNow(timeoutMs: number | undefined): Promise<MailRound> {
    const { provider } = this.#options
    const letters: Posted[] = []
    let [taken, after]: [readonly number[], number] = [[], 0]
    for (;;) {
      const answer = await provider.call('mail', { letters: [], taken, after }, timeoutMs)
      if (refused(answer)) return { letters, problem: answer }
      const last = answer.body.letters.at(-1)?.number ?? 0
      if (last <= after) return { letters, problem: undefined }
      const done: number[] = []
      for (const incoming of answer.body.letters) {
        const posted = await this.#take(incoming)
        if (posted === undefined) continue
        done.push(incoming.number)
        letters.push(posted)
      }
      // Those that have to wait hold up none behind them.
      taken = done
      after = last
    }
  }

  /** Takes a letter up; undefined when it has to wait: its buyer is connected, or pages are. */
  async #take({ cid, from, letter: bytes }: Incoming): Promise<Posted | undefined> {
    const letter = decode(Letter, bytes, LETTER_MAX_BYTES)
    const credited = refused(letter) ? letter : await this.#credit(letter, from, cid)
    if (credited === undefined) return undefined
    const [pieces, code] = refused(credited)
      ? ([0, credited.code] as const)
      : ([credited.pieces.length, 'ok'] as const)
    return { towards: 'us', cid, uid: from, pieces, code }
  }

  async #credit(
    letter: PaymentLetter,
    buyer: Uid,
    cid: Cid,
  ): Promise<Credited | Refusal | undefined> {
    const first = await this.#tryCredit(letter, buyer, cid, [])
    if (!refused(first) || first.code !== 'page-missing') return first
    const pages = await this.#pagesFor(letter, buyer)
    if (refused(pages)) return HOPELESS.has(pages.code) ? pages : undefined
    const second = await this.#tryCredit(letter, buyer, cid, pages)
    return refused(second) && second.code === 'page-missing' ? undefined : second
  }

  /** Saves what the letter brings by the books as they stand; undefined while its buyer is here. */
  async #tryCredit(
    letter: PaymentLetter,
    buyer: Uid,
    cid: Cid,
    pages: readonly Page[],
  ): Promise<Credited | Refusal | undefined> {
    let credited: Credited | Refusal | undefined
    const changed = await this.#options.apart(cid).change(letter.rid, buyer, 'seller', () => {
      credited = this.#judge(letter, buyer, pages)
      return refused(credited) ? [] : credited.saves
    })
    return changed ? credited : undefined
  }

  #judge(letter: PaymentLetter, buyer: Uid, pages: readonly Page[]): Credited | Refusal {
    const { provider, schemes, wallet } = this.#options
    const { keyring, row } = provider
    const met = wallet.evidence(row.fingerprint).met(letter.rid, buyer)
    const certificates = wallet.evidence(row.fingerprint).peer(buyer)
    const payee = schemes.get(met?.scheme ?? '')?.payee
    if (met === undefined || certificates === undefined) return refuse('unknown-grant')
    if (payee === undefined) return refuse('unknown-scheme')
    const { issuing, leaf } = certificates
    const party = partyOf(leaf, [issuing], row.root)
    if (refused(party)) return party
    const { rid } = letter
    const now = provider.trackerNow()
    const history = wallet.history(row.fingerprint).seller(rid, buyer)
    const debtors = wallet.debtors(row.fingerprint)
    const credited = creditLetter(letter, {
      ...{ payee, keyring, seller: uidOf(row), buyer, buyerKey: party.key },
      ...{ cid: met.cid, opening: met.opening, history, debtor: debtors.of(buyer, rid, now) },
      pages: [...(history.pages ?? []), ...pages],
    })
    if (!refused(credited)) for (const save of credited.saves) debtors.follow(buyer, rid, save)
    return credited
  }

  /** Pages for the pieces of a letter, shown the requests by which the buyer asked for them. */
  async #pagesFor({ payments, rid }: PaymentLetter, buyer: Uid): Promise<Page[] | Refusal> {
    const { provider, wallet } = this.#options
    const evidence = wallet.evidence(provider.row.fingerprint)
    const asked = new Map<string, { request: Uint8Array; pieces: PieceIndex[] }>()
    for (const { piece } of payments) {
      const request = evidence.requestFor(rid, buyer, piece)
      if (request === undefined) continue
      const key = toHex(sha256(request))
      const pieces = [...(asked.get(key)?.pieces ?? []), piece]
      asked.set(key, { request, pieces })
    }
    const pages: Page[] = []
    for (const { pieces, request } of asked.values()) {
      const answer = await provider.call('pages', { rid, request, pieces })
      if (refused(answer)) return answer
      pages.push(...answer.body.pages)
    }
    return pages
  }

  async #leaveNow(
    sellers: readonly Addressee[],
    timeoutMs: number | undefined,
  ): Promise<MailRound> {
    const { provider, wallet } = this.#options
    const left: Posted[] = []
    for (const addressee of sellers) {
      const { cid, rid, seller } = addressee
      const letter = await this.#write(addressee)
      if (letter === undefined) continue
      if (refused(letter)) return { letters: left, problem: letter }
      const letters = [{ seller, letter: encode(Letter, letter) }]
      const answer = await provider.call('mail', { letters, taken: [] }, timeoutMs)
      const code = refused(answer) ? answer.code : 'ok'
      if (refused(answer) && !HOPELESS.has(answer.code)) return { letters: left, problem: answer }
      // It is there, or nobody takes it: it is not left again.
      const { length: pieces } = letter.payments
      wallet.letters.put(provider.row.fingerprint, rid, seller, letter.k + pieces)
      left.push({ towards: 'seller', cid, uid: seller, pieces, code })
    }
    return { letters: left, problem: undefined }
  }

  /**
   * What a seller lacks, all of it saved as paid; undefined when it lacks nothing new, or is here.
   * Refuses as the disk does.
   */
  async #write({ cid, rid, seller }: Addressee): Promise<PaymentLetter | Refusal | undefined> {
    const { apart, provider, schemes, signer, wallet } = this.#options
    const { fingerprint } = provider.row
    const row = wallet.grants.of(fingerprint, cid).find((grant) => grant.rid === rid)
    const own = row && openPurse(row, provider, schemes, signer)
    if (own === undefined || refused(own)) return undefined
    const unpaid = await apart(cid).unpaid(rid, seller)
    if (refused(unpaid)) return unpaid
    const writer = { payer: own.scheme.payer, purse: own.purse, seller, signer, unpaid }
    let letter: PaymentLetter | undefined
    await apart(cid).change(rid, seller, 'buyer', () => {
      const known = wallet.evidence(fingerprint).receipt(rid, seller)?.k ?? 0
      const history = wallet.history(fingerprint).buyer(rid, seller)
      const written = writeLetter(history, known, writer)
      if (written === undefined || refused(written)) return []
      const { k, payments } = written.letter
      if (k + payments.length <= wallet.letters.left(fingerprint, rid, seller)) return []
      letter = written.letter
      return written.saves
    })
    return letter
  }
}
