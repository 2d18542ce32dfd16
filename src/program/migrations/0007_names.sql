-- Other names by which a store's calls speak of an order, such as Stripe's payment.
CREATE TABLE order_names (
  source   TEXT NOT NULL,
  name     TEXT NOT NULL,
  order_id TEXT NOT NULL,
  PRIMARY KEY (source, name)
) STRICT, WITHOUT ROWID;

-- The orders of a subscription, so that a renewal finds the first one, and knows its number.
CREATE TABLE subscription_orders (
  source       TEXT    NOT NULL,
  subscription TEXT    NOT NULL,
  renewal      INTEGER NOT NULL,             -- 0: the first order
  placed_at    INTEGER NOT NULL,             -- milliseconds
  order_id     TEXT    NOT NULL,
  PRIMARY KEY (source, subscription, renewal, placed_at, order_id)
) STRICT, WITHOUT ROWID;

-- Orders to be decided again, since something that bears on them became known.
CREATE TABLE unsettled (
  source   TEXT NOT NULL,
  order_id TEXT NOT NULL,
  PRIMARY KEY (source, order_id)
) STRICT, WITHOUT ROWID;
