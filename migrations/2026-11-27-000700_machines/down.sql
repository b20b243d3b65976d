DROP TABLE personal_tokens;
DROP TABLE client_assertions;
DROP TABLE client_tokens;
DROP TABLE client_secrets;
DROP TABLE clients;
