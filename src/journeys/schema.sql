-- Touches of the visitors of one shard.
CREATE TABLE IF NOT EXISTS touches (
  visitor    TEXT    NOT NULL,
  at         INTEGER NOT NULL,   -- milliseconds
  id         TEXT    NOT NULL,   -- follows from visitor, time, link and method
  keep_until INTEGER NOT NULL,   -- milliseconds
  body       TEXT    NOT NULL,   -- JSON
  PRIMARY KEY (visitor, at, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS touches_by_age ON touches (keep_until);

-- Clicks that the program was not told of yet.
CREATE TABLE IF NOT EXISTS counts (
  link    INTEGER NOT NULL,      -- the directory's number; 0: the code named no link
  day     INTEGER NOT NULL,      -- days since 1970, UTC
  country TEXT    NOT NULL,
  verdict TEXT    NOT NULL,
  clicks  INTEGER NOT NULL,
  PRIMARY KEY (link, day, country, verdict)
) STRICT, WITHOUT ROWID;

-- What is just being handed over to the program, as it is sent, however often. The numbers never
-- repeat, so that the program adds each once.
CREATE TABLE IF NOT EXISTS deliveries (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  counts TEXT    NOT NULL        -- JSON: [[link, day, country, verdict, clicks], …]
) STRICT;

-- How touches came in until 2026-11.
DROP VIEW IF EXISTS arrivals;
