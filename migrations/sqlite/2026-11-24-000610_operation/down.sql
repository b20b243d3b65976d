DROP INDEX jobs_parked;
DROP INDEX applications_count;
DROP TABLE upgrades;
