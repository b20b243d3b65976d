CREATE TABLE organisations (
    id TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    ownership TEXT NOT NULL,
    name TEXT NOT NULL,
    credit_code TEXT NOT NULL UNIQUE,
    region TEXT NOT NULL,
    parent_id TEXT REFERENCES organisations (id),
    civil_service_managed BOOLEAN NOT NULL,
    status TEXT NOT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL
);
CREATE INDEX organisations_parent ON organisations (parent_id);
CREATE INDEX organisations_kind_region ON organisations (kind, region, id);

CREATE TABLE accounts (
    id TEXT NOT NULL PRIMARY KEY,
    login TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    status TEXT NOT NULL,
    id_number_sealed TEXT,
    id_number_index TEXT UNIQUE,
    phone_sealed TEXT,
    phone_index TEXT,
    version BIGINT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL,
    -- By the session clock.
    password_set_at TIMESTAMP NOT NULL DEFAULT '1970-01-01 00:00:00',
    kind TEXT NOT NULL DEFAULT 'person'
);
CREATE INDEX accounts_phone ON accounts (phone_index);

CREATE TABLE memberships (
    id TEXT NOT NULL PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    organisation_id TEXT REFERENCES organisations (id),
    role TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    ended_at TIMESTAMP
);
CREATE INDEX memberships_account ON memberships (account_id);
CREATE INDEX memberships_organisation ON memberships (organisation_id);
CREATE UNIQUE INDEX memberships_live_organisation ON memberships (account_id, role, organisation_id) WHERE ended_at IS NULL AND organisation_id IS NOT NULL;
CREATE UNIQUE INDEX memberships_live_alone ON memberships (account_id, role) WHERE ended_at IS NULL AND organisation_id IS NULL;
-- Three administrators (GB/T 22239): nobody holds two of these roles.
CREATE UNIQUE INDEX memberships_one_administrator ON memberships (account_id)
    WHERE ended_at IS NULL AND role IN ('system_administrator', 'security_administrator', 'audit_administrator');
