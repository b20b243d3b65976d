DROP TABLE jobs;
DROP TABLE idempotency;
DROP TABLE events;
DROP TABLE meta;
