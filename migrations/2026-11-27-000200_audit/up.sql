-- Gapless and chained: only ever appended to.
CREATE TABLE audit (
    seq BIGINT NOT NULL PRIMARY KEY,
    at TIMESTAMP NOT NULL,
    actor_id TEXT,
    role TEXT,
    organisation_id TEXT,
    action TEXT NOT NULL,
    object_kind TEXT NOT NULL,
    object_id TEXT NOT NULL,
    clause TEXT,
    outcome TEXT NOT NULL,
    trace_id TEXT NOT NULL,
    -- Erasable: the chain holds its salted hash only.
    detail TEXT,
    detail_salt TEXT,
    detail_hash TEXT NOT NULL,
    prev_hash TEXT NOT NULL,
    hash TEXT NOT NULL
);
CREATE INDEX audit_by_actor ON audit (actor_id, seq);
CREATE INDEX audit_by_action ON audit (action, seq);
CREATE INDEX audit_by_kind ON audit (object_kind, seq);
CREATE INDEX audit_by_object_id ON audit (object_id, seq);
CREATE INDEX audit_by_role ON audit (role, seq) WHERE role IS NOT NULL;
CREATE INDEX audit_by_organisation ON audit (organisation_id, seq) WHERE organisation_id IS NOT NULL;
CREATE INDEX audit_by_clause ON audit (clause, seq) WHERE clause IS NOT NULL;
CREATE INDEX audit_refused ON audit (seq) WHERE outcome = 'refused';
CREATE INDEX audit_by_instant ON audit (at, seq);
-- Who saw somebody's data between two instants. These rows alone: every other act has another object.
CREATE INDEX audit_views ON audit (object_id, at, seq) WHERE object_kind = 'personal_data';

-- The end of the chain as it was at an instant, signed and exported.
CREATE TABLE audit_heads (
    seq BIGINT NOT NULL PRIMARY KEY,
    hash TEXT NOT NULL,
    at TIMESTAMP NOT NULL,
    reason TEXT NOT NULL,
    -- The head before it, 0 for the first: a missing head is detected.
    after_seq BIGINT NOT NULL,
    kid TEXT NOT NULL,
    signature TEXT NOT NULL
);
