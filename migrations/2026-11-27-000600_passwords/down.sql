DROP TABLE password_resets;
DROP TABLE former_passwords;
