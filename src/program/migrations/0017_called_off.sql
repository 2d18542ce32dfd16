-- Entries that no payout would have taken up: their payout was called off after another one had made
-- their conversion paid.
UPDATE entries SET late = 1 WHERE payout IS NULL AND late = 0
  AND conversion IN (SELECT number FROM conversions WHERE status = 'paid');
