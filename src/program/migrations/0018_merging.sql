-- What has to be found of an order that turns out to be another one.
CREATE INDEX names_of_order ON order_names (source, order_id);
CREATE INDEX subscriptions_of_order ON subscription_orders (source, order_id);
CREATE INDEX assignments_of_order ON customer_affiliates (source, order_id) WHERE order_id IS NOT NULL;

-- Names of orders that had become another one before names moved along, and what was heard by them.
UPDATE order_names SET order_id = (SELECT next.order_id FROM order_names AS next
    WHERE next.source = order_names.source AND next.name = order_names.order_id)
  WHERE (source, order_id) IN (SELECT source, name FROM order_names);
INSERT OR IGNORE INTO unsettled (source, order_id)
  SELECT source, order_id FROM order_names WHERE (source, name) IN
    (SELECT source, id FROM orders WHERE state IN ('waiting', 'orphan'));
UPDATE OR IGNORE facts SET order_id = (SELECT names.order_id FROM order_names AS names
    WHERE names.source = facts.source AND names.name = facts.order_id)
  WHERE (source, order_id) IN (SELECT source, name FROM order_names);
UPDATE calls SET order_id = (SELECT names.order_id FROM order_names AS names
    WHERE names.source = calls.source AND names.name = calls.order_id)
  WHERE (source, order_id) IN (SELECT source, name FROM order_names);
DELETE FROM orders WHERE state IN ('waiting', 'orphan')
  AND (source, id) IN (SELECT source, name FROM order_names);
