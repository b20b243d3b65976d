-- Imports of files: what was sent, how far it has come, what became of each line, and the rows themselves, sealed, for thirty days.
CREATE TABLE imports (
    id TEXT NOT NULL PRIMARY KEY,
    owner TEXT NOT NULL,
    name TEXT NOT NULL,
    entity TEXT NOT NULL,
    start TEXT NOT NULL,
    state TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    bytes BIGINT NOT NULL,
    format TEXT NOT NULL,
    encoding TEXT NOT NULL,
    delimiter TEXT,
    file_columns TEXT NOT NULL,
    total BIGINT NOT NULL,
    done BIGINT NOT NULL,
    cursor BIGINT NOT NULL,
    created BIGINT NOT NULL,
    unchanged BIGINT NOT NULL,
    failed BIGINT NOT NULL,
    normalised BIGINT NOT NULL,
    organisation_id TEXT REFERENCES organisations (id),
    created_by TEXT NOT NULL REFERENCES accounts (id),
    created_at TIMESTAMP NOT NULL,
    ended_at TIMESTAMP,
    problem TEXT,
    erased_at TIMESTAMP,
    UNIQUE (owner, name)
);
CREATE INDEX imports_owner ON imports (owner, id);

-- Rows are kept while the import is not there yet: without a reference to it.
CREATE TABLE import_chunks (
    id TEXT NOT NULL PRIMARY KEY,
    import_id TEXT NOT NULL,
    last_line BIGINT NOT NULL,
    content_sealed TEXT NOT NULL,
    stored_at TIMESTAMP NOT NULL
);
CREATE UNIQUE INDEX import_chunks_import ON import_chunks (import_id, last_line);

CREATE TABLE import_batches (
    import_id TEXT NOT NULL REFERENCES imports (id),
    last_line BIGINT NOT NULL,
    outcomes TEXT NOT NULL,
    PRIMARY KEY (import_id, last_line)
);
