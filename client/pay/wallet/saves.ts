/**
 * How each kind of save of an exchange is written: one statement or two, all idempotent.
 */
import type { Save } from '../../../shared/exchange/exchange.js'
import type { Sql } from './database.js'
import { packPieces } from './pieces.js'
import type { SaveEffect } from './wallet.js'

type Row<K extends Save['kind']> = Extract<Save, { kind: K }>
type Writer<K extends Save['kind']> = (rid: string, peer: string, save: Row<K>) => void
type Writers = { readonly [K in Save['kind']]: Writer<K> }

/** Prepares the statements and gives the one function that writes a save. */
export function writeSave(db: Sql): (effect: SaveEffect) => void {
  const writers: Writers = { ...buyerWriters(db), ...sellerWriters(db) }
  return ({ rid, peer, save }) => {
    const write = writers[save.kind] as Writer<Save['kind']>
    write(rid, peer, save)
  }
}

type BuyerKind = 'asked' | 'paid' | 'receipted' | 'withdrawn' | 'ended'

function buyerWriters(db: Sql): Pick<Writers, BuyerKind> {
  const asked = db.prepare(
    `INSERT INTO asked (rid, seller, counter, pieces, request, state)
     VALUES (?, ?, ?, ?, ?, 'open')`,
  )
  const paid = db.prepare('INSERT INTO paid (rid, seller, k, piece) VALUES (?, ?, ?, ?)')
  const receipted = db.prepare(
    `INSERT INTO receipt (rid, seller, k, receipt) VALUES (?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET k = excluded.k, receipt = excluded.receipt`,
  )
  const withdrawn = db.prepare(
    `UPDATE asked SET state = 'withdrawn', withdrawal = ?
     WHERE rid = ? AND seller = ? AND counter = ?`,
  )
  const ended = db.prepare(
    `UPDATE asked SET state = 'ended' WHERE rid = ? AND seller = ? AND counter = ?`,
  )
  return {
    asked: (rid, seller, { counter, pieces, request }) =>
      asked.run(rid, seller, counter, packPieces(pieces), request),
    paid: (rid, seller, { k, piece }) => paid.run(rid, seller, k, piece),
    receipted: (rid, seller, { k, receipt }) => receipted.run(rid, seller, k, receipt),
    withdrawn: (rid, seller, { counter, withdrawal }) =>
      withdrawn.run(withdrawal, rid, seller, counter),
    ended: (rid, seller, { counter }) => ended.run(rid, seller, counter),
  }
}

type SellerKind = Exclude<Save['kind'], BuyerKind>

function sellerWriters(db: Sql): Pick<Writers, SellerKind> {
  const met = db.prepare(
    `INSERT INTO met (rid, buyer, fingerprint, cid, scheme, opening, list)
     VALUES (?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET opening = excluded.opening, list = excluded.list`,
  )
  const opened = db.prepare(
    'INSERT INTO opened (rid, buyer, counter, pieces, request) VALUES (?, ?, ?, ?, ?)',
  )
  const owed = db.prepare(
    `INSERT INTO owed (rid, buyer, piece, counter, tries, time) VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET counter = excluded.counter, tries = excluded.tries,
       time = CASE counter WHEN 0 THEN excluded.time ELSE time END`,
  )
  const earned = db.prepare(
    'INSERT INTO earned (rid, buyer, k, piece, token) VALUES (?, ?, ?, ?, ?)',
  )
  const settleDebt = db.prepare('DELETE FROM owed WHERE rid = ? AND buyer = ? AND piece = ?')
  const signed = db.prepare('UPDATE met SET payment_k = ?, payment = ? WHERE rid = ? AND buyer = ?')
  // A request may be withdrawn that never came: its counter is used up all the same.
  const closed = db.prepare(
    `INSERT INTO opened (rid, buyer, counter, pieces, request, closed)
     VALUES (?, ?, ?, x'', x'', 1) ON CONFLICT DO UPDATE SET closed = 1`,
  )
  const forgive = db.prepare(
    'UPDATE owed SET counter = 0 WHERE rid = ? AND buyer = ? AND counter = ?',
  )
  return {
    met: (rid, buyer, { fingerprint, cid, scheme, opening, list }) =>
      met.run(rid, buyer, fingerprint, cid, scheme, opening, list),
    opened: (rid, buyer, { counter, pieces, request }) =>
      opened.run(rid, buyer, counter, packPieces(pieces), request),
    owed: (rid, buyer, { piece, counter, tries, time }) =>
      owed.run(rid, buyer, piece, counter, tries, time),
    earned: (rid, buyer, { k, piece, token }) => {
      earned.run(rid, buyer, k, piece, token)
      settleDebt.run(rid, buyer, piece)
    },
    signed: (rid, buyer, { k, payment }) => signed.run(k, payment, rid, buyer),
    closed: (rid, buyer, { counter }) => {
      closed.run(rid, buyer, counter)
      forgive.run(rid, buyer, counter)
    },
  }
}
