-- Answers kept for repeated requests may hold personal data and secrets that are shown once: they are sealed from here on. `body` stays for
-- answers of the days before.
ALTER TABLE idempotency ADD COLUMN body_sealed TEXT;
