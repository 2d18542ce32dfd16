-- Test orders by whom they name, which is written down nowhere else: they are forgotten with the rest.
CREATE INDEX facts_of_tests_by_email ON facts ('email:' || (body ->> '$.email'))
  WHERE key >= 'snapshot:' AND key < 'snapshot;' AND body ->> '$.test';
CREATE INDEX facts_of_tests_by_customer ON facts ('id:' || source || ':' || (body ->> '$.customer_id'))
  WHERE key >= 'snapshot:' AND key < 'snapshot;' AND body ->> '$.test';

-- Where an order turned out to have been placed earlier, what was noted before.
DELETE FROM customer_orders WHERE placed_at <> (SELECT orders.placed_at FROM orders
  WHERE orders.source = customer_orders.source AND orders.id = customer_orders.order_id);

-- What people did to customers, so that it is found without all the rest when one is forgotten.
CREATE INDEX audit_of_assignments ON audit (number) WHERE action = 'assign';
