-- The audit log only grows: no row is removed or changed; a detail may be erased.
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
