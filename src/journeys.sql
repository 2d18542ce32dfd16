CREATE TABLE IF NOT EXISTS touches (
  visitor    TEXT    NOT NULL,
  id         TEXT    NOT NULL,   -- follows from visitor, time, link and method
  at         INTEGER NOT NULL,   -- milliseconds
  keep_until INTEGER NOT NULL,   -- milliseconds
  body       TEXT    NOT NULL,   -- JSON
  PRIMARY KEY (visitor, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS touches_of_visitor ON touches (visitor, at);
CREATE INDEX IF NOT EXISTS touches_by_age ON touches (keep_until);
