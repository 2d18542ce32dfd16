-- What stores sent, as they sent it. What could be used is kept for as long as the program says,
-- 30 days by default: then only what follows from it is left. The rest are the dead letters.
CREATE TABLE calls (
  number      INTEGER PRIMARY KEY AUTOINCREMENT,
  endpoint    TEXT    NOT NULL,
  topic       TEXT    NOT NULL,
  digest      TEXT    NOT NULL,              -- SHA-256 of the body: a repetition adds nothing
  body        TEXT    NOT NULL,
  reason      TEXT,                          -- why it could not be used; null: it could
  source      TEXT,                          -- of the order that it is about
  order_id    TEXT,
  received_at INTEGER NOT NULL
) STRICT;
INSERT INTO calls (endpoint, topic, digest, body, reason, received_at)
  SELECT endpoint, topic, digest, body, reason, received_at FROM dead_letters ORDER BY number;
DROP TABLE dead_letters;
CREATE UNIQUE INDEX calls_once ON calls (endpoint, topic, digest);
CREATE INDEX calls_by_age ON calls (received_at) WHERE reason IS NULL;
CREATE INDEX dead_letters_by_age_of_call ON calls (received_at) WHERE reason IS NOT NULL;
CREATE INDEX calls_of_order ON calls (source, order_id);
CREATE INDEX dead_letters ON calls (number) WHERE reason IS NOT NULL;
