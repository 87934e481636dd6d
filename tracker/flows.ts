/**
 * Money of many accounts that ends in one (paper §V, botnets): the payout is held for the desk.
 *
 * The accounts are told to belong together by what paid for them, or by the invitation they
 * registered with; never by an address, which a whole house, school or town may share. A flow is
 * flagged when a claim is about to mature and many accounts of one source have paid its seller,
 * and most of what they paid at all. That convicts nobody: the claims stay pending, where they
 * were, and the desk lets them mature or sends them to the funds of their contents.
 */
import { carrier, pending } from '../shared/account.js'
import { toHex } from '../shared/bytes.js'
import { assert, type Refusal, refuse, refused } from '../shared/errors.js'
import { FLOW_BUYERS_MIN_COUNT, FLOW_SHARE_PERCENT } from '../shared/tracker-limits.js'
import type { ClaimRow } from './claim-rows.js'
import type { FlowRow, FlowShare } from './flow-rows.js'
import { commit, commitKey } from './ledger.js'
import type { Rows } from './rows.js'
import type { Vault } from './vault.js'

/** What stands for the payer of a top-up: a card, a bank account, in the provider's own words. */
export const paymentSource = (vault: Vault, text: string): Uint8Array =>
  vault.pseudonym(`payment ${text}`)

/** What stands for an invitation, which many may register with. */
export const invitationSource = (vault: Vault, invitation: number): Uint8Array =>
  vault.pseudonym(`invitation ${invitation}`)

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

  /** Whether a claim that is due has to wait for the desk; if so it is held now. */
  async holds({ grant, seller }: ClaimRow): Promise<boolean> {
    for (const source of await this.#rows.sources.ofBuyer(grant)) {
      const flow = await this.#flowOf(seller, source)
      if (flow?.state !== 'held') continue
      await this.#rows.flows.hold(flow)
      return true
    }
    return false
  }

  /** The flow of a source to a member, opened when it is to be flagged now. */
  async #flowOf(payee: number, source: Uint8Array): Promise<FlowRow | undefined> {
    const { flows } = this.#rows
    const latest = await flows.latest(payee, source)
    if (latest !== undefined && latest.state !== 'withheld') return latest
    const reason = flagged(payee, await this.#sharesOf(source))
    if (reason === undefined) return undefined
    const event = { at: this.#nowMs, who: 'tracker', what: 'held', reason } as const
    const id = await flows.insert({ payee, source, state: 'held' }, event)
    return flows.byId(id)
  }

  async #sharesOf(source: Uint8Array): Promise<readonly FlowShare[]> {
    const key = toHex(source)
    const known = this.#shares.get(key) ?? (await this.#rows.sources.shares(source))
    this.#shares.set(key, known)
    return known
  }
}

/** Why the flow of a source to a member is to be looked at, in words; undefined when it is not. */
function flagged(payee: number, shares: readonly FlowShare[]): string | undefined {
  const own = shares.find((share) => share.payee === payee)
  if (own === undefined || own.buyers < FLOW_BUYERS_MIN_COUNT) return undefined
  const all = shares.reduce((sum, { amount }) => sum + amount, 0n)
  const percent = (own.amount * 100n) / all
  if (percent < BigInt(FLOW_SHARE_PERCENT)) return undefined
  return `${own.buyers} accounts of one payment source paid it ${percent} % of all they paid`
}

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
  if (flow.state !== 'held') return refuse('case-decided', `the payout is ${flow.state} already`)
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
    await rows.flows.withheld(claim)
  }
}
