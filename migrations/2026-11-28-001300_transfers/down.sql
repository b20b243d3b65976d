ALTER TABLE applications DROP COLUMN short_return_at;
ALTER TABLE applications DROP COLUMN told_late_at;
DROP TABLE returned_dossiers;
