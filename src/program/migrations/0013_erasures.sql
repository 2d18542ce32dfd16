-- Orders whose customer is still to be forgotten: of a shop that left, they are many.
CREATE TABLE erasures (
  source   TEXT NOT NULL,
  order_id TEXT NOT NULL,
  PRIMARY KEY (source, order_id)
) STRICT, WITHOUT ROWID;

-- Visitors whose journeys are still to be deleted in their shards.
CREATE TABLE forgotten_visitors (
  visitor TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;

-- Orders that a store is still to be asked for.
CREATE TABLE questions (
  source   TEXT    NOT NULL,
  order_id TEXT    NOT NULL,
  due      INTEGER NOT NULL,                 -- milliseconds
  tries    INTEGER NOT NULL,
  PRIMARY KEY (source, order_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX questions_due ON questions (due);
