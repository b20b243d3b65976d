-- What a reviewer had before them when they returned an application: what they could have told then (R1).
CREATE TABLE returned_dossiers (
    step_id TEXT NOT NULL PRIMARY KEY REFERENCES steps (id),
    application_id TEXT NOT NULL REFERENCES applications (id),
    dossier TEXT NOT NULL
);
CREATE INDEX returned_dossiers_application ON returned_dossiers (application_id);

-- Since when the next submission does not count: the committee told a correction late, or a transfer took it from the committee.
ALTER TABLE applications ADD COLUMN uncounted_since TIMESTAMP;

-- When it was returned with less time to correct than the notice gives.
ALTER TABLE applications ADD COLUMN short_return_at TIMESTAMP;

-- Changes of employer while under review: the applicant asks, the new employer accepts.
CREATE TABLE transfers (
    id TEXT NOT NULL PRIMARY KEY,
    application_id TEXT NOT NULL REFERENCES applications (id),
    applicant_id TEXT NOT NULL REFERENCES accounts (id),
    from_employer_id TEXT REFERENCES organisations (id),
    employer_id TEXT NOT NULL REFERENCES organisations (id),
    reason TEXT NOT NULL,
    state TEXT NOT NULL,
    proposed_at TIMESTAMP NOT NULL,
    decided_by TEXT REFERENCES accounts (id),
    decided_at TIMESTAMP,
    decision_reason TEXT
);
CREATE UNIQUE INDEX transfers_waiting ON transfers (application_id) WHERE state = 'proposed';
CREATE INDEX transfers_applicant ON transfers (applicant_id, id);
CREATE INDEX transfers_employer ON transfers (employer_id, id);
