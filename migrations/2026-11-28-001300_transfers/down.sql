DROP TABLE transfers;
ALTER TABLE applications DROP COLUMN short_return_at;
ALTER TABLE applications DROP COLUMN uncounted_since;
DROP TABLE returned_dossiers;
