-- One merchant's program. Rows are never overwritten where a later reader needs the past:
-- the directory begins and ends, facts and entries are only added.

CREATE TABLE directory (
  number  INTEGER PRIMARY KEY AUTOINCREMENT, -- a link's number stands in shoppers' tokens
  kind    TEXT    NOT NULL,
  key     TEXT    NOT NULL,
  body    TEXT    NOT NULL,                  -- JSON
  begins  INTEGER NOT NULL,                  -- milliseconds
  ends    INTEGER                            -- null: in force
) STRICT;
CREATE UNIQUE INDEX directory_in_force ON directory (kind, key) WHERE ends IS NULL;
CREATE INDEX directory_history ON directory (kind, key, begins);

-- What has to be sent to KV: links, and what every click needs of the program.
CREATE TABLE unpublished (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  kind   TEXT NOT NULL,
  key    TEXT NOT NULL,
  UNIQUE (kind, key)
) STRICT;

CREATE TABLE facts (
  source      TEXT    NOT NULL,
  order_id    TEXT    NOT NULL,
  key         TEXT    NOT NULL,
  body        TEXT    NOT NULL,              -- JSON
  received_at INTEGER NOT NULL,
  PRIMARY KEY (source, order_id, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE orders (
  source     TEXT    NOT NULL,
  id         TEXT    NOT NULL,
  state      TEXT    NOT NULL,               -- waiting | decided | undecided
  problem    TEXT,                           -- why it is undecided
  flags      TEXT    NOT NULL,               -- JSON
  placed_at  INTEGER,
  currency   TEXT,
  review     INTEGER NOT NULL,
  the_case   TEXT,                           -- JSON, as decided
  decision   TEXT,                           -- JSON
  changed_at INTEGER NOT NULL,
  PRIMARY KEY (source, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX orders_by_change ON orders (changed_at, source, id);

CREATE TABLE conversions (
  number     INTEGER PRIMARY KEY AUTOINCREMENT,
  source     TEXT    NOT NULL,
  order_id   TEXT    NOT NULL,
  affiliate  TEXT    NOT NULL,
  method     TEXT    NOT NULL,
  evidence   TEXT    NOT NULL,
  status     TEXT    NOT NULL,
  reason     TEXT,
  visible    INTEGER NOT NULL,
  review     INTEGER NOT NULL,
  share_bp   INTEGER NOT NULL,
  currency   TEXT    NOT NULL
) STRICT;
CREATE INDEX conversions_of_order ON conversions (source, order_id);

CREATE TABLE entries (
  number      INTEGER PRIMARY KEY AUTOINCREMENT,
  conversion  INTEGER NOT NULL REFERENCES conversions (number),
  amount      INTEGER NOT NULL,              -- minor units; negative takes back
  reason      TEXT    NOT NULL,
  at          INTEGER NOT NULL
) STRICT;
CREATE INDEX entries_of_conversion ON entries (conversion);

-- What is owed, kept beside the entries so that a list of affiliates does not add them up.
CREATE TABLE balances (
  affiliate TEXT    NOT NULL,
  currency  TEXT    NOT NULL,
  amount    INTEGER NOT NULL,                -- the sum of the affiliate's entries, minor units
  PRIMARY KEY (affiliate, currency)
) STRICT, WITHOUT ROWID;

-- A customer's affiliate, once assigned, stays. A customer may be known by several keys.
CREATE TABLE assignments (
  customer  TEXT    PRIMARY KEY,
  affiliate TEXT    NOT NULL,
  at        INTEGER NOT NULL,
  source    TEXT    NOT NULL,                -- the order that made it
  order_id  TEXT    NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE dead_letters (
  number      INTEGER PRIMARY KEY AUTOINCREMENT,
  endpoint    TEXT    NOT NULL,
  topic       TEXT    NOT NULL,
  reason      TEXT    NOT NULL,
  digest      TEXT    NOT NULL,              -- SHA-256 of the body: a repetition adds nothing
  body        TEXT    NOT NULL,
  received_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX dead_letters_once ON dead_letters (endpoint, digest);
CREATE INDEX dead_letters_by_age ON dead_letters (received_at);
