CREATE TABLE clients (
    account_id TEXT NOT NULL PRIMARY KEY REFERENCES accounts (id),
    organisation_id TEXT NOT NULL REFERENCES organisations (id),
    authentication TEXT NOT NULL,
    public_keys TEXT NOT NULL,
    networks TEXT NOT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL,
    ended_at TIMESTAMP,
    last_used_at TIMESTAMP
);
CREATE INDEX clients_organisation ON clients (organisation_id);

CREATE TABLE client_secrets (
    id TEXT NOT NULL PRIMARY KEY,
    client_id TEXT NOT NULL REFERENCES clients (account_id),
    hash TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    ends_at TIMESTAMP
);
CREATE INDEX client_secrets_client ON client_secrets (client_id);

CREATE TABLE client_tokens (
    id TEXT NOT NULL PRIMARY KEY,
    client_id TEXT NOT NULL REFERENCES clients (account_id),
    scope TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    expires_at TIMESTAMP NOT NULL,
    ended_at TIMESTAMP
);
CREATE INDEX client_tokens_client ON client_tokens (client_id);
CREATE INDEX client_tokens_expiry ON client_tokens (expires_at);

CREATE TABLE client_assertions (
    client_id TEXT NOT NULL REFERENCES clients (account_id),
    jti_hash TEXT NOT NULL,
    expires_at TIMESTAMP NOT NULL,
    PRIMARY KEY (client_id, jti_hash)
);
CREATE INDEX client_assertions_expiry ON client_assertions (expires_at);

CREATE TABLE personal_tokens (
    id TEXT NOT NULL PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    name TEXT NOT NULL,
    hash TEXT NOT NULL UNIQUE,
    scope TEXT NOT NULL,
    networks TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    expires_at TIMESTAMP NOT NULL,
    ended_at TIMESTAMP,
    last_used_at TIMESTAMP
);
CREATE INDEX personal_tokens_account ON personal_tokens (account_id);
