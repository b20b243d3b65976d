CREATE TABLE erasures (
    account_id TEXT NOT NULL PRIMARY KEY REFERENCES accounts (id),
    at TIMESTAMP NOT NULL
);

-- Files of those who were erased: removed once the rows are gone. Times are of the session clock.
CREATE TABLE erased_objects (
    sha256 TEXT NOT NULL PRIMARY KEY,
    queued_at TIMESTAMP NOT NULL,
    removed_at TIMESTAMP
);
