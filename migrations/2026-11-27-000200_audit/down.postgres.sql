DROP TRIGGER audit_rows_are_fixed ON audit;
DROP TRIGGER audit_rows_stay ON audit;
DROP FUNCTION audit_only_grows;
