-- Test orders by whom they name, which is written down nowhere else: they are forgotten with the rest.
CREATE INDEX facts_of_tests_by_email ON facts ('email:' || (body ->> '$.email'))
  WHERE key >= 'snapshot:' AND key < 'snapshot;' AND body ->> '$.test';
CREATE INDEX facts_of_tests_by_customer ON facts ('id:' || source || ':' || (body ->> '$.customer_id'))
  WHERE key >= 'snapshot:' AND key < 'snapshot;' AND body ->> '$.test';
