-- Logins are looked for in whatever case. Not unique: those from before may differ in case alone, and stay (docs/decisions/0051).
CREATE INDEX accounts_login_folded ON accounts (lower(login));
