CREATE TABLE fraud_decisions (
    application_id TEXT NOT NULL PRIMARY KEY REFERENCES applications (id),
    finding TEXT NOT NULL,
    reason TEXT NOT NULL,
    decided_by TEXT NOT NULL REFERENCES accounts (id),
    decided_at TIMESTAMP NOT NULL
);

CREATE TABLE sanctions (
    id TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    account_id TEXT REFERENCES accounts (id),
    organisation_id TEXT REFERENCES organisations (id),
    ground TEXT NOT NULL,
    reason TEXT NOT NULL,
    from_day DATE,
    until_day DATE,
    first_year INTEGER,
    last_year INTEGER,
    application_id TEXT REFERENCES applications (id),
    committee_id TEXT REFERENCES organisations (id),
    recorded_by TEXT NOT NULL REFERENCES accounts (id),
    recorded_at TIMESTAMP NOT NULL
);
CREATE INDEX sanctions_account ON sanctions (account_id, id);
CREATE INDEX sanctions_organisation ON sanctions (organisation_id, id);
CREATE INDEX sanctions_committee ON sanctions (committee_id, id);
