DROP TRIGGER audit_rows_are_fixed;
DROP TRIGGER audit_rows_stay;
