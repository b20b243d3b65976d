ALTER TABLE idempotency DROP COLUMN body_sealed;
