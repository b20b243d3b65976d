-- The employer as it was when the application was first submitted (1.1a, 1.2a): a later change of it decides nothing. Applications that were submitted
-- before take it over at the next start, by an act on record.
ALTER TABLE applications ADD COLUMN employer_facts TEXT;

-- Titles that this system issued are known of their holder (3.1a).
CREATE INDEX certificates_holder ON certificates (holder_id);
