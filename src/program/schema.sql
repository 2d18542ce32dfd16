CREATE TABLE attempts (
  message INTEGER NOT NULL REFERENCES messages (number),
  number  INTEGER NOT NULL,
  body    TEXT    NOT NULL,                  -- JSON
  PRIMARY KEY (message, number)
) STRICT, WITHOUT ROWID;
CREATE TABLE audit (
  number  INTEGER PRIMARY KEY AUTOINCREMENT,
  at      INTEGER NOT NULL,                  -- milliseconds
  actor   TEXT    NOT NULL,
  action  TEXT    NOT NULL,
  subject TEXT    NOT NULL,                  -- what it was done to
  reason  TEXT    NOT NULL
) STRICT;
CREATE INDEX audit_of_assignments ON audit (number) WHERE action = 'assign';
CREATE TABLE balances (
  affiliate TEXT    NOT NULL,
  currency  TEXT    NOT NULL,
  amount    INTEGER NOT NULL, paid INTEGER NOT NULL DEFAULT 0,                -- the sum of the affiliate's entries, minor units
  PRIMARY KEY (affiliate, currency)
) STRICT, WITHOUT ROWID;
CREATE TABLE "calls" (
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
CREATE UNIQUE INDEX calls_of_order ON calls (store, order_id, digest, endpoint, topic)
  WHERE store IS NOT NULL;
CREATE INDEX dead_letters ON calls (number) WHERE reason IS NOT NULL;
CREATE INDEX dead_letters_by_age ON calls (received_at) WHERE reason IS NOT NULL;
CREATE UNIQUE INDEX dead_letters_once ON calls (digest, endpoint, topic) WHERE store IS NULL;
CREATE TABLE clicks (
  day     INTEGER NOT NULL,                  -- days since 1970, UTC
  link    INTEGER NOT NULL,                  -- the directory's number; 0: the code named no link
  country TEXT    NOT NULL,
  verdict TEXT    NOT NULL,
  clicks  INTEGER NOT NULL,
  PRIMARY KEY (day, link, country, verdict)
) STRICT, WITHOUT ROWID;
CREATE INDEX clicks_of_link ON clicks (link, verdict);
CREATE TABLE "conversions" (
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
CREATE INDEX conversions_by_affiliate_and_status ON conversions (affiliate, status, number);
CREATE INDEX conversions_by_status ON conversions (status, number);
CREATE INDEX conversions_of_order ON conversions (store, order_id);
CREATE TABLE counted (
  shard  TEXT    PRIMARY KEY,
  number INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE customer_affiliates (
  number    INTEGER PRIMARY KEY AUTOINCREMENT,
  customer  TEXT    NOT NULL,
  affiliate TEXT    NOT NULL,
  valid_from    INTEGER NOT NULL,                -- milliseconds
  valid_to      INTEGER,                         -- null: in force
  store    TEXT,                            -- the order that made it; null: a person did
  order_id  TEXT,
  actor     TEXT,
  reason    TEXT
) STRICT;
CREATE INDEX assignments_of_order ON customer_affiliates (store, order_id) WHERE order_id IS NOT NULL;
CREATE INDEX customer_affiliates_history ON customer_affiliates (customer, valid_from);
CREATE TABLE customer_orders (
  customer  TEXT    NOT NULL,
  placed_at INTEGER NOT NULL,                -- milliseconds
  store    TEXT    NOT NULL,
  order_id  TEXT    NOT NULL,
  PRIMARY KEY (customer, placed_at, store, order_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE directory (
  number  INTEGER PRIMARY KEY AUTOINCREMENT, -- a link's number stands in shoppers' tokens
  kind    TEXT    NOT NULL,
  key     TEXT    NOT NULL,
  body    TEXT    NOT NULL,                  -- JSON
  valid_from  INTEGER NOT NULL,                  -- milliseconds
  valid_to    INTEGER                            -- null: in force
) STRICT;
CREATE INDEX directory_history ON directory (kind, key, valid_from);
CREATE UNIQUE INDEX directory_in_force ON directory (kind, key) WHERE valid_to IS NULL;
CREATE TABLE "entries" (
  number     INTEGER PRIMARY KEY,
  conversion INTEGER NOT NULL REFERENCES "conversions" (number),
  amount     INTEGER NOT NULL,               -- minor units; negative takes back
  reason     TEXT    NOT NULL,
  at         INTEGER NOT NULL,               -- milliseconds
  actor      TEXT    NOT NULL DEFAULT 'store',
  note       TEXT,                           -- why, if a person did it
  payout     INTEGER REFERENCES payouts (number),
  late       INTEGER NOT NULL DEFAULT 0      -- booked after its conversion was paid: for the next payout
) STRICT;
CREATE INDEX entries_late ON entries (number) WHERE late = 1 AND payout IS NULL;
CREATE INDEX entries_of_conversion ON entries (conversion);
CREATE INDEX entries_of_payout ON entries (payout) WHERE payout IS NOT NULL;
CREATE TABLE erasures (
  store   TEXT NOT NULL,
  order_id TEXT NOT NULL,
  PRIMARY KEY (store, order_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE events (
  number   INTEGER PRIMARY KEY AUTOINCREMENT,
  at       INTEGER NOT NULL,                 -- milliseconds
  body     TEXT    NOT NULL                  -- JSON
) STRICT;
CREATE INDEX events_by_age ON events (at);
CREATE TABLE facts (
  store      TEXT    NOT NULL,
  order_id    TEXT    NOT NULL,
  key         TEXT    NOT NULL,
  body        TEXT    NOT NULL,              -- JSON
  received_at INTEGER NOT NULL,
  PRIMARY KEY (store, order_id, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX facts_of_beacons ON facts (key, received_at) WHERE key >= 'beacon:' AND key < 'beacon;';
CREATE INDEX facts_of_tests_by_customer ON facts ('id:' || store || ':' || (body ->> '$.customer_id'))
  WHERE key >= 'snapshot:' AND key < 'snapshot;' AND body ->> '$.test';
CREATE INDEX facts_of_tests_by_email ON facts ('email:' || (body ->> '$.email'))
  WHERE key >= 'snapshot:' AND key < 'snapshot;' AND body ->> '$.test';
CREATE TABLE forgotten_visitors (
  visitor TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;
CREATE TABLE messages (
  number   INTEGER PRIMARY KEY AUTOINCREMENT,
  event    INTEGER NOT NULL REFERENCES events (number),
  receiver TEXT    NOT NULL,                 -- webhook/NAME or postback/NAME
  state    TEXT    NOT NULL,                 -- waiting | paused | delivered | given_up
  due      INTEGER NOT NULL,                 -- milliseconds
  body     TEXT    NOT NULL                  -- JSON: how often it was tried, and so on
) STRICT;
CREATE INDEX messages_at_rest ON messages (due) WHERE state <> 'waiting';
CREATE INDEX messages_due ON messages (due) WHERE state = 'waiting';
CREATE INDEX messages_due_of_receiver ON messages (receiver, due) WHERE state = 'waiting';
CREATE INDEX messages_in_state ON messages (state, number);
CREATE INDEX messages_of_event ON messages (event);
CREATE INDEX messages_of_receiver ON messages (receiver, state, number);
CREATE TABLE migrations (version INTEGER PRIMARY KEY) STRICT;
CREATE TABLE "order_aliases" (
  store   TEXT NOT NULL,
  name     TEXT NOT NULL,
  order_id TEXT NOT NULL,
  PRIMARY KEY (store, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX names_of_order ON "order_aliases" (store, order_id);
CREATE TABLE "order_fetches" (
  store   TEXT    NOT NULL,
  order_id TEXT    NOT NULL,
  due      INTEGER NOT NULL,                 -- milliseconds
  tries    INTEGER NOT NULL,
  PRIMARY KEY (store, order_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX questions_due ON "order_fetches" (due);
CREATE TABLE order_journeys (
  store   TEXT    NOT NULL,
  order_id TEXT    NOT NULL,
  visitor  TEXT    NOT NULL,
  read     INTEGER NOT NULL,                 -- 0: an alarm will
  PRIMARY KEY (store, order_id, visitor)
) STRICT, WITHOUT ROWID;
CREATE INDEX order_journeys_unread ON order_journeys (store, order_id) WHERE read = 0;
CREATE TABLE orders (
  store     TEXT    NOT NULL,
  id         TEXT    NOT NULL,
  state      TEXT    NOT NULL,               -- waiting | decided | undecided
  problem    TEXT,                           -- why it is undecided
  flags      TEXT    NOT NULL,               -- JSON
  placed_at  INTEGER,
  currency   TEXT,
  review     INTEGER NOT NULL,
  the_case   TEXT,                           -- JSON, as decided
  decision   TEXT,                           -- JSON
  changed_at INTEGER NOT NULL, first_seen_at INTEGER NOT NULL DEFAULT 0, approval TEXT NOT NULL DEFAULT '{"standing":"open"}', frozen_case TEXT, due_at INTEGER, erased_at INTEGER, acknowledged TEXT NOT NULL DEFAULT '[]', customers TEXT NOT NULL DEFAULT '[]',
  PRIMARY KEY (store, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX orders_by_change ON orders (changed_at, store, id);
CREATE INDEX orders_by_state ON orders (state, changed_at, store, id);
CREATE INDEX orders_due ON orders (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX orders_to_review ON orders (changed_at, store, id) WHERE review = 1;
CREATE INDEX orders_waiting ON orders (first_seen_at) WHERE state = 'waiting';
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
CREATE TABLE receivers (
  name   TEXT PRIMARY KEY,
  health TEXT NOT NULL                       -- JSON
) STRICT, WITHOUT ROWID;
CREATE TABLE shared_payments (
  store    TEXT NOT NULL,
  payment  TEXT NOT NULL,
  order_id TEXT NOT NULL,
  PRIMARY KEY (store, payment, order_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX shared_payments_of_order ON shared_payments (store, order_id);
CREATE TABLE "stale_orders" (
  store   TEXT NOT NULL,
  order_id TEXT NOT NULL, failed INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (store, order_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX unsettled_by_turn ON "stale_orders" (failed);
CREATE TABLE subscription_orders (
  store       TEXT    NOT NULL,
  subscription TEXT    NOT NULL,
  renewal      INTEGER NOT NULL,             -- 0: the first order
  placed_at    INTEGER NOT NULL,             -- milliseconds
  order_id     TEXT    NOT NULL,
  PRIMARY KEY (store, subscription, renewal, placed_at, order_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX subscriptions_of_order ON subscription_orders (store, order_id);
CREATE TABLE "syncs" (
  store    TEXT    PRIMARY KEY,
  cursor      TEXT    NOT NULL,                -- JSON: how far, by the store's clock
  synced_at INTEGER,                         -- when a look last came to its end, milliseconds
  due       INTEGER,                         -- null: not by itself
  failures  INTEGER NOT NULL DEFAULT 0,      -- since a page was last read
  problem   TEXT                             -- of the last of them
) STRICT, WITHOUT ROWID;
CREATE INDEX looks_due ON "syncs" (due) WHERE due IS NOT NULL;
CREATE TABLE touch_details (
  touch     TEXT    PRIMARY KEY,
  subs      TEXT    NOT NULL,                -- JSON
  opted_out INTEGER NOT NULL                 -- 1: nothing of it is passed on
, kept_since INTEGER NOT NULL DEFAULT 0) STRICT, WITHOUT ROWID;
CREATE INDEX touch_details_by_age ON touch_details (kept_since);
CREATE TABLE unpublished (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  kind   TEXT NOT NULL,
  key    TEXT NOT NULL,
  UNIQUE (kind, key)
) STRICT;
CREATE TABLE waiting_beacons (
  store   TEXT    NOT NULL,
  order_id TEXT    NOT NULL,
  since    INTEGER NOT NULL,                 -- milliseconds
  PRIMARY KEY (store, order_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX waiting_beacons_by_age ON waiting_beacons (since);
