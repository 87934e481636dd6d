/** What sellers earned and what claims they make by hand. */
import { randomBytes } from 'node:crypto'
import { pending } from '../../shared/account.js'
import { parseAmount } from '../../shared/amount.js'
import { must } from '../../shared/errors.js'
import type { PieceIndex, Rid, Uid } from '../../shared/identifier.js'
import { floodgate } from '../../shared/schemes/floodgate/floodgate.js'
import type { PaidPiece } from '../../shared/schemes/scheme.js'
import { REWARD, type Stage } from './stage.js'

/** What a member ever earned, in rewards of one piece. */
export async function earnedBy(
  { tracker }: Stage,
  { uid }: { readonly uid: Uid },
): Promise<number> {
  const account = await tracker.store.read((rows) => rows.ledger.account(pending(uid)))
  return Number((account?.credits ?? 0n) / must(parseAmount(REWARD)))
}

/** An edit by which the tracker does not remember which pieces were paid. */
export const FORGETS = {
  file: 'tracker/ledger.js',
  from: 'await rows.grants.setSpent(grant.id, withPieces(spent, pieces));',
  to: 'await rows.grants.setSpent(grant.id, spent);',
}

/** What a seller was paid by one buyer. */
export interface Paid {
  readonly paid: readonly PaidPiece[]
  readonly payment: Uint8Array
}

/** A claim that names its seller, by what it was paid; `shown`: with the tokens. */
export function claimFor(
  rid: Rid,
  seller: Uid,
  { paid, payment }: Paid,
  { after = 0, shown = false } = {},
): { rid: Rid; claim: Uint8Array } {
  const signed = { k: after + paid.length, bytes: payment }
  const paidBeyond = () => paid
  const claim = floodgate.payee.claim({ rid, seller, paidBeyond, payment: signed, after, shown })
  if (claim === undefined) throw new Error('nothing to claim')
  return { rid, claim }
}

/** Tokens that nobody gave. */
export function guessed(paid: readonly PaidPiece[]): PaidPiece[] {
  return paid.map(({ piece }: { readonly piece: PieceIndex }) => {
    return { piece, token: new Uint8Array(randomBytes(32)) }
  })
}
