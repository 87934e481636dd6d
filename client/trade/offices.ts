/**
 * What deals with a provider on our behalf: one claimer and one mailbox for each, so that all who
 * claim and pay by letter in a process take turns on the same books.
 */
import type { Cid, Fingerprint } from '../../shared/identifier.js'
import type { Customer } from '../customer.js'
import { CaseDesk } from '../pay/case-desk.js'
import { Claimer } from '../pay/claiming.js'
import { type Addressee, Mailbox } from '../pay/mailbox.js'
import type { Provider } from '../pay/provider.js'
import type { Apart } from '../pay/world.js'
import { restingBooks } from './resting.js'

/** What is traded in this process. */
export interface Traded {
  /** Whether what is asked for of a content may be on its way. */
  isTraded(cid: Cid): boolean
  /** The books of a content that is at work here, or was. */
  apart(cid: Cid): Apart | undefined
}

const NOTHING: Traded = { isTraded: () => false, apart: () => undefined }

/** Claimers and mailboxes of one process. */
export class Offices {
  readonly #customer: Customer
  readonly #traded: Traded
  readonly #claimers = new Map<Fingerprint, Claimer>()
  readonly #mailboxes = new Map<Fingerprint, Mailbox>()

  constructor(customer: Customer, traded: Traded) {
    this.#customer = customer
    this.#traded = traded
  }

  claimer(provider: Provider): Claimer {
    const { fingerprint } = provider.row
    const { random, schemes, wallet } = this.#customer
    const known = this.#claimers.get(fingerprint)
    const claimer = known ?? new Claimer({ provider, wallet, schemes, random })
    this.#claimers.set(fingerprint, claimer)
    return claimer
  }

  mailbox(provider: Provider): Mailbox {
    const { fingerprint } = provider.row
    const apart = (cid: Cid) =>
      this.#traded.apart(cid) ?? restingBooks(this.#customer, fingerprint, cid)
    const known = this.#mailboxes.get(fingerprint)
    const mailbox = known ?? new Mailbox({ ...this.#own(provider), apart })
    this.#mailboxes.set(fingerprint, mailbox)
    return mailbox
  }

  /** A desk; `denies` by itself what never came, unless a person looks and may say more. */
  desk(provider: Provider, denies: boolean): CaseDesk {
    const mailbox = this.mailbox(provider)
    const payFor = (seller: Addressee) => mailbox.leave([seller])
    const isTraded = (cid: Cid) => this.#traded.isTraded(cid)
    return new CaseDesk({ ...this.#own(provider), payFor, isTraded, denies })
  }

  #own(provider: Provider) {
    const { privateKey, schemes, wallet } = this.#customer
    const { fingerprint } = provider.row
    return { provider, wallet, schemes, signer: { fingerprint, privateKey } }
  }
}

/** The offices of the home at work; of one in which nothing is traded, its own. */
export function officesOf(customer: Customer): Offices {
  return customer.household?.station.offices ?? new Offices(customer, NOTHING)
}
