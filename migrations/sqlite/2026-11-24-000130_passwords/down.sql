DROP TABLE password_resets;
DROP TABLE former_passwords;
ALTER TABLE accounts DROP COLUMN password_set_at;
