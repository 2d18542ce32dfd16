-- Whether a conversion ever earned its affiliate credit: it is told of as created but once. Those
-- of before this was written down have an entry if it did.
ALTER TABLE conversions ADD COLUMN credited INTEGER NOT NULL DEFAULT 0;
