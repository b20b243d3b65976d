DROP INDEX certificates_holder;

DROP INDEX applications_to_take_over;
ALTER TABLE applications DROP COLUMN employer_facts;
