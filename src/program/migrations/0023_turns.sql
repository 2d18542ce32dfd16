-- How often an order could not be decided again: those that could not come last.
ALTER TABLE unsettled ADD COLUMN failed INTEGER NOT NULL DEFAULT 0;
CREATE INDEX unsettled_by_turn ON unsettled (failed);
