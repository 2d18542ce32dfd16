-- What people did: who, what, to what, and why. Only added to.
CREATE TABLE audit (
  number  INTEGER PRIMARY KEY AUTOINCREMENT,
  at      INTEGER NOT NULL,                  -- milliseconds
  actor   TEXT    NOT NULL,
  action  TEXT    NOT NULL,
  subject TEXT    NOT NULL,                  -- what it was done to
  reason  TEXT    NOT NULL
) STRICT;
