-- Beacons that wait for an order that was not heard of, by age.
CREATE TABLE waiting_beacons (
  source   TEXT    NOT NULL,
  order_id TEXT    NOT NULL,
  since    INTEGER NOT NULL,                 -- milliseconds
  PRIMARY KEY (source, order_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX waiting_beacons_by_age ON waiting_beacons (since);
INSERT INTO waiting_beacons (source, order_id, since)
  SELECT source, order_id, min(received_at) FROM facts
  WHERE key >= 'beacon:' AND key < 'beacon;' AND NOT EXISTS
    (SELECT 1 FROM orders WHERE orders.source = facts.source AND orders.id = facts.order_id)
  GROUP BY source, order_id;

-- Since when the sub values of a touch are kept.
ALTER TABLE touch_details ADD COLUMN kept_since INTEGER NOT NULL DEFAULT 0; -- milliseconds
UPDATE touch_details SET kept_since = unixepoch() * 1000;
CREATE INDEX touch_details_by_age ON touch_details (kept_since);
