/**
 * The tables of the tracker's database, as SQL.
 *
 * Rows are compact, because a purchase happens once per customer and content and is kept for years:
 * outside names stand once, in the row of what they name, and everything else refers by integer.
 * Times are milliseconds of the tracker's clock, amounts millionths, sets of pieces bitmaps.
 */

import { DESK_TABLES } from './store-schema-desk.js'

/** Version of the tables, kept in `PRAGMA user_version`; another version is not opened. */
export const SCHEMA_VERSION = 2n

/** Everything that an empty database needs. */
export const SCHEMA = `
CREATE TABLE members (
  id INTEGER PRIMARY KEY,
  uid TEXT NOT NULL UNIQUE,
  key BLOB NOT NULL UNIQUE,
  name TEXT NOT NULL,
  counter INTEGER NOT NULL DEFAULT 0,
  -- the call that had this counter: first 16 bytes of its SHA-256
  call BLOB,
  house INTEGER NOT NULL DEFAULT 0,
  registered INTEGER NOT NULL,
  -- the invitation it registered with, when it had one
  invitation INTEGER REFERENCES invitations
) STRICT;

-- Codes that the provider gave out to register with; a code itself is never kept, only its hash.
CREATE TABLE invitations (
  id INTEGER PRIMARY KEY,
  hash BLOB NOT NULL UNIQUE,
  note TEXT NOT NULL,
  uses INTEGER NOT NULL,
  used INTEGER NOT NULL DEFAULT 0,
  made INTEGER NOT NULL,
  until INTEGER NOT NULL
) STRICT;

-- Every certificate that has not expired a day ago, so that all of a member's can be revoked.
CREATE TABLE certificates (
  serial TEXT PRIMARY KEY,
  member INTEGER NOT NULL REFERENCES members,
  until INTEGER NOT NULL,
  der BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX certificates_of ON certificates (member, until);

-- Members whose certificates are revoked; the highest number is the list's.
CREATE TABLE revocations (
  number INTEGER PRIMARY KEY,
  member INTEGER NOT NULL UNIQUE REFERENCES members,
  at INTEGER NOT NULL,
  reason TEXT NOT NULL
) STRICT;

CREATE TABLE contents (
  id INTEGER PRIMARY KEY,
  cid TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  size INTEGER NOT NULL,
  files INTEGER NOT NULL,
  terms INTEGER NOT NULL,
  torrent BLOB NOT NULL,
  published INTEGER NOT NULL
) STRICT;

-- A grant stays on the terms it was bought on when the content's terms change.
CREATE TABLE terms (
  id INTEGER PRIMARY KEY,
  digest BLOB NOT NULL UNIQUE,
  -- SHA-256 of what they say whenever they were signed: what is said again is signed once
  says BLOB NOT NULL UNIQUE,
  signed BLOB NOT NULL
) STRICT;

CREATE TABLE grants (
  id INTEGER PRIMARY KEY,
  rid TEXT NOT NULL UNIQUE,
  buyer INTEGER NOT NULL REFERENCES members,
  content INTEGER NOT NULL REFERENCES contents,
  terms INTEGER NOT NULL REFERENCES terms,
  bought INTEGER NOT NULL REFERENCES commits,
  seed BLOB NOT NULL,
  ask BLOB NOT NULL,
  issued INTEGER NOT NULL,
  spend_until INTEGER NOT NULL,
  claim_until INTEGER NOT NULL,
  held_due INTEGER,
  -- the pieces of a supplementary grant, as a bitmap; NULL: the whole content
  only BLOB,
  closed INTEGER NOT NULL DEFAULT 0,
  ended INTEGER,
  -- number of the last peer list, and when it was signed
  list INTEGER NOT NULL DEFAULT 0,
  listed INTEGER NOT NULL DEFAULT 0,
  spent BLOB NOT NULL DEFAULT x''
) STRICT;
CREATE INDEX grants_of ON grants (buyer, content);
CREATE INDEX grants_listed ON grants (content, listed) WHERE only IS NULL AND closed = 0;
CREATE INDEX grants_bought ON grants (bought);
CREATE INDEX grants_issued ON grants (issued, content) WHERE only IS NULL;
CREATE INDEX grants_held ON grants (held_due) WHERE held_due IS NOT NULL;
CREATE INDEX grants_open ON grants (claim_until) WHERE closed = 0;

-- How long whole contents take to fetch: when a buyer was first heard of with so many bytes to go,
-- and the milliseconds to the last one, as for all bytes. The newest of each content stay.
CREATE TABLE downloads (
  grant_id INTEGER PRIMARY KEY REFERENCES grants,
  content INTEGER NOT NULL REFERENCES contents,
  began INTEGER NOT NULL,
  bytes INTEGER NOT NULL,
  took INTEGER
) STRICT;
CREATE INDEX downloads_done ON downloads (content, took) WHERE took IS NOT NULL;

-- Sellers that a grant's peer lists have named (D5), when one last did, and whether the seller was
-- asked under the grant; the house is not among them.
CREATE TABLE named (
  grant_id INTEGER NOT NULL REFERENCES grants,
  seller INTEGER NOT NULL REFERENCES members,
  listed INTEGER NOT NULL,
  asked INTEGER NOT NULL DEFAULT 0,
  replaced INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (grant_id, seller)
) STRICT, WITHOUT ROWID;

-- Payments that buyers left for sellers that were gone; a number is never used again.
CREATE TABLE letters (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  grant_id INTEGER NOT NULL REFERENCES grants,
  seller INTEGER NOT NULL REFERENCES members,
  body BLOB NOT NULL,
  at INTEGER NOT NULL,
  UNIQUE (grant_id, seller)
) STRICT;
CREATE INDEX letters_to ON letters (seller);

-- Where a seller's settled payments of a grant stand.
CREATE TABLE settled (
  grant_id INTEGER NOT NULL REFERENCES grants,
  seller INTEGER NOT NULL REFERENCES members,
  k INTEGER NOT NULL,
  chain BLOB NOT NULL,
  PRIMARY KEY (grant_id, seller)
) STRICT, WITHOUT ROWID;

-- The pieces of a grant that were paid to a member, as a bitmap: what says whose a piece is.
CREATE TABLE payees (
  grant_id INTEGER NOT NULL REFERENCES grants,
  member INTEGER NOT NULL REFERENCES members,
  pieces BLOB NOT NULL,
  PRIMARY KEY (grant_id, member)
) STRICT, WITHOUT ROWID;

-- Claims that paid, with the claim itself as evidence and the pieces it was paid for.
CREATE TABLE claims (
  id INTEGER PRIMARY KEY,
  commit_id INTEGER NOT NULL REFERENCES commits,
  grant_id INTEGER NOT NULL REFERENCES grants,
  seller INTEGER NOT NULL REFERENCES members,
  due INTEGER NOT NULL,
  matured INTEGER NOT NULL DEFAULT 0,
  -- the flow for which it is held, or was withheld
  flow INTEGER REFERENCES flows,
  withheld INTEGER NOT NULL DEFAULT 0,
  -- the commit by which it matured or was withheld
  ended INTEGER REFERENCES commits,
  amount INTEGER NOT NULL,
  pieces BLOB NOT NULL,
  claim BLOB NOT NULL
) STRICT;
CREATE INDEX claims_in ON claims (commit_id);
CREATE UNIQUE INDEX claims_ended ON claims (ended) WHERE ended IS NOT NULL;
CREATE INDEX claims_of ON claims (grant_id, seller);
CREATE INDEX claims_due ON claims (due) WHERE matured = 0 AND flow IS NULL;
CREATE INDEX claims_flow ON claims (flow) WHERE flow IS NOT NULL;
CREATE INDEX claims_kept ON claims (seller) WHERE flow IS NOT NULL;

-- What paid for a member, or invited it, as a keyed digest: nobody reads it out of a copy.
CREATE TABLE sources (
  source BLOB NOT NULL,
  kind TEXT NOT NULL,
  member INTEGER NOT NULL REFERENCES members,
  PRIMARY KEY (source, member)
) STRICT, WITHOUT ROWID;
CREATE INDEX sources_of ON sources (member);

-- Claims of one member under the grants of one source's members that wait, or waited, for the desk.
CREATE TABLE flows (
  id INTEGER PRIMARY KEY,
  payee INTEGER NOT NULL REFERENCES members,
  source BLOB NOT NULL,
  state TEXT NOT NULL
) STRICT;
CREATE INDEX flows_of ON flows (payee, source);

-- The audit trail of a flow, as case_events are of a case.
CREATE TABLE flow_events (
  flow_id INTEGER NOT NULL REFERENCES flows,
  line INTEGER NOT NULL,
  at INTEGER NOT NULL,
  who TEXT NOT NULL,
  what TEXT NOT NULL,
  reason TEXT NOT NULL,
  PRIMARY KEY (flow_id, line)
) STRICT, WITHOUT ROWID;

-- When this tracker was last at work: no deadline passes while it is away.
CREATE TABLE awake (at INTEGER NOT NULL) STRICT;

-- One row per commit of the ledger; the key makes a repeat return the first answer.
CREATE TABLE commits (
  id INTEGER PRIMARY KEY,
  key BLOB NOT NULL UNIQUE,
  kind TEXT NOT NULL,
  at INTEGER NOT NULL,
  answer BLOB
) STRICT;

CREATE TABLE transfers (
  commit_id INTEGER NOT NULL REFERENCES commits,
  line INTEGER NOT NULL,
  debit INTEGER NOT NULL REFERENCES accounts,
  credit INTEGER NOT NULL REFERENCES accounts,
  amount INTEGER NOT NULL CHECK (amount > 0),
  PRIMARY KEY (commit_id, line)
) STRICT, WITHOUT ROWID;

-- A member's statement goes by its accounts.
CREATE INDEX transfers_debit ON transfers (debit, commit_id);
CREATE INDEX transfers_credit ON transfers (credit, commit_id);

-- Running totals; an account's balance is credits minus debits.
CREATE TABLE accounts (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  debits INTEGER NOT NULL DEFAULT 0,
  credits INTEGER NOT NULL DEFAULT 0
) STRICT;

-- Free torrents that the plain tracker speaks of; the revision tells a serving process of a change.
CREATE TABLE free (
  cid TEXT PRIMARY KEY,
  name TEXT,
  listed INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE free_revision (number INTEGER NOT NULL) STRICT;
INSERT INTO free_revision VALUES (0);

${DESK_TABLES}
PRAGMA user_version = ${SCHEMA_VERSION};
`
