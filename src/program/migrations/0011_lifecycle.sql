-- An order between its facts and its payment: open, settled, or stopped by a person.
ALTER TABLE orders ADD COLUMN standing TEXT NOT NULL DEFAULT '{"standing":"open"}'; -- JSON
ALTER TABLE orders ADD COLUMN frozen_case TEXT;   -- the case as it was approved, JSON
ALTER TABLE orders ADD COLUMN due_at INTEGER;     -- when it is approved by itself; null: not by itself
CREATE INDEX orders_due ON orders (due_at) WHERE due_at IS NOT NULL;

ALTER TABLE entries ADD COLUMN actor TEXT NOT NULL DEFAULT 'store';
ALTER TABLE entries ADD COLUMN note TEXT;         -- why, if a person did it
ALTER TABLE entries ADD COLUMN payout INTEGER REFERENCES payouts (number);
-- Booked after its conversion was paid: for the next payout.
ALTER TABLE entries ADD COLUMN late INTEGER NOT NULL DEFAULT 0;
CREATE INDEX entries_late ON entries (number) WHERE late = 1 AND payout IS NULL;
CREATE INDEX entries_of_payout ON entries (payout) WHERE payout IS NOT NULL;

CREATE INDEX conversions_by_affiliate ON conversions (affiliate, number);
CREATE INDEX conversions_by_status ON conversions (status, number);
CREATE INDEX conversions_by_affiliate_and_status ON conversions (affiliate, status, number);

CREATE TABLE payouts (
  number    INTEGER PRIMARY KEY AUTOINCREMENT,
  affiliate TEXT    NOT NULL,
  currency  TEXT    NOT NULL,
  amount    INTEGER NOT NULL,                -- the sum of its entries, minor units
  state     TEXT    NOT NULL,                -- open | paid | cancelled
  made_at   INTEGER NOT NULL,
  ended_at  INTEGER                          -- when it was paid or cancelled
) STRICT;
CREATE INDEX payouts_by_affiliate ON payouts (affiliate, number);

-- What was paid out of an affiliate's balance.
ALTER TABLE balances ADD COLUMN paid INTEGER NOT NULL DEFAULT 0; -- minor units

-- When the order's customer was forgotten (milliseconds): what is heard of it later is kept without
-- its person.
ALTER TABLE orders ADD COLUMN erased_at INTEGER;
