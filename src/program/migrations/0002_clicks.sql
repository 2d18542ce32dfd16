-- How often links were clicked, as the journey shards tell. No row says anything of one person.
CREATE TABLE clicks (
  day     INTEGER NOT NULL,                  -- days since 1970, UTC
  link    INTEGER NOT NULL,                  -- the directory's number; 0: the code named no link
  country TEXT    NOT NULL,
  verdict TEXT    NOT NULL,
  clicks  INTEGER NOT NULL,
  PRIMARY KEY (day, link, country, verdict)
) STRICT, WITHOUT ROWID;

-- The latest delivery of each shard that was added: one that comes again adds nothing.
CREATE TABLE counted (
  shard  TEXT    PRIMARY KEY,
  number INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
