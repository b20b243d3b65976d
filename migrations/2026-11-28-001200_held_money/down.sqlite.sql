DROP TRIGGER payments_void_once;
DROP TRIGGER payments_no_update;
CREATE TRIGGER payments_no_update BEFORE UPDATE ON payments BEGIN
    SELECT RAISE(ABORT, 'payments: rows are added, never changed');
END;
