-- Files of a dossier. Rows are ended, never deleted: decisions refer to their hashes.
CREATE TABLE attachments (
    id TEXT NOT NULL PRIMARY KEY,
    application_id TEXT NOT NULL REFERENCES applications (id),
    category TEXT NOT NULL,
    status TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    size BIGINT NOT NULL,
    media_type TEXT NOT NULL,
    file_name TEXT NOT NULL,
    width INTEGER,
    height INTEGER,
    verification_code TEXT,
    declassified BOOLEAN NOT NULL,
    replaces TEXT REFERENCES attachments (id),
    uploaded_by TEXT NOT NULL REFERENCES accounts (id),
    uploaded_at TIMESTAMP NOT NULL,
    ended_by TEXT REFERENCES accounts (id),
    ended_at TIMESTAMP,
    version BIGINT NOT NULL
);
CREATE INDEX attachments_application ON attachments (application_id, id);
-- Which dossiers have a file of these bytes.
CREATE INDEX attachments_sha256 ON attachments (sha256);
-- A file is replaced once.
CREATE UNIQUE INDEX attachments_replaces ON attachments (replaces) WHERE replaces IS NOT NULL;
