-- What may not be used again.
CREATE TABLE former_passwords (
    id TEXT NOT NULL PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    password_hash TEXT NOT NULL,
    ended_at TIMESTAMP NOT NULL
);
CREATE INDEX former_passwords_account ON former_passwords (account_id, id);

-- The token itself is nowhere.
CREATE TABLE password_resets (
    id TEXT NOT NULL PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    token_hash TEXT NOT NULL,
    created_by TEXT,
    created_at TIMESTAMP NOT NULL,
    expires_at TIMESTAMP NOT NULL,
    used_at TIMESTAMP,
    ended_at TIMESTAMP
);
CREATE INDEX password_resets_account ON password_resets (account_id);
