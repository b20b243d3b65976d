-- A version is never changed after it is published; an amendment is a new version with a reason.
CREATE TABLE cycle_versions (
    cycle_id TEXT NOT NULL,
    version INTEGER NOT NULL,
    year INTEGER NOT NULL,
    title TEXT NOT NULL,
    status TEXT NOT NULL,
    source TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    reason TEXT,
    created_by TEXT,
    created_at TIMESTAMP NOT NULL,
    published_at TIMESTAMP,
    PRIMARY KEY (cycle_id, version)
);
CREATE UNIQUE INDEX cycle_versions_published ON cycle_versions (cycle_id) WHERE status = 'published';

-- What belongs to a cycle whatever its version: the committee that reviews it.
CREATE TABLE cycles (
    id TEXT NOT NULL PRIMARY KEY,
    committee_id TEXT REFERENCES organisations (id),
    version BIGINT NOT NULL
);

-- A window extended for everyone (no account) or for one person.
CREATE TABLE window_extensions (
    id TEXT NOT NULL PRIMARY KEY,
    cycle_id TEXT NOT NULL REFERENCES cycles (id),
    window_name TEXT NOT NULL,
    account_id TEXT REFERENCES accounts (id),
    until TIMESTAMP NOT NULL,
    reason TEXT NOT NULL,
    created_by TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL
);
CREATE INDEX window_extensions_cycle ON window_extensions (cycle_id, window_name);
