//! The tables. Each slice appends its own; both migration folders and this file say the same.

#![expect(missing_docs, reason = "the columns are described where their types are")]

diesel::table! {
    /// Facts about the database itself.
    meta (key) {
        key -> Text,
        value -> Text,
    }
}

diesel::table! {
    /// The record of acts, chained by hash.
    audit (seq) {
        seq -> BigInt,
        at -> Timestamp,
        actor_id -> Nullable<Text>,
        role -> Nullable<Text>,
        organisation_id -> Nullable<Text>,
        action -> Text,
        object_kind -> Text,
        object_id -> Text,
        clause -> Nullable<Text>,
        outcome -> Text,
        trace_id -> Text,
        detail -> Nullable<Text>,
        detail_salt -> Nullable<Text>,
        detail_hash -> Text,
        prev_hash -> Text,
        hash -> Text,
    }
}

diesel::table! {
    /// The outbox: what happened, without content, in the order of the commits.
    events (seq) {
        seq -> BigInt,
        kind -> Text,
        object_kind -> Text,
        object_id -> Text,
        at -> Timestamp,
    }
}

diesel::table! {
    /// What an account is told about an application.
    notices (id) {
        id -> Text,
        account_id -> Text,
        application_id -> Nullable<Text>,
        kind -> Text,
        clause -> Nullable<Text>,
        body -> Text,
        created_at -> Timestamp,
        read_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    /// Answers kept for repeated requests.
    idempotency (principal, operation, key) {
        principal -> Text,
        operation -> Text,
        key -> Text,
        fingerprint -> Text,
        status -> Integer,
        headers -> Text,
        body -> Text,
        created_at -> Timestamp,
    }
}

diesel::table! {
    /// Leased jobs.
    jobs (id) {
        id -> Text,
        kind -> Text,
        unique_key -> Nullable<Text>,
        payload -> Text,
        state -> Text,
        run_at -> Timestamp,
        retry_at -> Nullable<Timestamp>,
        attempts -> Integer,
        lease_id -> Nullable<Text>,
        leased_until -> Nullable<Timestamp>,
        last_error -> Nullable<Text>,
        created_at -> Timestamp,
        finished_at -> Nullable<Timestamp>,
    }
}
