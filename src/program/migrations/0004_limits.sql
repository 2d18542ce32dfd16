-- A link's limit is held against all its clicks, of every day.
CREATE INDEX clicks_of_link ON clicks (link, verdict);
