DROP INDEX list_by_undecided;
DROP INDEX applications_decide_by;
ALTER TABLE applications DROP COLUMN undecided_at;
ALTER TABLE applications DROP COLUMN decide_by;
