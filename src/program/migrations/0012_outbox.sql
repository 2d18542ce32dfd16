-- What has to be told, written in the transaction that it tells of.
CREATE TABLE events (
  number   INTEGER PRIMARY KEY AUTOINCREMENT,
  at       INTEGER NOT NULL,                 -- milliseconds
  body     TEXT    NOT NULL                  -- JSON
) STRICT;
CREATE INDEX events_by_age ON events (at);

-- An event on its way to one receiver.
CREATE TABLE messages (
  number   INTEGER PRIMARY KEY AUTOINCREMENT,
  event    INTEGER NOT NULL REFERENCES events (number),
  receiver TEXT    NOT NULL,                 -- webhook/NAME or postback/NAME
  state    TEXT    NOT NULL,                 -- waiting | paused | delivered | given_up
  due      INTEGER NOT NULL,                 -- milliseconds
  body     TEXT    NOT NULL                  -- JSON: how often it was tried, and so on
) STRICT;
CREATE INDEX messages_due ON messages (due) WHERE state = 'waiting';
CREATE INDEX messages_of_receiver ON messages (receiver, state, number);
CREATE INDEX messages_of_event ON messages (event);

-- The log: what became of each try.
CREATE TABLE attempts (
  message INTEGER NOT NULL REFERENCES messages (number),
  number  INTEGER NOT NULL,
  body    TEXT    NOT NULL,                  -- JSON
  PRIMARY KEY (message, number)
) STRICT, WITHOUT ROWID;

-- Whether receivers are alive.
CREATE TABLE receivers (
  name   TEXT PRIMARY KEY,
  health TEXT NOT NULL                       -- JSON
) STRICT, WITHOUT ROWID;

-- What came with a click, for those who are told of its order.
CREATE TABLE touch_details (
  touch     TEXT    PRIMARY KEY,
  subs      TEXT    NOT NULL,                -- JSON
  opted_out INTEGER NOT NULL                 -- 1: nothing of it is passed on
) STRICT, WITHOUT ROWID;
