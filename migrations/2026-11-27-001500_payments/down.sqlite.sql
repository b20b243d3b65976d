DROP TRIGGER payments_no_update;
DROP TRIGGER payments_no_delete;
