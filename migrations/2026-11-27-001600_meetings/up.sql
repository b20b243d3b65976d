CREATE TABLE meetings (
    id TEXT NOT NULL PRIMARY KEY,
    cycle_id TEXT NOT NULL REFERENCES cycles (id),
    cycle_version INTEGER NOT NULL,
    committee_id TEXT NOT NULL REFERENCES organisations (id),
    name TEXT NOT NULL,
    level_group TEXT NOT NULL,
    scheduled_at TIMESTAMP NOT NULL,
    place TEXT NOT NULL,
    members INTEGER NOT NULL,
    chair TEXT NOT NULL,
    deputies TEXT NOT NULL,
    attendance TEXT,
    closed_at TIMESTAMP,
    version BIGINT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL
);
CREATE INDEX meetings_committee ON meetings (committee_id, id);
CREATE INDEX meetings_cycle ON meetings (cycle_id, closed_at);

CREATE TABLE meeting_candidates (
    meeting_id TEXT NOT NULL REFERENCES meetings (id),
    application_id TEXT NOT NULL REFERENCES applications (id),
    seq INTEGER NOT NULL,
    specialty TEXT NOT NULL,
    level TEXT NOT NULL,
    tally TEXT,
    passed BOOLEAN,
    ruling TEXT,
    PRIMARY KEY (meeting_id, application_id)
);
-- R4: no later vote. An application comes before one meeting.
CREATE UNIQUE INDEX meeting_candidates_once ON meeting_candidates (application_id);
CREATE UNIQUE INDEX meeting_candidates_order ON meeting_candidates (meeting_id, seq);
