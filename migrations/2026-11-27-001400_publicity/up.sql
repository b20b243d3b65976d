-- What is made public about an application, for how long, as it was when it was put up (4.3c, 2.4, R7).
CREATE TABLE publicities (
    id TEXT NOT NULL PRIMARY KEY,
    application_id TEXT NOT NULL REFERENCES applications (id),
    kind TEXT NOT NULL,
    step TEXT,
    status TEXT NOT NULL,
    cycle_id TEXT NOT NULL,
    cycle_version INTEGER NOT NULL,
    employer_id TEXT REFERENCES organisations (id),
    person_name TEXT NOT NULL,
    employer_name TEXT,
    series TEXT NOT NULL,
    specialty TEXT NOT NULL,
    level TEXT NOT NULL,
    dossier_sha256 TEXT NOT NULL,
    from_date DATE NOT NULL,
    to_date DATE NOT NULL,
    starts_at TIMESTAMP NOT NULL,
    ends_at TIMESTAMP NOT NULL,
    days INTEGER NOT NULL,
    opened_by TEXT,
    opened_at TIMESTAMP NOT NULL,
    posted_from DATE,
    posted_to DATE,
    posted_place TEXT,
    posted_by TEXT,
    posted_at TIMESTAMP,
    version BIGINT NOT NULL
);
-- One that counts per application and kind; those it replaced stay on record.
CREATE UNIQUE INDEX publicities_one_current ON publicities (application_id, coalesce(step, '')) WHERE status = 'current';
CREATE INDEX publicities_application ON publicities (application_id, id);
CREATE INDEX publicities_running ON publicities (ends_at, id) WHERE status = 'current';

-- Objections; who raised one is sealed, and its receipt is kept as a keyed digest alone.
CREATE TABLE objections (
    id TEXT NOT NULL PRIMARY KEY,
    publicity_id TEXT NOT NULL REFERENCES publicities (id),
    application_id TEXT NOT NULL REFERENCES applications (id),
    receipt_index TEXT NOT NULL,
    name_sealed TEXT,
    contact_sealed TEXT,
    text_sealed TEXT NOT NULL,
    raised_at TIMESTAMP NOT NULL,
    status TEXT NOT NULL,
    reason TEXT,
    decided_by TEXT,
    decided_at TIMESTAMP
);
CREATE UNIQUE INDEX objections_receipt ON objections (receipt_index);
CREATE INDEX objections_application ON objections (application_id, id);
CREATE INDEX objections_publicity ON objections (publicity_id);
