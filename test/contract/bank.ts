/**
 * A small executor of settlements: accounts, spent pieces and settled counters, all or nothing.
 *
 * It refuses what a ledger must refuse (an overdraft, a piece spent twice, a counter that moved), so that a
 * law can blame the scheme that proposed it.
 */
import type { Account } from '../../shared/account.js'
import { FUNDING } from '../../shared/account.js'
import { toHex } from '../../shared/bytes.js'
import type { PieceIndex, Uid } from '../../shared/identifier.js'
import type { Progress, Settlement } from '../../shared/schemes/scheme.js'

/** The books of one grant. */
export class Bank {
  readonly #balances = new Map<Account, bigint>()
  readonly #spent = new Map<PieceIndex, Uid>()
  readonly #settled = new Map<Uid, Progress>()

  balance(account: Account): bigint {
    return this.#balances.get(account) ?? 0n
  }

  spentTo(piece: PieceIndex): Uid | undefined {
    return this.#spent.get(piece)
  }

  settled(seller: Uid): Progress | undefined {
    return this.#settled.get(seller)
  }

  /** Applies everything or nothing; says why when it is nothing. */
  commit(settlement: Settlement, claimant?: Uid, before?: Progress): string | undefined {
    const { transfers, spends, settled } = settlement
    const next = new Map(this.#balances)
    const add = (account: Account, amount: bigint): void => {
      next.set(account, (next.get(account) ?? 0n) + amount)
    }
    for (const { debit, credit, amount } of transfers) {
      if (amount <= 0n) return `a transfer of ${amount}`
      add(debit, -amount)
      add(credit, amount)
    }
    for (const [account, balance] of next) {
      if (balance < 0n && account !== FUNDING) return `an overdraft of ${account}`
    }
    for (const [place, piece] of spends.entries()) {
      const twice = this.#spent.has(piece) || spends.indexOf(piece) !== place
      if (twice || claimant === undefined) return `piece ${piece} spent twice`
    }
    if (settled !== undefined) {
      if (claimant === undefined || !same(before, this.#settled.get(claimant)))
        return 'a counter moved'
      this.#settled.set(claimant, settled)
    }
    for (const piece of spends) this.#spent.set(piece, claimant as Uid)
    for (const [account, balance] of next) this.#balances.set(account, balance)
    return undefined
  }
}

function same(a: Progress | undefined, b: Progress | undefined): boolean {
  return (
    a?.k === b?.k && toHex(a?.chain ?? new Uint8Array()) === toHex(b?.chain ?? new Uint8Array())
  )
}
