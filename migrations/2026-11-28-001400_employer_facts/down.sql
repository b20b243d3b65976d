ALTER TABLE applications DROP COLUMN employer_facts;
