/**
 * Money of many accounts that ends in one (paper §V, botnets): its earnings are held.
 *
 * The accounts are told to belong together by what paid for them, or by the invitation they
 * registered with; never by an address, which a whole house, school or town may share. A flow is
 * flagged when a claim is about to mature and many accounts of one source have paid its seller, and
 * that is most of what they paid at all, or nearly all that it earned. That convicts nobody: the
 * claims stay pending, where they were, and the desk lets them mature or sends them to the funds of
 * their contents.
 */
import { carrier, pending } from '../shared/account.js'
import { toHex } from '../shared/bytes.js'
import { assert, type Refusal, refuse, refused } from '../shared/errors.js'
import {
  FLOW_BUYERS_MIN_COUNT,
  FLOW_EARNED_PERCENT,
  FLOW_PAID_PERCENT,
} from '../shared/tracker-limits.js'
import type { FlowRow, FlowShare, Source, SourceKind } from './flow-rows.js'
import { commit, commitKey } from './ledger.js'
import type { Rows } from './rows.js'
import type { Vault } from './vault.js'

/** What stands for the payer of a top-up: a card, a bank account, in the provider's own words. */
export const paymentSource = (vault: Vault, text: string): Source => {
  return { kind: 'payment', bytes: vault.pseudonym(`payment ${text}`) }
}

/** What stands for an invitation, which many may register with. */
export const invitationSource = (vault: Vault, invitation: number): Source => {
  return { kind: 'invitation', bytes: vault.pseudonym(`invitation ${invitation}`) }
}

/** What the desk can decide. */
export type FlowVerdict = 'released' | 'withheld'

/** A verdict, who gave it and why. */
export interface FlowDecision {
  readonly verdict: FlowVerdict
  readonly by: string
  readonly reason: string
}

/** Judges the claims that are due in one transaction. */
export class FlowWatch {
  readonly #rows: Rows
  readonly #nowMs: number
  /** By source: one question for many claims. */
  readonly #shares = new Map<string, readonly FlowShare[]>()

  constructor(rows: Rows, nowMs: number) {
    this.#rows = rows
    this.#nowMs = nowMs
  }

  /**
   * Looks at what a grant pays to a member: whether it has to wait for the desk. If so all claims
   * of that flow are held now.
   */
  async holds(grant: number, payee: number): Promise<boolean> {
    for (const source of await this.#rows.sources.ofBuyer(grant)) {
      const flow = await this.#flowOf(payee, source)
      if (flow?.state !== 'held') continue
      await this.#rows.flows.hold(flow)
      return true
    }
    return false
  }

  /** The flow of a source to a member, opened when it is to be flagged now. */
  async #flowOf(payee: number, source: Source): Promise<FlowRow | undefined> {
    const { flows } = this.#rows
    const latest = await flows.latest(payee, source.bytes)
    if (latest !== undefined && latest.state !== 'withheld') return latest
    const reason = await this.#suspicion(payee, source)
    if (reason === undefined) return undefined
    const event = { at: this.#nowMs, who: 'tracker', what: 'held', reason } as const
    const id = await flows.insert({ payee, source: source.bytes, state: 'held' }, event)
    return flows.byId(id)
  }

  /** Why a flow is to be looked at, in words; undefined when it is not. */
  async #suspicion(payee: number, source: Source): Promise<string | undefined> {
    const shares = await this.#sharesOf(source)
    const own = shares.find((share) => share.payee === payee)
    if (own === undefined || own.buyers < FLOW_BUYERS_MIN_COUNT) return undefined
    const paid = percent(own.amount, sumOf(shares))
    const earned = percent(own.amount, await this.#earned(payee))
    const few = paid >= FLOW_PAID_PERCENT
    // Whom one code brought in trade with each other: that says nothing of who is whose.
    const lives = source.kind === 'payment' && earned >= FLOW_EARNED_PERCENT
    if (!few && !lives) return undefined
    const who = `${own.buyers} accounts of one ${SOURCES[source.kind]}`
    return `${who}: ${paid} % of what they paid went to it, ${earned} % of what it earned came so`
  }

  async #sharesOf({ bytes }: Source): Promise<readonly FlowShare[]> {
    const key = toHex(bytes)
    const known = this.#shares.get(key) ?? (await this.#rows.sources.shares(bytes))
    this.#shares.set(key, known)
    return known
  }

  /** What a member was ever paid by claims and verdicts. */
  async #earned(id: number): Promise<bigint> {
    const { ledger, members, sources } = this.#rows
    const member = await members.byId(id)
    assert(member !== undefined, 'who is paid is a member')
    const claimed = (await ledger.account(pending(member.uid)))?.credits ?? 0n
    return claimed + (await sources.awarded(id))
  }
}

const SOURCES: Readonly<Record<SourceKind, string>> = {
  payment: 'payment source',
  invitation: 'invitation',
}

const sumOf = (shares: readonly FlowShare[]): bigint =>
  shares.reduce((sum, { amount }) => sum + amount, 0n)

/** Rounded down; all of nothing is everything. */
const percent = (part: bigint, whole: bigint): number =>
  whole === 0n ? 100 : Number((part * 100n) / whole)

/**
 * Decides a flow: `released` lets what is held mature with the next tick, and whatever follows of
 * this source to this member; `withheld` sends it to the carrier funds now. Refuses as
 * case-decided.
 */
export async function decideFlow(
  rows: Rows,
  flow: FlowRow,
  { by, reason, verdict }: FlowDecision,
  nowMs: number,
): Promise<FlowVerdict | Refusal> {
  if (flow.state !== 'held') return refuse('case-decided', `this is ${flow.state} already`)
  if (verdict === 'released') await rows.flows.release(flow.id)
  else await withhold(rows, flow, nowMs)
  await rows.flows.advance(flow.id, { at: nowMs, who: `desk ${by}`, what: verdict, reason })
  return verdict
}

/** One commit for each claim, as its maturity would have been. */
async function withhold(rows: Rows, { id, payee }: FlowRow, nowMs: number): Promise<void> {
  const member = await rows.members.byId(payee)
  assert(member !== undefined, 'a claim was paid to a member')
  const debit = pending(member.uid)
  for (const { id: claim, amount, cid } of await rows.flows.claimsOf(id)) {
    const done = await commit(rows, {
      key: commitKey('withhold', String(claim)),
      kind: 'withhold',
      at: nowMs,
      transfers: [{ debit, credit: carrier(cid), amount }],
    })
    assert(!refused(done), 'what is held is pending')
    await rows.flows.withheld(claim, done.commit)
  }
}
