/**
 * The fourth law: no sequence of messages pays more than was issued.
 *
 * The buyer and all sellers conspire: no honest till stands between them, any piece is paid to
 * anyone any number of times, and everyone claims everything again and again, under foreign names
 * as well.
 */
import assert from 'node:assert/strict'
import fc from 'fast-check'
import { escrow } from '../../shared/account.js'
import { refused } from '../../shared/errors.js'
import type { PieceIndex } from '../../shared/identifier.js'
import type { PaidPiece, Progress, Scheme } from '../../shared/schemes/scheme.js'
import type { Books } from './books.js'
import type { Party } from './provider.js'
import { beyond, earned, pay, purchase, submit, type World } from './world.js'

const SETTING = { pieces: 4, price: 500n }

/** One act of the conspiracy. */
type Act =
  | { readonly act: 'pay'; readonly seller: number; readonly piece: number }
  | { readonly act: 'claim'; readonly seller: number; readonly whole: boolean }
  | { readonly act: 'steal'; readonly seller: number; readonly thief: number }

/** What a conspirator holds: tokens that no till has checked. */
interface Hoard {
  readonly seller: Party
  readonly paid: PaidPiece[]
  readonly claims: Uint8Array[]
  at: Progress | undefined
}

async function perform(world: World, hoards: readonly Hoard[], act: Act): Promise<void> {
  const hoard = hoards[act.seller] as Hoard
  switch (act.act) {
    case 'pay': {
      const piece = act.piece as PieceIndex
      const { bytes, progress } = pay(world, hoard.seller, hoard.at, { step: 'token', piece })
      hoard.paid.push({ piece, token: bytes })
      hoard.at = progress
      return
    }
    case 'claim':
      await claimEverything(world, hoard, act.whole)
      return
    case 'steal':
      for (const claim of hoard.claims) {
        await submit(world, (hoards[act.thief] as Hoard).seller, claim)
      }
  }
}

/** Makes a new claim, if there is something to claim, and hands in all claims that there are. */
async function claimEverything(world: World, hoard: Hoard, whole: boolean): Promise<void> {
  const { seller, paid, claims, at } = hoard
  if (at === undefined) return
  const { rid } = world.facts
  const payment = { k: at.k, bytes: pay(world, seller, at, { step: 'payment' }).bytes }
  const { settled } = await world.books.standing(rid, seller)
  const after = whole ? 0 : (settled?.k ?? 0)
  const claim = world.scheme.payee.claim({
    ...{ rid, seller: seller.uid, paidBeyond: beyond(paid), payment, after },
  })
  if (claim !== undefined) claims.push(claim)
  for (const each of claims) await submit(world, seller, each)
}

const seller = fc.nat(2)
const conspiracy: fc.Arbitrary<Act[]> = fc.array(
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({ act: fc.constant('pay' as const), seller, piece: fc.nat(3) }),
    },
    {
      weight: 2,
      arbitrary: fc.record({ act: fc.constant('claim' as const), seller, whole: fc.boolean() }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ act: fc.constant('steal' as const), seller, thief: seller }),
    },
  ),
  { maxLength: 24 },
)

/** All pieces to one seller, who claims them. */
const everything = (seller: number): Act[] => [
  ...[0, 1, 2, 3].map((piece): Act => ({ act: 'pay', seller, piece })),
  { act: 'claim', seller, whole: true },
]

/** Pays out what was issued at most, whatever happens, and nothing that was not issued. */
export async function neverMoreThanIssued(scheme: Scheme, books: Books): Promise<void> {
  const sequences = fc.asyncProperty(conspiracy, async (acts) => {
    const world = await purchase(scheme, books, SETTING)
    const hoards = world.sellers.map((each): Hoard => {
      return { seller: each, paid: [], claims: [], at: undefined }
    })
    for (const act of acts) await perform(world, hoards, act)
    let paidOut = 0n
    for (const each of world.sellers) paidOut += await earned(world, each)
    const issued = world.facts.reward * BigInt(SETTING.pieces)
    assert.ok(paidOut <= issued, `${paidOut} was paid of ${issued}`)
    assert.equal(await books.balance(escrow(world.facts.rid)), issued - paidOut)
  })
  const toAll = [...everything(0), ...everything(1), ...everything(2)]
  const again = [...everything(0), ...everything(0), ...everything(0)]
  await fc.assert(sequences, { numRuns: 40, examples: [[toAll], [again]] })
  await refusesToPayOutside(scheme, books)
}

async function refusesToPayOutside(scheme: Scheme, books: Books): Promise<void> {
  const { purse, buyer, sellers } = await purchase(scheme, books, SETTING)
  const step = { step: 'token', piece: SETTING.pieces as PieceIndex } as const
  const paid = scheme.payer.pay(purse, sellers[0].uid, undefined, step, buyer.signer)
  assert.ok(refused(paid), 'a piece is paid that the grant does not cover')
}
