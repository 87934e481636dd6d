/** A wallet that writes at once: on a Link each effect is a point to die at. */
import { openJournal } from '../../client/pay/wallet/journal.js'
import { openWallet, type SaveEffect, type Wallet } from '../../client/pay/wallet/wallet.js'
import { Debtors } from '../../shared/exchange/debtors.js'
import type { Fingerprint } from '../../shared/identifier.js'
import { FINGERPRINT } from '../contract/provider.js'

/** A wallet without its writing thread. */
export interface Books extends Omit<Wallet, 'commit' | 'close'> {
  /** Writes saves; they are durable when it returns. */
  commit(provider: Fingerprint, saves: readonly SaveEffect[]): void
  close(): void
}

/** Opens or makes the wallet at `path` under its key. */
export function openBooks(path: string, key: Uint8Array): Books {
  const wallet = openWallet(path, key)
  const journal = openJournal(path, key)
  return {
    ...wallet,
    commit: (provider, saves) => journal.commit([{ provider, saves }]),
    close: () => {
      journal.close()
      void wallet.close()
    },
  }
}

/** The buyers of a seller that has just come up with these books; `steady` as for Debtors. */
export function debtorsOf(books: Pick<Books, 'history'>, steady: () => number): Debtors {
  return new Debtors(books.history(FINGERPRINT).debtors(), steady)
}
