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
CREATE FUNCTION audit_only_grows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit log only grows';
END
$$;
CREATE TRIGGER audit_rows_stay BEFORE DELETE OR TRUNCATE ON audit EXECUTE FUNCTION audit_only_grows();
CREATE TRIGGER audit_rows_are_fixed BEFORE UPDATE ON audit FOR EACH ROW
WHEN (NEW.detail IS NOT NULL OR NEW.detail_salt IS NOT NULL
    OR (NEW.seq, NEW.at, NEW.actor_id, NEW.role, NEW.organisation_id, NEW.action, NEW.object_kind, NEW.object_id, NEW.clause,
        NEW.outcome, NEW.trace_id, NEW.detail_hash, NEW.prev_hash, NEW.hash)
    IS DISTINCT FROM (OLD.seq, OLD.at, OLD.actor_id, OLD.role, OLD.organisation_id, OLD.action, OLD.object_kind, OLD.object_id,
        OLD.clause, OLD.outcome, OLD.trace_id, OLD.detail_hash, OLD.prev_hash, OLD.hash))
EXECUTE FUNCTION audit_only_grows();
