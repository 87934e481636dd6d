/** What a trade's engine remembers of the disk, kept in the wallet. */
import { databaseRefusal } from '../../shared/thrown.js'
import type { StockBook } from '../engine/stock.js'
import type { TradeOptions } from './trade.js'

/** The wallet's memory of what lies in the folder; when it cannot be kept the next start hashes. */
export function stockBook({ berth, content, customer, folder }: TradeOptions): StockBook {
  const { cid } = content.metainfo
  const { contents } = customer.wallet
  return {
    recall: () => (berth.checkAll ? undefined : contents.stock(cid, folder)),
    keep: (kept) => {
      try {
        contents.putStock(cid, folder, kept)
      } catch (error) {
        // A wallet that cannot be written ends the trade by itself, with its own word.
        if (databaseRefusal(error) === undefined) process.emitWarning(error as Error)
      }
    },
  }
}
