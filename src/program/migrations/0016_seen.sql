-- The flags that a person has seen, as they were shown: a JSON list.
ALTER TABLE orders ADD COLUMN seen TEXT NOT NULL DEFAULT '[]';
