-- The ledger: rows are added; one is made void once, and nothing else of it changes.
DROP TRIGGER payments_append_only ON payments;
CREATE TRIGGER payments_append_only
BEFORE DELETE OR UPDATE OF id, order_id, cycle_id, receipt_seq, amount_minor, method, reference, paid_on, received_by, at ON payments
FOR EACH ROW EXECUTE FUNCTION payments_append_only();
CREATE TRIGGER payments_void_once BEFORE UPDATE OF reversed_by, reversed_at ON payments
FOR EACH ROW WHEN (OLD.reversed_at IS NOT NULL) EXECUTE FUNCTION payments_append_only();
