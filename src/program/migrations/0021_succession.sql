-- A customer whose assignment lapsed is assigned anew: of one key, the latest assignment counts.
DROP INDEX customer_affiliates_in_force;
