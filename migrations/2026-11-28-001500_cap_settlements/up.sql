-- Caps are counted over all meetings of a cycle and settled once, after the last (4.8).
CREATE TABLE cap_settlements (
    cycle_id TEXT NOT NULL PRIMARY KEY REFERENCES cycles (id),
    settled_by TEXT NOT NULL REFERENCES accounts (id),
    settled_at TIMESTAMP NOT NULL,
    left_out BIGINT NOT NULL
);
