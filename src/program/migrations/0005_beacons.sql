-- Beacons by visitor, to bound what one visitor can claim, and to find those that wait too long.
CREATE INDEX facts_of_beacons ON facts (key, received_at) WHERE key >= 'beacon:' AND key < 'beacon;';
