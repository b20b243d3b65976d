CREATE TABLE meta (
    key TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);

-- Gapless and chained: only ever appended to.
CREATE TABLE audit (
    seq BIGINT NOT NULL PRIMARY KEY,
    at TIMESTAMP NOT NULL,
    actor_id TEXT,
    role TEXT,
    organisation_id TEXT,
    action TEXT NOT NULL,
    object_kind TEXT NOT NULL,
    object_id TEXT NOT NULL,
    clause TEXT,
    outcome TEXT NOT NULL,
    trace_id TEXT NOT NULL,
    -- Erasable: the chain holds its salted hash only.
    detail TEXT,
    detail_salt TEXT,
    detail_hash TEXT NOT NULL,
    prev_hash TEXT NOT NULL,
    hash TEXT NOT NULL
);
CREATE INDEX audit_by_object ON audit (object_kind, object_id, seq);
CREATE INDEX audit_by_actor ON audit (actor_id, seq);

CREATE TABLE events (
    seq BIGINT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    object_kind TEXT NOT NULL,
    object_id TEXT NOT NULL,
    at TIMESTAMP NOT NULL
);

CREATE TABLE notices (
    id TEXT NOT NULL PRIMARY KEY,
    account_id TEXT NOT NULL,
    application_id TEXT,
    kind TEXT NOT NULL,
    clause TEXT,
    body TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    read_at TIMESTAMP
);
CREATE INDEX notices_by_account ON notices (account_id, id);

CREATE TABLE idempotency (
    principal TEXT NOT NULL,
    operation TEXT NOT NULL,
    key TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    status INTEGER NOT NULL,
    headers TEXT NOT NULL,
    body TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL,
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
