-- The employer as it was when the application was first submitted (1.1a, 1.2a): a later change of it decides nothing. Applications that were submitted
-- before take it over at the next start, by an act on record.
ALTER TABLE applications ADD COLUMN employer_facts TEXT;
-- Those that still are to take it over: none, once they have.
CREATE INDEX applications_to_take_over ON applications (employer_id) WHERE submitted_at IS NOT NULL AND employer_facts IS NULL;

-- Titles that this system issued are known of their holder (3.1a).
CREATE INDEX certificates_holder ON certificates (holder_id);
