-- Which orders a customer placed: by the store's id and by e-mail, as any version of the order says.
CREATE TABLE customer_orders (
  customer  TEXT    NOT NULL,
  placed_at INTEGER NOT NULL,                -- milliseconds
  source    TEXT    NOT NULL,
  order_id  TEXT    NOT NULL,
  PRIMARY KEY (customer, placed_at, source, order_id)
) STRICT, WITHOUT ROWID;

-- Whose journeys bear on an order, and whether they were read for it.
CREATE TABLE order_journeys (
  source   TEXT    NOT NULL,
  order_id TEXT    NOT NULL,
  visitor  TEXT    NOT NULL,
  read     INTEGER NOT NULL,                 -- 0: an alarm will
  PRIMARY KEY (source, order_id, visitor)
) STRICT, WITHOUT ROWID;
CREATE INDEX order_journeys_unread ON order_journeys (source, order_id) WHERE read = 0;
