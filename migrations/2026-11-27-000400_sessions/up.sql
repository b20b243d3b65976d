CREATE TABLE sessions (
    id TEXT NOT NULL PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    refresh_hash TEXT NOT NULL,
    previous_hash TEXT,
    rotated_at TIMESTAMP NOT NULL,
    created_at TIMESTAMP NOT NULL,
    expires_at TIMESTAMP NOT NULL,
    ended_at TIMESTAMP,
    -- What its owner knows a session by, and when it was last used. Times of sessions are of the session clock.
    device TEXT,
    address TEXT,
    last_used_at TIMESTAMP NOT NULL DEFAULT '1970-01-01 00:00:00',
    -- When whoever holds it last proved who they are, and whether with a second factor.
    proved_at TIMESTAMP NOT NULL DEFAULT '1970-01-01 00:00:00',
    second_factor BOOLEAN NOT NULL DEFAULT FALSE
);
CREATE INDEX sessions_account ON sessions (account_id);

-- Failures in a row, of a login or of a network. The subject is a keyed digest: logins that nobody has are counted too, and whatever was
-- typed into that field is not to be read here.
CREATE TABLE sign_in_failures (
    subject TEXT NOT NULL PRIMARY KEY,
    failures INTEGER NOT NULL,
    last_failed_at TIMESTAMP NOT NULL,
    locked_until TIMESTAMP
);
CREATE INDEX sign_in_failures_by_age ON sign_in_failures (last_failed_at);
