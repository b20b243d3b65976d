DROP INDEX accounts_login_folded;
