-- Which versions of the program have run on this database, and the migrations each brought.
CREATE TABLE upgrades (
    number BIGINT NOT NULL PRIMARY KEY,
    at TIMESTAMP NOT NULL,
    from_version TEXT,
    to_version TEXT NOT NULL,
    migrations TEXT NOT NULL
);

-- What monitoring counts stands in indexes: it never reads the rows.
CREATE INDEX applications_count ON applications (stage);
CREATE INDEX jobs_parked ON jobs (kind) WHERE state = 'parked';
