/**
 * Paying an accomplice first: a buyer signs every token of its grant over to a member that sold it
 * nothing, which claims at once; honest sellers are then paid with the same tokens (D2, D9).
 */

import { type Provider, uidOf } from '../../client/pay/provider.js'
import type { BoughtRow } from '../../client/pay/wallet/grants.js'
import type { PaidContent } from '../../client/trade/content.js'
import type { Signer } from '../../shared/crypto.js'
import { must } from '../../shared/errors.js'
import type { PieceIndex, Uid } from '../../shared/identifier.js'
import type { PaidPiece, Progress } from '../../shared/schemes/scheme.js'

const ID_BYTES = 16

/** The claim of a payee that is paid for the whole content at once. */
function claimOfEverything(
  { metainfo, provider, scheme }: PaidContent,
  row: BoughtRow,
  payee: Uid,
  signer: Signer,
): Uint8Array {
  const { cid, pieceCount } = metainfo
  const context = { keyring: provider.keyring, buyer: uidOf(provider.row), cid }
  const purse = must(scheme.payer.accept({ open: row.open, secret: row.secret }, context))
  const paid: PaidPiece[] = []
  let at: Progress | undefined
  for (let piece = 0 as PieceIndex; piece < pieceCount; piece++) {
    const token = must(scheme.payer.pay(purse, payee, at, { step: 'token', piece }, signer))
    paid.push({ piece, token: token.bytes })
    at = token.progress
  }
  const { bytes } = must(scheme.payer.pay(purse, payee, at, { step: 'payment' }, signer))
  const payment = { k: paid.length, bytes }
  const paidBeyond = (k: number): PaidPiece[] => paid.slice(k)
  const claim = { rid: row.rid, seller: payee, paidBeyond, payment, after: 0, shown: false }
  return scheme.payee.claim(claim) ?? must<Uint8Array>(undefined as never)
}

/** Pays everything to an accomplice, which claims it. */
export async function payFirst(
  content: PaidContent,
  row: BoughtRow,
  buyer: { readonly signer: Signer; readonly random: (bytes: number) => Uint8Array },
  accomplice: Provider,
): Promise<void> {
  const claim = claimOfEverything(content, row, uidOf(accomplice.row), buyer.signer)
  const id = buyer.random(ID_BYTES)
  await accomplice.call('claim', { id, grants: [{ rid: row.rid, claim }] })
}
