-- The end of the chain as it was at an instant, signed and exported.
CREATE TABLE audit_heads (
    seq BIGINT NOT NULL PRIMARY KEY,
    hash TEXT NOT NULL,
    at TIMESTAMP NOT NULL,
    reason TEXT NOT NULL,
    -- The head before it, 0 for the first: one left out shows.
    after_seq BIGINT NOT NULL,
    kid TEXT NOT NULL,
    signature TEXT NOT NULL
);

CREATE INDEX audit_by_action ON audit (action, seq);
CREATE INDEX audit_by_kind ON audit (object_kind, seq);
CREATE INDEX audit_by_object_id ON audit (object_id, seq);
CREATE INDEX audit_by_role ON audit (role, seq) WHERE role IS NOT NULL;
CREATE INDEX audit_by_organisation ON audit (organisation_id, seq) WHERE organisation_id IS NOT NULL;
CREATE INDEX audit_by_clause ON audit (clause, seq) WHERE clause IS NOT NULL;
CREATE INDEX audit_refused ON audit (seq) WHERE outcome = 'refused';
CREATE INDEX audit_by_instant ON audit (at, seq);
DROP INDEX audit_by_object;

-- The record only grows: a row is neither removed nor changed; a detail may be erased.
CREATE TRIGGER audit_rows_stay BEFORE DELETE ON audit
BEGIN
    SELECT RAISE(ABORT, 'the audit log only grows');
END;
CREATE TRIGGER audit_rows_are_fixed BEFORE UPDATE ON audit
WHEN NEW.seq IS NOT OLD.seq OR NEW.at IS NOT OLD.at OR NEW.actor_id IS NOT OLD.actor_id OR NEW.role IS NOT OLD.role
    OR NEW.organisation_id IS NOT OLD.organisation_id OR NEW.action IS NOT OLD.action OR NEW.object_kind IS NOT OLD.object_kind
    OR NEW.object_id IS NOT OLD.object_id OR NEW.clause IS NOT OLD.clause OR NEW.outcome IS NOT OLD.outcome
    OR NEW.trace_id IS NOT OLD.trace_id OR NEW.detail IS NOT NULL OR NEW.detail_salt IS NOT NULL
    OR NEW.detail_hash IS NOT OLD.detail_hash OR NEW.prev_hash IS NOT OLD.prev_hash OR NEW.hash IS NOT OLD.hash
BEGIN
    SELECT RAISE(ABORT, 'the audit log only grows');
END;
