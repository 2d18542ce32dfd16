-- What is written of an order are rows, those of indexes included: these tables have fewer of them.

-- Nothing of the ledger is ever deleted, so that its numbers need not be remembered besides.
CREATE TABLE conversions_kept (
  number     INTEGER PRIMARY KEY,
  store     TEXT    NOT NULL,
  order_id   TEXT    NOT NULL,
  affiliate  TEXT    NOT NULL,
  method     TEXT    NOT NULL,
  evidence   TEXT    NOT NULL,
  status     TEXT    NOT NULL,
  reason     TEXT,
  visible    INTEGER NOT NULL,
  review     INTEGER NOT NULL,
  share_bp   INTEGER NOT NULL,
  currency   TEXT    NOT NULL,
  credited   INTEGER NOT NULL DEFAULT 0      -- whether it ever earned its affiliate credit
) STRICT;
INSERT INTO conversions_kept (number, store, order_id, affiliate, method, evidence, status, reason,
    visible, review, share_bp, currency, credited)
  SELECT number, store, order_id, affiliate, method, evidence, status, reason, visible, review,
    share_bp, currency, credited FROM conversions ORDER BY number;
CREATE TABLE entries_kept (
  number     INTEGER PRIMARY KEY,
  conversion INTEGER NOT NULL REFERENCES conversions_kept (number),
  amount     INTEGER NOT NULL,               -- minor units; negative takes back
  reason     TEXT    NOT NULL,
  at         INTEGER NOT NULL,               -- milliseconds
  actor      TEXT    NOT NULL DEFAULT 'store',
  note       TEXT,                           -- why, if a person did it
  payout     INTEGER REFERENCES payouts (number),
  late       INTEGER NOT NULL DEFAULT 0      -- booked after its conversion was paid: for the next payout
) STRICT;
INSERT INTO entries_kept (number, conversion, amount, reason, at, actor, note, payout, late)
  SELECT number, conversion, amount, reason, at, actor, note, payout, late FROM entries
  ORDER BY number;
DROP TABLE entries;
DROP TABLE conversions;
ALTER TABLE conversions_kept RENAME TO conversions;
ALTER TABLE entries_kept RENAME TO entries;
CREATE INDEX conversions_of_order ON conversions (store, order_id);
CREATE INDEX conversions_by_status ON conversions (status, number);
CREATE INDEX conversions_by_affiliate_and_status ON conversions (affiliate, status, number);
CREATE INDEX entries_of_conversion ON entries (conversion);
CREATE INDEX entries_of_payout ON entries (payout) WHERE payout IS NOT NULL;
CREATE INDEX entries_late ON entries (number) WHERE late = 1 AND payout IS NULL;

-- What stores sent. A call of an order is found by the order, and its age by its number: calls are
-- numbered as they come. Only the dead letters have other indexes.
CREATE TABLE calls_kept (
  number      INTEGER PRIMARY KEY,
  endpoint    TEXT    NOT NULL,
  topic       TEXT    NOT NULL,
  digest      TEXT    NOT NULL,              -- SHA-256 of the body: a repetition adds nothing
  reason      TEXT,                          -- why it could not be used; null: it could
  store      TEXT,                          -- of the order that it is about, if that is known
  order_id    TEXT,
  received_at INTEGER NOT NULL,              -- milliseconds
  body        TEXT    NOT NULL
) STRICT;
INSERT INTO calls_kept (number, endpoint, topic, digest, reason, store, order_id, received_at, body)
  SELECT number, endpoint, topic, digest, reason, store, order_id, received_at, body FROM calls
  ORDER BY number;
DROP TABLE calls;
ALTER TABLE calls_kept RENAME TO calls;
CREATE UNIQUE INDEX calls_of_order ON calls (store, order_id, digest, endpoint, topic)
  WHERE store IS NOT NULL;
CREATE UNIQUE INDEX dead_letters_once ON calls (digest, endpoint, topic) WHERE store IS NULL;
CREATE INDEX dead_letters ON calls (number) WHERE reason IS NOT NULL;
CREATE INDEX dead_letters_by_age ON calls (received_at) WHERE reason IS NOT NULL;

-- The keys of every customer that a version of the order names: a JSON list.
ALTER TABLE orders ADD COLUMN customers TEXT NOT NULL DEFAULT '[]';
UPDATE orders SET customers = (SELECT json_group_array(customer) FROM customer_orders
  WHERE customer_orders.store = orders.store AND customer_orders.order_id = orders.id);
DROP INDEX customers_of_order;
