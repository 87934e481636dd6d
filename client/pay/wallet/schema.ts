/**
 * The wallet's tables: identities, grants, what was asked, paid, delivered and earned.
 *
 * Byte identifiers are hex text, amounts and times integers (millionths, milliseconds). Whatever
 * belongs to a grant is keyed by the provider's fingerprint first: a provider chooses its grants'
 * ids and its members' uids, and must not reach the books of another one by choosing theirs.
 * Columns marked sealed hold what opens money, sealed value by value (sealing.ts).
 */

/** Version of the schema, kept in `PRAGMA user_version`. */
export const SCHEMA_VERSION = 2

/** Makes every table; run once, in one transaction. */
export const SCHEMA = `
-- one row, sealed under the wallet's key: the right key opens it
CREATE TABLE proof (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  sealed BLOB NOT NULL
) STRICT;
CREATE TABLE provider (
  fingerprint TEXT PRIMARY KEY,
  url TEXT NOT NULL,
  name TEXT NOT NULL,
  currency TEXT NOT NULL,
  root BLOB NOT NULL,
  issuing BLOB NOT NULL,
  signing BLOB NOT NULL,
  seal BLOB NOT NULL,
  uid TEXT,
  member_name TEXT NOT NULL,
  certificate BLOB,
  -- the issuing certificate that our own is under; the provider may have a newer one by now
  issuer BLOB,
  counter INTEGER NOT NULL DEFAULT 0,
  -- whether another copy of this wallet went on, as the tracker has shown
  overtaken INTEGER NOT NULL DEFAULT 0,
  -- of the file in which the tracker last took this wallet for the newest
  inode TEXT,
  clock_offset INTEGER NOT NULL DEFAULT 0,
  -- the newest list of revoked certificates (signed), its number and time
  revocations BLOB,
  revocations_number INTEGER NOT NULL DEFAULT 0,
  revocations_time INTEGER NOT NULL DEFAULT 0
) STRICT;
-- every signing certificate that a provider had: what it signed earlier stays readable
CREATE TABLE signer (
  fingerprint TEXT NOT NULL,
  certificate BLOB NOT NULL,
  PRIMARY KEY (fingerprint, certificate)
) STRICT, WITHOUT ROWID;
-- the newest certificates (DER) of members that we traded with: with these what they signed is
-- evidence to anyone; the key of a uid never changes
CREATE TABLE peer (
  fingerprint TEXT NOT NULL,
  uid TEXT NOT NULL,
  leaf BLOB NOT NULL,
  issuing BLOB NOT NULL,
  PRIMARY KEY (fingerprint, uid)
) STRICT, WITHOUT ROWID;
-- a purchase from before its call leaves until its grant is here
CREATE TABLE purchase (
  fingerprint TEXT NOT NULL,
  cid TEXT NOT NULL,
  -- the pieces of a supplementary grant; empty for the whole content
  only BLOB NOT NULL,
  id BLOB NOT NULL,
  -- what it may have cost and when it was ordered last: it counts against the caps until the grant
  -- is here, since its answer may be what was lost; 0 once the tracker has refused it
  price INTEGER NOT NULL,
  time INTEGER NOT NULL,
  PRIMARY KEY (fingerprint, cid, only)
) STRICT;
CREATE TABLE bought (
  fingerprint TEXT NOT NULL,
  rid TEXT NOT NULL,
  cid TEXT NOT NULL,
  scheme TEXT NOT NULL,
  open BLOB NOT NULL,
  secret BLOB NOT NULL, -- sealed
  peers BLOB NOT NULL,
  price INTEGER NOT NULL,
  -- when it was ordered
  time INTEGER NOT NULL,
  PRIMARY KEY (fingerprint, rid)
) STRICT;
CREATE INDEX bought_cid ON bought (cid);
CREATE INDEX bought_time ON bought (fingerprint, time);
-- money that we asked to be paid out, from before the call leaves until the tracker has answered
CREATE TABLE payout (
  fingerprint TEXT NOT NULL,
  id BLOB NOT NULL,
  amount INTEGER NOT NULL,
  destination TEXT NOT NULL,
  PRIMARY KEY (fingerprint, id)
) STRICT;
-- asked for from before the call leaves; such a grant is not spent unless the desk rejects it
CREATE TABLE refund (
  fingerprint TEXT NOT NULL,
  rid TEXT NOT NULL,
  pieces BLOB NOT NULL,
  reason TEXT NOT NULL,
  again INTEGER NOT NULL,
  state TEXT NOT NULL,
  PRIMARY KEY (fingerprint, rid)
) STRICT, WITHOUT ROWID;
CREATE TABLE content (
  cid TEXT PRIMARY KEY,
  fingerprint TEXT,
  torrent BLOB NOT NULL,
  folder TEXT NOT NULL,
  -- indexes of the chosen files, + after one that is wanted more, - less; null for all
  chosen TEXT,
  -- by whom it was taken up: person, watch, earn; null while it is not at work in this home
  origin TEXT,
  -- when it was first taken up, by our own clock
  added INTEGER NOT NULL DEFAULT 0,
  paused INTEGER NOT NULL DEFAULT 0,
  -- pieces are fetched in order
  sequential INTEGER NOT NULL DEFAULT 0
) STRICT;
-- what was whole on disk when it was last looked at: a cache, of no worth beside the files
CREATE TABLE stock (
  cid TEXT PRIMARY KEY,
  folder TEXT NOT NULL,
  pieces BLOB NOT NULL,
  stamps BLOB NOT NULL
) STRICT;
-- the buyer's part
CREATE TABLE asked (
  fingerprint TEXT NOT NULL,
  rid TEXT NOT NULL,
  seller TEXT NOT NULL,
  counter INTEGER NOT NULL,
  pieces BLOB NOT NULL,
  request BLOB NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('open', 'withdrawn', 'ended')),
  withdrawal BLOB,
  -- the seller's signed answer to it
  release BLOB,
  PRIMARY KEY (fingerprint, rid, seller, counter)
) STRICT, WITHOUT ROWID;
CREATE TABLE paid (
  fingerprint TEXT NOT NULL,
  rid TEXT NOT NULL,
  seller TEXT NOT NULL,
  k INTEGER NOT NULL,
  piece INTEGER NOT NULL,
  PRIMARY KEY (fingerprint, rid, seller, k)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX paid_once ON paid (fingerprint, rid, piece);
CREATE TABLE receipt (
  fingerprint TEXT NOT NULL,
  rid TEXT NOT NULL,
  seller TEXT NOT NULL,
  k INTEGER NOT NULL,
  receipt BLOB NOT NULL,
  PRIMARY KEY (fingerprint, rid, seller)
) STRICT, WITHOUT ROWID;
-- letters that were left with the tracker for sellers that were gone: payments up to k
CREATE TABLE letter (
  fingerprint TEXT NOT NULL,
  rid TEXT NOT NULL,
  seller TEXT NOT NULL,
  k INTEGER NOT NULL,
  PRIMARY KEY (fingerprint, rid, seller)
) STRICT, WITHOUT ROWID;
-- cases as their member was last told of them
CREATE TABLE known_case (
  fingerprint TEXT NOT NULL,
  number INTEGER NOT NULL,
  state TEXT NOT NULL,
  PRIMARY KEY (fingerprint, number)
) STRICT, WITHOUT ROWID;
-- the seller's part
CREATE TABLE met (
  fingerprint TEXT NOT NULL,
  rid TEXT NOT NULL,
  buyer TEXT NOT NULL,
  cid TEXT NOT NULL,
  scheme TEXT NOT NULL,
  -- what each piece under the grant brings; millionths
  reward INTEGER NOT NULL,
  opening BLOB NOT NULL,
  list INTEGER NOT NULL,
  payment_k INTEGER NOT NULL DEFAULT 0,
  payment BLOB,
  settled INTEGER NOT NULL DEFAULT 0,
  -- whether we were asked for pieces under the grant, and whether the tracker was told so (D5)
  asked INTEGER NOT NULL DEFAULT 0,
  told INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (fingerprint, rid, buyer)
) STRICT, WITHOUT ROWID;
CREATE INDEX met_untold ON met (fingerprint, cid) WHERE asked > told;
-- what is looked at every second does not grow with what was settled long ago
CREATE INDEX met_open ON met (fingerprint) WHERE payment_k > settled;
CREATE INDEX met_buyer ON met (fingerprint, buyer);
CREATE TABLE opened (
  fingerprint TEXT NOT NULL,
  rid TEXT NOT NULL,
  buyer TEXT NOT NULL,
  counter INTEGER NOT NULL,
  pieces BLOB NOT NULL,
  request BLOB NOT NULL,
  closed INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (fingerprint, rid, buyer, counter)
) STRICT, WITHOUT ROWID;
CREATE TABLE owed (
  fingerprint TEXT NOT NULL,
  rid TEXT NOT NULL,
  buyer TEXT NOT NULL,
  piece INTEGER NOT NULL,
  -- of the request; 0 once that was withdrawn: no debt, but the piece keeps its place
  counter INTEGER NOT NULL,
  tries INTEGER NOT NULL,
  -- when the piece was first sent
  time INTEGER NOT NULL,
  PRIMARY KEY (fingerprint, rid, buyer, piece)
) STRICT, WITHOUT ROWID;
-- what a buyer may owe beyond one piece, over all its grants (D5)
CREATE TABLE debtor (
  fingerprint TEXT NOT NULL,
  buyer TEXT NOT NULL,
  trust INTEGER NOT NULL,
  PRIMARY KEY (fingerprint, buyer)
) STRICT, WITHOUT ROWID;
-- pages of hash lists that were checked; each is checked again when it is used
CREATE TABLE page (
  seq INTEGER PRIMARY KEY,
  fingerprint TEXT NOT NULL,
  rid TEXT NOT NULL,
  page INTEGER NOT NULL,
  body BLOB NOT NULL,
  UNIQUE (fingerprint, rid, page)
) STRICT;
CREATE TABLE earned (
  fingerprint TEXT NOT NULL,
  rid TEXT NOT NULL,
  buyer TEXT NOT NULL,
  k INTEGER NOT NULL,
  piece INTEGER NOT NULL,
  token BLOB NOT NULL, -- sealed
  PRIMARY KEY (fingerprint, rid, buyer, k)
) STRICT, WITHOUT ROWID;
-- pieces that were paid, sent again free of charge to a buyer that lost them, and how often
CREATE TABLE resent (
  fingerprint TEXT NOT NULL,
  rid TEXT NOT NULL,
  buyer TEXT NOT NULL,
  piece INTEGER NOT NULL,
  tries INTEGER NOT NULL,
  PRIMARY KEY (fingerprint, rid, buyer, piece)
) STRICT, WITHOUT ROWID;
-- members that are not traded with; an entry stays after its time, for what comes next
CREATE TABLE blacklist (
  fingerprint TEXT NOT NULL,
  uid TEXT NOT NULL,
  -- of shared/errors.ts, with the fault theirs
  code TEXT NOT NULL,
  reason TEXT NOT NULL,
  evidence BLOB NOT NULL,
  since INTEGER NOT NULL,
  -- null: until it is lifted
  "until" INTEGER,
  offences INTEGER NOT NULL,
  PRIMARY KEY (fingerprint, uid)
) STRICT, WITHOUT ROWID;
-- claims from before their call leaves until acknowledged, and after that as an archive
CREATE TABLE claim (
  id BLOB PRIMARY KEY,
  fingerprint TEXT NOT NULL,
  grants BLOB NOT NULL, -- sealed
  credited INTEGER,
  answer BLOB
) STRICT;
CREATE INDEX claim_open ON claim (fingerprint) WHERE answer IS NULL;
-- what buyers paid by the hour since 1970, for the charts alone; nothing is judged by it
CREATE TABLE earned_hour (
  fingerprint TEXT NOT NULL,
  cid TEXT NOT NULL,
  hour INTEGER NOT NULL,
  amount INTEGER NOT NULL,
  PRIMARY KEY (hour, fingerprint, cid)
) STRICT, WITHOUT ROWID;
-- earned pieces that the tracker does not pay, for a wrong token or since it paid them to another
-- seller; the archived claim and its answer are the evidence
CREATE TABLE denied (
  fingerprint TEXT NOT NULL,
  rid TEXT NOT NULL,
  buyer TEXT NOT NULL,
  piece INTEGER NOT NULL,
  claim BLOB NOT NULL,
  PRIMARY KEY (fingerprint, rid, buyer, piece)
) STRICT, WITHOUT ROWID;
`
