-- Payments by which several orders were paid that are not one: what is heard of such a payment is about
-- each of them. Under order_aliases it is a name of the first.
CREATE TABLE shared_payments (
  store    TEXT NOT NULL,
  payment  TEXT NOT NULL,
  order_id TEXT NOT NULL,
  PRIMARY KEY (store, payment, order_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX shared_payments_of_order ON shared_payments (store, order_id);
