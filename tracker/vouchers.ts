/**
 * Redeeming vouchers: one commit for each, under a key of its own, whoever asks and how often.
 */
import { FUNDING, spendable } from '../shared/account.js'
import { sha256 } from '../shared/crypto.js'
import { type Refusal, refuse, refused } from '../shared/errors.js'
import { RedeemAnswer, type RedeemCall } from '../shared/vouchers.js'
import { encode } from '../shared/wire/record.js'
import { formatMoment } from '../shared/words.js'
import { balanceOf, commit, commitKey } from './ledger.js'
import type { CallContext } from './tracker.js'
import type { VoucherRow } from './voucher-rows.js'

/** Why a voucher that is known cannot be redeemed now by a member; undefined when it can. */
function spoiled(voucher: VoucherRow, member: number, nowMs: number): Refusal | undefined {
  const { id, until } = voucher
  if (voucher.member === member) return undefined
  if (voucher.member !== undefined) {
    return refuse('voucher-invalid', `voucher ${id} was redeemed by somebody else`)
  }
  if (voucher.voided !== undefined) {
    return refuse('voucher-invalid', `voucher ${id} was made void by the provider`)
  }
  return nowMs < until
    ? undefined
    : refuse('voucher-invalid', `voucher ${id} ended at ${formatMoment(until)}`)
}

/**
 * Credits a voucher; to who redeemed it before it says so again and credits nothing.
 *
 * Refusals: voucher-invalid, with the reason for who holds the code; too-large.
 */
export async function redeem(
  { rows, member, nowMs }: CallContext,
  { code }: RedeemCall,
): Promise<Uint8Array | Refusal> {
  const voucher = await rows.vouchers.byHash(sha256(code))
  if (voucher === undefined) return refuse('voucher-invalid', 'no such voucher')
  const problem = spoiled(voucher, member.id, nowMs)
  if (problem !== undefined) return problem
  const { id, amount, source } = voucher
  const done = await commit(rows, {
    ...{ key: commitKey('voucher', String(id)), kind: 'voucher', at: nowMs },
    transfers: [{ debit: FUNDING, credit: spendable(member.uid), amount }],
    alongside: async (commit) => {
      await rows.vouchers.redeem(id, member.id, commit)
      if (source !== undefined)
        await rows.sources.add({ kind: 'payment', bytes: source }, member.id)
      return undefined
    },
  })
  if (refused(done)) return done
  return encode(RedeemAnswer, {
    amount,
    again: done.first ? 0 : 1,
    spendable: balanceOf(await rows.ledger.account(spendable(member.uid))),
  })
}
