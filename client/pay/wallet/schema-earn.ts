/** The wallet's tables of earn (earn.ts); what schema.ts says of the others holds for them. */

/** Made with those of schema.ts, in the same transaction. */
export const EARN_SCHEMA = `
-- what a person lets earn do, one row (earn.ts); null: no bound
CREATE TABLE earning (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  fingerprint TEXT NOT NULL,
  "on" INTEGER NOT NULL,
  quota INTEGER NOT NULL,
  budget INTEGER NOT NULL,
  folder TEXT NOT NULL,
  traffic INTEGER,
  up_limit INTEGER,
  hours TEXT,
  idle_ms INTEGER,
  load REAL
) STRICT;
-- contents that earn ordered, from before the order leaves; each counts against its budget for ever
CREATE TABLE stake (
  fingerprint TEXT NOT NULL,
  cid TEXT NOT NULL,
  price INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('ordered', 'held', 'dropped')),
  complete INTEGER,
  earned INTEGER NOT NULL DEFAULT 0,
  -- when that last grew
  grew INTEGER NOT NULL,
  -- whether earn itself paused it
  resting INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (fingerprint, cid)
) STRICT;
-- what catalogues said, by day since 1970 (UTC)
CREATE TABLE demand (
  fingerprint TEXT NOT NULL,
  cid TEXT NOT NULL,
  day INTEGER NOT NULL,
  bought INTEGER NOT NULL,
  sellers INTEGER NOT NULL,
  PRIMARY KEY (fingerprint, cid, day)
) STRICT, WITHOUT ROWID;
-- bytes that earn moved, booked ahead, by month (UTC)
CREATE TABLE traffic (
  month TEXT PRIMARY KEY,
  bytes INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
`
