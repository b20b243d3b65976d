-- Which versions of the program have run on this database, and the migrations each brought.
CREATE TABLE upgrades (
    number BIGINT NOT NULL PRIMARY KEY,
    at TIMESTAMP NOT NULL,
    from_version TEXT,
    to_version TEXT NOT NULL,
    migrations TEXT NOT NULL
);
