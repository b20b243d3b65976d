-- The registry of continuing education (4.2.4b): what "comes from the system". Entered by staff; a person need not have an account.
CREATE TABLE study_records (
    id TEXT NOT NULL PRIMARY KEY,
    id_number_sealed TEXT NOT NULL,
    id_number_index TEXT NOT NULL,
    year INTEGER NOT NULL,
    kind TEXT NOT NULL,
    hours INTEGER NOT NULL,
    certificate_number TEXT NOT NULL,
    client_ref TEXT,
    organisation_id TEXT NOT NULL REFERENCES organisations (id),
    import_id TEXT,
    recorded_by TEXT NOT NULL REFERENCES accounts (id),
    recorded_at TIMESTAMP NOT NULL,
    withdrawn_by TEXT REFERENCES accounts (id),
    withdrawn_at TIMESTAMP,
    withdrawal_reason TEXT,
    version BIGINT NOT NULL
);
CREATE UNIQUE INDEX study_records_certificate ON study_records (id_number_index, year, kind, certificate_number) WHERE withdrawn_at IS NULL;
CREATE UNIQUE INDEX study_records_client_ref ON study_records (organisation_id, client_ref) WHERE withdrawn_at IS NULL;
CREATE INDEX study_records_organisation ON study_records (organisation_id, id);
