/**
 * Asks for payouts: each is in the wallet before its call leaves, and stays there until the tracker
 * has taken it or said that it never will. So whatever is cut off is asked for again under the same
 * id, and the money leaves the account once.
 */
import { amount } from '../../shared/amount.js'
import { type Code, type Refusal, refused } from '../../shared/errors.js'
import type { PayoutAnswer } from '../../shared/payouts.js'
import type { Provider } from './provider.js'
import type { AskedPayout } from './wallet/payouts.js'
import type { Wallet } from './wallet/wallet.js'

/** With these the tracker has not taken the payout, and never will as it stands. */
const NEVER: ReadonlySet<Code> = new Set([
  'malformed',
  'too-many-open',
  'insufficient-funds',
  'too-large',
  'certificate-revoked',
])

const ID_BYTES = 16

/** A payout that was asked for, and what came of it. */
export interface Asked {
  readonly payout: AskedPayout
  readonly result: PayoutAnswer | Refusal
}

/** Who asks. */
export interface Payee {
  readonly provider: Provider
  readonly wallet: Pick<Wallet, 'payouts'>
  readonly random: (bytes: number) => Uint8Array
}

/** Asks once more for what was left without an answer; ends with the first that gets none again. */
export async function deliverPayouts(payee: Payee): Promise<Asked[]> {
  const { provider, wallet } = payee
  const done: Asked[] = []
  for (const payout of wallet.payouts.underWay(provider.row.fingerprint)) {
    const result = await deliver(payee, payout)
    done.push({ payout, result })
    if (refused(result) && !NEVER.has(result.code)) break
  }
  return done
}

/** Asks for a payout, kept before the call leaves. Refusals: those of the call. */
export async function askPayout(
  payee: Payee,
  { sum, to }: { readonly sum: bigint; readonly to: string },
): Promise<PayoutAnswer | Refusal> {
  const { provider, random, wallet } = payee
  const { fingerprint } = provider.row
  const payout = { fingerprint, id: random(ID_BYTES), amount: sum, destination: to }
  wallet.payouts.begin(payout)
  return deliver(payee, payout)
}

/** Whether a refusal leaves the payout in the wallet, to be asked for again. */
export function isUnderWay({ code }: Refusal): boolean {
  return !NEVER.has(code)
}

async function deliver(
  { provider, wallet }: Payee,
  payout: AskedPayout,
): Promise<PayoutAnswer | Refusal> {
  const { destination: to, id } = payout
  const answer = await provider.call('payout', { id, amount: amount(payout.amount), to })
  if (!refused(answer)) {
    wallet.payouts.done(payout)
    return answer.body
  }
  if (NEVER.has(answer.code)) wallet.payouts.done(payout)
  return answer
}
