ALTER TABLE certificates DROP COLUMN obtained_on;
