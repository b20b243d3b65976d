-- 4.5: the defence in person, or why it is not held.
CREATE TABLE defences (
    application_id TEXT NOT NULL PRIMARY KEY REFERENCES applications (id),
    state TEXT NOT NULL,
    scheduled_at TIMESTAMP,
    place TEXT,
    score INTEGER,
    note TEXT,
    ground TEXT,
    approver TEXT,
    recorded_by TEXT REFERENCES accounts (id),
    recorded_at TIMESTAMP
);
