-- How far stores were looked at for changes that no call told of.
CREATE TABLE looks (
  source    TEXT    PRIMARY KEY,
  look      TEXT    NOT NULL,                -- JSON: how far, by the store's clock
  looked_at INTEGER,                         -- when a look last came to its end, milliseconds
  due       INTEGER,                         -- null: not by itself
  failures  INTEGER NOT NULL DEFAULT 0,      -- since a page was last read
  problem   TEXT                             -- of the last of them
) STRICT, WITHOUT ROWID;
CREATE INDEX looks_due ON looks (due) WHERE due IS NOT NULL;
