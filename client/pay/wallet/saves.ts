/**
 * How each kind of save of an exchange is written: one statement or two, all idempotent.
 */
import type { Save } from '../../../shared/exchange/exchange.js'
import type { Fingerprint } from '../../../shared/identifier.js'
import { PAGES_KEPT_MAX_COUNT } from '../../../shared/limits.js'
import type { Sql } from './database.js'
import { packPieces } from './pieces.js'
import type { Place, Sealing } from './sealing.js'
import type { SaveEffect } from './wallet.js'

type Row<K extends Save['kind']> = Extract<Save, { kind: K }>
/** The first three are the key of what it writes: provider, grant, counterpart. */
type Writer<K extends Save['kind']> = (
  provider: Fingerprint,
  rid: string,
  peer: string,
  save: Row<K>,
) => void
type Writers = { readonly [K in Save['kind']]: Writer<K> }

/** Prepares the statements and gives the one function that writes a save. */
export function writeSave(
  db: Sql,
  sealing: Sealing,
): (provider: Fingerprint, effect: SaveEffect) => void {
  const certificates = db.prepare(
    `INSERT INTO peer (fingerprint, uid, leaf, issuing) VALUES (?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET leaf = excluded.leaf, issuing = excluded.issuing`,
  )
  const writers: Writers = {
    ...buyerWriters(db),
    ...sellerWriters(db, sealing),
    peer: (provider, _rid, uid, { leaf, issuing }) =>
      certificates.run(provider, uid, leaf, issuing),
  }
  return (provider, { rid, peer, save }) => {
    const write = writers[save.kind] as Writer<Save['kind']>
    write(provider, rid, peer, save)
  }
}

type BuyerKind = 'asked' | 'paid' | 'receipted' | 'withdrawn' | 'ended' | 'released'

function buyerWriters(db: Sql): Pick<Writers, BuyerKind> {
  const asked = db.prepare(
    `INSERT INTO asked (fingerprint, rid, seller, counter, pieces, request, state)
     VALUES (?, ?, ?, ?, ?, ?, 'open')`,
  )
  const paid = db.prepare(
    'INSERT INTO paid (fingerprint, rid, seller, k, piece) VALUES (?, ?, ?, ?, ?)',
  )
  const receipted = db.prepare(
    `INSERT INTO receipt (fingerprint, rid, seller, k, receipt) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET k = excluded.k, receipt = excluded.receipt`,
  )
  const withdrawn = db.prepare(
    `UPDATE asked SET state = 'withdrawn', withdrawal = ?
     WHERE fingerprint = ? AND rid = ? AND seller = ? AND counter = ?`,
  )
  const ended = db.prepare(
    `UPDATE asked SET state = 'ended'
     WHERE fingerprint = ? AND rid = ? AND seller = ? AND counter = ?`,
  )
  const released = db.prepare(
    `UPDATE asked SET state = 'ended', release = ?
     WHERE fingerprint = ? AND rid = ? AND seller = ? AND counter = ?`,
  )
  return {
    asked: (provider, rid, seller, { counter, pieces, request }) =>
      asked.run(provider, rid, seller, counter, packPieces(pieces), request),
    paid: (provider, rid, seller, { k, piece }) => paid.run(provider, rid, seller, k, piece),
    receipted: (provider, rid, seller, { k, receipt }) =>
      receipted.run(provider, rid, seller, k, receipt),
    withdrawn: (provider, rid, seller, { counter, withdrawal }) =>
      withdrawn.run(withdrawal, provider, rid, seller, counter),
    ended: (provider, rid, seller, { counter }) => ended.run(provider, rid, seller, counter),
    released: (provider, rid, seller, { counter, release }) =>
      released.run(release, provider, rid, seller, counter),
  }
}

type SellerKind = Exclude<Save['kind'], BuyerKind | 'peer'>

function sellerWriters(db: Sql, sealing: Sealing): Pick<Writers, SellerKind> {
  const met = db.prepare(
    `INSERT INTO met (fingerprint, rid, buyer, cid, scheme, reward, opening, list)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET opening = excluded.opening, list = excluded.list`,
  )
  const owed = db.prepare(
    `INSERT INTO owed (fingerprint, rid, buyer, piece, counter, tries, time)
     VALUES (?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET counter = excluded.counter, tries = excluded.tries,
       time = CASE counter WHEN 0 THEN excluded.time ELSE time END`,
  )
  const earned = db.prepare(
    'INSERT INTO earned (fingerprint, rid, buyer, k, piece, token) VALUES (?, ?, ?, ?, ?, ?)',
  )
  const debtor = db.prepare(
    `INSERT INTO debtor (fingerprint, buyer, trust) VALUES (?, ?, ?)
     ON CONFLICT DO UPDATE SET trust = excluded.trust`,
  )
  const settleDebt = db.prepare(
    'DELETE FROM owed WHERE fingerprint = ? AND rid = ? AND buyer = ? AND piece = ?',
  )
  const signed = db.prepare(
    'UPDATE met SET payment_k = ?, payment = ? WHERE fingerprint = ? AND rid = ? AND buyer = ?',
  )
  const page = db.prepare(
    `INSERT INTO page (fingerprint, rid, page, body) VALUES (?, ?, ?, ?)
     ON CONFLICT DO NOTHING`,
  )
  const makeRoom = db.prepare('DELETE FROM page WHERE seq <= (SELECT max(seq) FROM page) - ?')
  const resent = db.prepare(
    `INSERT INTO resent (fingerprint, rid, buyer, piece, tries) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET tries = excluded.tries`,
  )
  return {
    ...requestWriters(db),
    met: (provider, rid, buyer, { cid, scheme, reward, opening, list }) =>
      met.run(provider, rid, buyer, cid, scheme, reward, opening, list),
    owed: (provider, rid, buyer, { piece, counter, tries, time }) =>
      owed.run(provider, rid, buyer, piece, counter, tries, time),
    earned: (provider, rid, buyer, { k, piece, token, trust }) => {
      const place: Place = ['earned.token', provider, rid, buyer, k, piece]
      earned.run(provider, rid, buyer, k, piece, sealing.seal(place, token))
      settleDebt.run(provider, rid, buyer, piece)
      debtor.run(provider, buyer, trust)
    },
    signed: (provider, rid, buyer, { k, payment }) => signed.run(k, payment, provider, rid, buyer),
    resent: (provider, rid, buyer, { piece, tries }) =>
      resent.run(provider, rid, buyer, piece, tries),
    page: (provider, rid, _buyer, { page: number, body }) => {
      page.run(provider, rid, number, body)
      makeRoom.run(PAGES_KEPT_MAX_COUNT)
    },
  }
}

/** What a seller keeps of requests. */
function requestWriters(db: Sql): Pick<Writers, 'opened' | 'closed' | 'compensated'> {
  const opened = db.prepare(
    `INSERT INTO opened (fingerprint, rid, buyer, counter, pieces, request)
     VALUES (?, ?, ?, ?, ?, ?)`,
  )
  const asked = db.prepare(
    'UPDATE met SET asked = 1 WHERE fingerprint = ? AND rid = ? AND buyer = ? AND asked = 0',
  )
  // A request may be withdrawn that never came: its counter is used up all the same.
  const closed = db.prepare(
    `INSERT INTO opened (fingerprint, rid, buyer, counter, pieces, request, closed)
     VALUES (?, ?, ?, ?, x'', x'', 1) ON CONFLICT DO UPDATE SET closed = 1`,
  )
  // What is closed is owed no more, and its payment says what was paid: only the highest counter is
  // needed of it. Else requests that come and are withdrawn without end would fill the disk.
  const forget = db.prepare(
    `DELETE FROM opened WHERE fingerprint = @provider AND rid = @rid AND buyer = @buyer
       AND closed = 1 AND counter < (SELECT max(counter) FROM opened
         WHERE fingerprint = @provider AND rid = @rid AND buyer = @buyer)`,
  )
  const forgive = db.prepare(
    'UPDATE owed SET counter = 0 WHERE fingerprint = ? AND rid = ? AND buyer = ? AND counter = ?',
  )
  const acquit = db.prepare(
    'DELETE FROM owed WHERE fingerprint = ? AND rid = ? AND buyer = ? AND counter = ?',
  )
  return {
    compensated: (provider, rid, buyer, { counter }) => {
      closed.run(provider, rid, buyer, counter)
      forget.run({ provider, rid, buyer })
      acquit.run(provider, rid, buyer, counter)
    },
    opened: (provider, rid, buyer, { counter, pieces, request }) => {
      opened.run(provider, rid, buyer, counter, packPieces(pieces), request)
      asked.run(provider, rid, buyer)
    },
    closed: (provider, rid, buyer, { counter }) => {
      closed.run(provider, rid, buyer, counter)
      forget.run({ provider, rid, buyer })
      forgive.run(provider, rid, buyer, counter)
    },
  }
}
