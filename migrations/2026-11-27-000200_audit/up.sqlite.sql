-- The audit log only grows: no row is removed or changed; a detail may be erased.
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
