-- A TOTP secret, sealed. `last_step` only rises: a code is used once, and none from before it.
CREATE TABLE second_factors (
    id TEXT NOT NULL PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    secret_sealed TEXT NOT NULL,
    last_step BIGINT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    confirmed_at TIMESTAMP,
    ended_at TIMESTAMP
);
CREATE INDEX second_factors_account ON second_factors (account_id);
CREATE UNIQUE INDEX second_factors_live ON second_factors (account_id) WHERE ended_at IS NULL;

CREATE TABLE recovery_codes (
    factor_id TEXT NOT NULL REFERENCES second_factors (id),
    code_hash TEXT NOT NULL,
    used_at TIMESTAMP,
    PRIMARY KEY (factor_id, code_hash)
);
