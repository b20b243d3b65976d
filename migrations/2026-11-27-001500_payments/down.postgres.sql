DROP TRIGGER payments_append_only ON payments;
DROP FUNCTION payments_append_only;
