-- The field's words for what was called otherwise.
ALTER TABLE facts RENAME COLUMN source TO store;
ALTER TABLE orders RENAME COLUMN source TO store;
ALTER TABLE orders RENAME COLUMN heard_at TO first_seen_at;
ALTER TABLE orders RENAME COLUMN standing TO approval;
ALTER TABLE orders RENAME COLUMN seen TO acknowledged;
ALTER TABLE conversions RENAME COLUMN source TO store;
ALTER TABLE calls RENAME COLUMN source TO store;
ALTER TABLE customer_affiliates RENAME COLUMN source TO store;
ALTER TABLE customer_affiliates RENAME COLUMN begins TO valid_from;
ALTER TABLE customer_affiliates RENAME COLUMN ends TO valid_to;
ALTER TABLE customer_orders RENAME COLUMN source TO store;
ALTER TABLE directory RENAME COLUMN begins TO valid_from;
ALTER TABLE directory RENAME COLUMN ends TO valid_to;
ALTER TABLE erasures RENAME COLUMN source TO store;
ALTER TABLE order_journeys RENAME COLUMN source TO store;
ALTER TABLE subscription_orders RENAME COLUMN source TO store;
ALTER TABLE waiting_beacons RENAME COLUMN source TO store;
ALTER TABLE order_names RENAME COLUMN source TO store;
ALTER TABLE order_names RENAME TO order_aliases;
ALTER TABLE questions RENAME COLUMN source TO store;
ALTER TABLE questions RENAME TO order_fetches;
ALTER TABLE unsettled RENAME COLUMN source TO store;
ALTER TABLE unsettled RENAME TO stale_orders;
ALTER TABLE looks RENAME COLUMN source TO store;
ALTER TABLE looks RENAME COLUMN look TO cursor;
ALTER TABLE looks RENAME COLUMN looked_at TO synced_at;
ALTER TABLE looks RENAME TO syncs;

-- An order is open, approved, or its approval was revoked. What was written before says so in other words.
UPDATE orders SET approval = json_set(json_remove(approval, '$.standing'), '$.approval',
  CASE approval ->> 'standing' WHEN 'settled' THEN 'approved' WHEN 'stopped' THEN 'revoked' ELSE 'open' END);

-- What stands in rows as JSON.
UPDATE directory SET body = json_set(json_remove(body, '$.source'), '$.store', body ->> '$.source')
  WHERE kind = 'endpoint';
UPDATE events SET body =
  json_set(json_remove(body, '$.order.source'), '$.order.store', body ->> '$.order.source');
UPDATE audit SET action = 'acknowledge' WHERE action = 'seen';

-- What was refunded of a payment in all.
UPDATE facts SET key = 'refund_total' || substr(key, 11),
  body = json_set(body, '$.kind', 'refund_total', '$.key', 'refund_total' || substr(key, 11))
  WHERE key >= 'given_back:' AND key < 'given_back;';
-- A flag is acknowledged by its text.
UPDATE orders SET flags = replace(flags, 'given back', 'refunded'),
  acknowledged = replace(acknowledged, 'given back', 'refunded')
  WHERE flags LIKE '%given back%' OR acknowledged LIKE '%given back%';
