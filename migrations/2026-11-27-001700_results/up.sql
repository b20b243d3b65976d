CREATE TABLE certificates (
    number TEXT NOT NULL PRIMARY KEY,
    application_id TEXT NOT NULL REFERENCES applications (id),
    cycle_id TEXT NOT NULL REFERENCES cycles (id),
    cycle_version INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    holder_id TEXT NOT NULL REFERENCES accounts (id),
    holder_name TEXT NOT NULL,
    specialty TEXT NOT NULL,
    specialty_name TEXT NOT NULL,
    level TEXT NOT NULL,
    title TEXT NOT NULL,
    scope TEXT NOT NULL,
    authority TEXT NOT NULL,
    issued_on DATE NOT NULL,
    issued_at TIMESTAMP NOT NULL
);
CREATE UNIQUE INDEX certificates_application ON certificates (application_id);
-- The running number of a cycle.
CREATE UNIQUE INDEX certificates_sequence ON certificates (cycle_id, sequence);

-- R10: a certificate is never changed; its revocation is a fact of its own.
CREATE TABLE certificate_revocations (
    number TEXT NOT NULL PRIMARY KEY REFERENCES certificates (number),
    clause TEXT NOT NULL,
    revoked_by TEXT,
    revoked_on DATE NOT NULL,
    revoked_at TIMESTAMP NOT NULL
);
