/**
 * The tables of what waits for people or rules: cases, vouchers, payouts. A part of
 * store-schema.ts, written as that is.
 */

/** SQL; what it refers to is in store-schema.ts. */
export const DESK_TABLES = `
-- What members ask the provider's desk, or rules decide; evidence is kept as it was signed.
CREATE TABLE cases (
  id INTEGER PRIMARY KEY,
  kind TEXT NOT NULL,
  state TEXT NOT NULL,
  grant_id INTEGER NOT NULL REFERENCES grants,
  plaintiff INTEGER NOT NULL REFERENCES members,
  accused INTEGER REFERENCES members,
  pieces BLOB NOT NULL,
  opened INTEGER NOT NULL,
  deadline INTEGER NOT NULL,
  evidence BLOB NOT NULL,
  -- of a refund: CaseFacts of tracker/case-facts.ts
  known BLOB NOT NULL,
  -- of a complaint: SHA-256 of the signed request, and its counter
  request BLOB,
  counter INTEGER,
  -- when the accused fetched the notice, and when the plaintiff was told of the end
  fetched INTEGER,
  told INTEGER,
  -- what the accused signed, then the case file and the verdict that it gave
  answer BLOB,
  file BLOB,
  verdict BLOB,
  outcome TEXT,
  mark_plaintiff INTEGER NOT NULL DEFAULT 0,
  mark_accused INTEGER NOT NULL DEFAULT 0,
  settled INTEGER REFERENCES commits,
  from_escrow INTEGER NOT NULL DEFAULT 0,
  from_held INTEGER NOT NULL DEFAULT 0,
  -- what the grant lacked, and what of that was left when it closed
  short INTEGER NOT NULL DEFAULT 0,
  from_rest INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE UNIQUE INDEX cases_once ON cases (grant_id, plaintiff, request) WHERE request IS NOT NULL;
CREATE INDEX cases_accused ON cases (accused) WHERE accused IS NOT NULL;
CREATE INDEX cases_of ON cases (grant_id);
CREATE INDEX cases_plaintiff ON cases (plaintiff);
CREATE INDEX cases_due ON cases (deadline) WHERE state IN ('open', 'granted', 'upheld');

-- The audit trail: who brought a case to which state, when and why; rows are only ever added.
CREATE TABLE case_events (
  case_id INTEGER NOT NULL REFERENCES cases,
  line INTEGER NOT NULL,
  at INTEGER NOT NULL,
  who TEXT NOT NULL,
  what TEXT NOT NULL,
  reason TEXT NOT NULL,
  PRIMARY KEY (case_id, line)
) STRICT, WITHOUT ROWID;

-- Codes that are worth an amount once; a code itself is never kept, only its hash.
CREATE TABLE vouchers (
  id INTEGER PRIMARY KEY,
  hash BLOB NOT NULL UNIQUE,
  amount INTEGER NOT NULL CHECK (amount > 0),
  note TEXT NOT NULL,
  -- what paid for it (sources), when the provider said so
  source BLOB,
  made INTEGER NOT NULL,
  until INTEGER NOT NULL,
  voided INTEGER,
  -- who redeemed it, and the commit that credited it
  member INTEGER REFERENCES members,
  commit_id INTEGER UNIQUE REFERENCES commits
) STRICT;

-- What members asked to be paid out, or the desk for one that is revoked. Where to is hidden
-- (vault.ts); decided once, for good.
CREATE TABLE payouts (
  id INTEGER PRIMARY KEY,
  member INTEGER NOT NULL REFERENCES members,
  commit_id INTEGER NOT NULL UNIQUE REFERENCES commits,
  amount INTEGER NOT NULL CHECK (amount > 0),
  destination BLOB NOT NULL,
  asked INTEGER NOT NULL,
  -- who of the desk asked, and why; NULL: the member did
  made_by TEXT,
  why TEXT,
  state TEXT NOT NULL CHECK (state IN ('asked', 'paid', 'returned')),
  decided INTEGER,
  who TEXT,
  note TEXT,
  settled INTEGER UNIQUE REFERENCES commits,
  CHECK ((made_by IS NULL) = (why IS NULL))
) STRICT;
CREATE INDEX payouts_of ON payouts (member);
CREATE INDEX payouts_waiting ON payouts (id) WHERE state = 'asked';
`
