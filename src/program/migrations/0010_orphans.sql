-- Since when an order is known of, so that one that is only refunded does not wait for ever.
ALTER TABLE orders ADD COLUMN heard_at INTEGER NOT NULL DEFAULT 0; -- milliseconds
UPDATE orders SET heard_at = changed_at;
CREATE INDEX orders_waiting ON orders (heard_at) WHERE state = 'waiting';
-- Lists of orders of one state, and of those that wait for a person.
CREATE INDEX orders_by_state ON orders (state, changed_at, source, id);
CREATE INDEX orders_to_review ON orders (changed_at, source, id) WHERE review = 1;
