DROP TABLE jobs;
DROP TABLE idempotency;
DROP TABLE notices;
DROP TABLE events;
DROP TABLE audit;
DROP TABLE meta;
