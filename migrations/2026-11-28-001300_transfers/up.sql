-- What a reviewer had before them when they returned an application: what they could have told then (R1).
CREATE TABLE returned_dossiers (
    step_id TEXT NOT NULL PRIMARY KEY REFERENCES steps (id),
    application_id TEXT NOT NULL REFERENCES applications (id),
    dossier TEXT NOT NULL
);
CREATE INDEX returned_dossiers_application ON returned_dossiers (application_id);

-- When the committee last returned it with a correction that could have been told before: the submission after that does not count.
ALTER TABLE applications ADD COLUMN told_late_at TIMESTAMP;

-- When it was returned with less time to correct than the notice gives.
ALTER TABLE applications ADD COLUMN short_return_at TIMESTAMP;
