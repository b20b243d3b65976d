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
