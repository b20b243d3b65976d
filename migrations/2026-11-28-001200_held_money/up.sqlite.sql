-- The ledger: rows are added; one is made void once, and nothing else of it changes.
DROP TRIGGER payments_no_update;
CREATE TRIGGER payments_no_update
BEFORE UPDATE OF id, order_id, cycle_id, receipt_seq, amount_minor, method, reference, paid_on, received_by, at ON payments BEGIN
    SELECT RAISE(ABORT, 'payments: rows are added, never changed');
END;
CREATE TRIGGER payments_void_once BEFORE UPDATE OF reversed_by, reversed_at ON payments WHEN OLD.reversed_at IS NOT NULL BEGIN
    SELECT RAISE(ABORT, 'payments: rows are added, and made void once');
END;
