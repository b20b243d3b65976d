CREATE TABLE meta (
    key TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);

CREATE TABLE events (
    seq BIGINT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    object_kind TEXT NOT NULL,
    object_id TEXT NOT NULL,
    at TIMESTAMP NOT NULL
);

CREATE TABLE idempotency (
    principal TEXT NOT NULL,
    operation TEXT NOT NULL,
    key TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    status INTEGER NOT NULL,
    headers TEXT NOT NULL,
    body TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    -- Answers kept for repeated requests may hold personal data and secrets that are shown once. `body` is then empty.
    body_sealed TEXT,
    PRIMARY KEY (principal, operation, key)
);
CREATE INDEX idempotency_by_age ON idempotency (created_at);

CREATE TABLE jobs (
    id TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    unique_key TEXT,
    payload TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'leased', 'done', 'parked')),
    -- By the business clock.
    run_at TIMESTAMP NOT NULL,
    -- After a failure: by the session clock, as is the lease.
    retry_at TIMESTAMP,
    attempts INTEGER NOT NULL,
    lease_id TEXT,
    leased_until TIMESTAMP,
    last_error TEXT,
    created_at TIMESTAMP NOT NULL,
    finished_at TIMESTAMP
);
CREATE INDEX jobs_due ON jobs (kind, run_at) WHERE state IN ('waiting', 'leased');
-- One waiting job for one thing to do. While it runs, the next may already wait.
CREATE UNIQUE INDEX jobs_waiting ON jobs (kind, unique_key) WHERE state = 'waiting';
-- For monitoring, which counts in the index and never reads the rows.
CREATE INDEX jobs_parked ON jobs (kind) WHERE state = 'parked';
