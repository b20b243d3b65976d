-- 4.4a: paper originals that the bureau has received.
CREATE TABLE received_originals (
    application_id TEXT NOT NULL REFERENCES applications (id),
    item TEXT NOT NULL,
    copies INTEGER NOT NULL,
    received_by TEXT NOT NULL REFERENCES accounts (id),
    at TIMESTAMP NOT NULL,
    PRIMARY KEY (application_id, item)
);
