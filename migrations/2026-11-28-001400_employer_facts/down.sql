DROP INDEX certificates_holder;

ALTER TABLE applications DROP COLUMN employer_facts;
