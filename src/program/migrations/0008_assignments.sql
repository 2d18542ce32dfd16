-- Customers' affiliates, as orders and people assigned them. A row is never overwritten: it begins,
-- and ends where a person assigns another.
CREATE TABLE customer_affiliates (
  number    INTEGER PRIMARY KEY AUTOINCREMENT,
  customer  TEXT    NOT NULL,
  affiliate TEXT    NOT NULL,
  begins    INTEGER NOT NULL,                -- milliseconds
  ends      INTEGER,                         -- null: in force
  source    TEXT,                            -- the order that made it; null: a person did
  order_id  TEXT,
  actor     TEXT,
  reason    TEXT
) STRICT;
INSERT INTO customer_affiliates (customer, affiliate, begins, source, order_id)
  SELECT customer, affiliate, at, source, order_id FROM assignments;
DROP TABLE assignments;
CREATE UNIQUE INDEX customer_affiliates_in_force ON customer_affiliates (customer) WHERE ends IS NULL;
CREATE INDEX customer_affiliates_history ON customer_affiliates (customer, begins);
-- Which customers an order names: two that stand in one order are one person.
CREATE INDEX customers_of_order ON customer_orders (source, order_id);
