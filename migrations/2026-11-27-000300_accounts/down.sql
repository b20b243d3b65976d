DROP TABLE memberships;
DROP TABLE accounts;
DROP TABLE organisations;
