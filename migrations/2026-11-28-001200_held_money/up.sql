-- Orders have a short number that the applicant quotes with a check digit, the oldest the first.
ALTER TABLE orders ADD COLUMN number BIGINT NOT NULL DEFAULT 0;
UPDATE orders SET number = 100000 + placed.place
FROM (SELECT id, row_number() OVER (ORDER BY id) AS place FROM orders) AS placed WHERE placed.id = orders.id;
CREATE UNIQUE INDEX orders_number ON orders (number);

-- Finance finds orders by the applicant's name and the last four characters of the resident ID. The server writes the index of the latter for accounts
-- that were there before, when it starts.
ALTER TABLE accounts ADD COLUMN id_number_end_index TEXT;
CREATE INDEX accounts_id_number_end ON accounts (id_number_end_index);
CREATE INDEX accounts_name ON accounts (name);
-- Those to which that still is to be done: none, once it is.
CREATE INDEX accounts_end_to_index ON accounts (id) WHERE id_number_sealed IS NOT NULL AND id_number_end_index IS NULL;

-- A booking that was a slip is taken back: its row stays, void, and its reference may be used by the right one.
ALTER TABLE payments ADD COLUMN reversed_by TEXT;
ALTER TABLE payments ADD COLUMN reversed_at TIMESTAMP;
DROP INDEX payments_reference;
CREATE UNIQUE INDEX payments_reference ON payments (reference) WHERE reversed_at IS NULL;

-- Money that came in and settles no order: held until it is refunded, or booked on the order that it is for.
CREATE TABLE held_money (
    id TEXT NOT NULL PRIMARY KEY,
    cycle_id TEXT NOT NULL REFERENCES cycles (id),
    order_id TEXT REFERENCES orders (id),
    applicant_id TEXT REFERENCES accounts (id),
    held_for TEXT NOT NULL,
    state TEXT NOT NULL,
    in_time BOOLEAN NOT NULL,
    amount_minor BIGINT NOT NULL,
    currency TEXT NOT NULL,
    method TEXT NOT NULL,
    reference TEXT NOT NULL,
    paid_on DATE NOT NULL,
    payer_name TEXT,
    quoted TEXT,
    recorded_by TEXT NOT NULL REFERENCES accounts (id),
    recorded_at TIMESTAMP NOT NULL,
    payment_id TEXT REFERENCES payments (id),
    refund_amount_minor BIGINT,
    refund_reference TEXT,
    refunded_on DATE,
    refund_reason TEXT,
    settled_by TEXT REFERENCES accounts (id),
    settled_at TIMESTAMP,
    version BIGINT NOT NULL
);
-- A reference stands for money that came in once; what was booked is told by its payment.
CREATE UNIQUE INDEX held_money_reference ON held_money (reference) WHERE payment_id IS NULL;
CREATE UNIQUE INDEX held_money_refund ON held_money (refund_reference);
CREATE INDEX held_money_cycle ON held_money (cycle_id, state, id);
CREATE INDEX held_money_order ON held_money (order_id, id);
CREATE INDEX held_money_applicant ON held_money (applicant_id, id);
