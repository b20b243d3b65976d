-- 4.6: one order per application.
CREATE TABLE orders (
    id TEXT NOT NULL PRIMARY KEY,
    application_id TEXT NOT NULL REFERENCES applications (id),
    applicant_id TEXT NOT NULL REFERENCES accounts (id),
    cycle_id TEXT NOT NULL REFERENCES cycles (id),
    amount_minor BIGINT NOT NULL,
    currency TEXT NOT NULL,
    state TEXT NOT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL
);
CREATE UNIQUE INDEX orders_application ON orders (application_id);
CREATE INDEX orders_applicant ON orders (applicant_id, id);
CREATE INDEX orders_cycle ON orders (cycle_id, state, id);

-- The ledger: rows are added, never changed. A reference stands for money that came in once.
CREATE TABLE payments (
    id TEXT NOT NULL PRIMARY KEY,
    order_id TEXT NOT NULL REFERENCES orders (id),
    cycle_id TEXT NOT NULL REFERENCES cycles (id),
    receipt_seq BIGINT NOT NULL,
    amount_minor BIGINT NOT NULL,
    method TEXT NOT NULL,
    reference TEXT NOT NULL,
    paid_on DATE NOT NULL,
    received_by TEXT NOT NULL REFERENCES accounts (id),
    at TIMESTAMP NOT NULL
);
CREATE UNIQUE INDEX payments_reference ON payments (reference);
CREATE UNIQUE INDEX payments_receipt ON payments (cycle_id, receipt_seq);
CREATE INDEX payments_order ON payments (order_id, id);

-- 4.4a: paper originals that the bureau has received.
CREATE TABLE received_originals (
    application_id TEXT NOT NULL REFERENCES applications (id),
    item TEXT NOT NULL,
    copies INTEGER NOT NULL,
    received_by TEXT NOT NULL REFERENCES accounts (id),
    at TIMESTAMP NOT NULL,
    PRIMARY KEY (application_id, item)
);

-- 4.5: the defence in person, or why it is not held.
CREATE TABLE defences (
    application_id TEXT NOT NULL PRIMARY KEY REFERENCES applications (id),
    state TEXT NOT NULL,
    scheduled_at TIMESTAMP,
    place TEXT,
    score INTEGER,
    note TEXT,
    ground TEXT,
    approver TEXT,
    recorded_by TEXT REFERENCES accounts (id),
    recorded_at TIMESTAMP
);

CREATE FUNCTION payments_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'payments: rows are added, never changed or removed';
END;
$$;
CREATE TRIGGER payments_append_only BEFORE UPDATE OR DELETE ON payments FOR EACH ROW EXECUTE FUNCTION payments_append_only();
