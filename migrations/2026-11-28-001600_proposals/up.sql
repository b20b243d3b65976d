-- What one person proposes and another confirms: an application to be reinstated, a window to be kept open longer.
CREATE TABLE proposals (
    id TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    cycle_id TEXT NOT NULL REFERENCES cycles (id),
    committee_id TEXT NOT NULL REFERENCES organisations (id),
    application_id TEXT REFERENCES applications (id),
    ground TEXT,
    window_name TEXT,
    account_id TEXT REFERENCES accounts (id),
    until TIMESTAMP,
    reason TEXT NOT NULL,
    proposed_by TEXT NOT NULL REFERENCES accounts (id),
    proposed_at TIMESTAMP NOT NULL,
    state TEXT NOT NULL,
    decided_by TEXT REFERENCES accounts (id),
    decided_at TIMESTAMP,
    statement TEXT,
    version BIGINT NOT NULL
);
CREATE UNIQUE INDEX proposals_open_application ON proposals (application_id) WHERE state = 'open' AND application_id IS NOT NULL;
CREATE INDEX proposals_state ON proposals (state, id);
CREATE INDEX proposals_committee ON proposals (committee_id, id);
