//! Where personal data is: the one list that a person's export and their erasure go by. A test holds it against the schema, so that a new table is
//! a question about its people.

/// What becomes of a row when its person is erased.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Erasure {
    /// It names nobody but by an id that leads to nobody any more.
    Stays,
    /// It goes.
    Deleted,
    /// These columns get these values, expressions of SQL.
    Blanked(&'static [(&'static str, &'static str)]),
}

/// Rows that are about people.
#[derive(Debug, Clone, Copy)]
pub struct PersonalTable {
    /// The table.
    pub table: &'static str,
    /// Condition on `$1`, the account: which rows are about it.
    pub whose: &'static str,
    /// Columns that its person is not given: secrets and digests of the server, and what belongs to others.
    pub hidden: &'static [&'static str],
    /// What becomes of them.
    pub erasure: Erasure,
}

const OWN: &str = "account_id = $1";
pub(super) const OF_APPLICATION: &str = "application_id IN (SELECT id FROM applications WHERE applicant_id = $1)";

/// A dossier that says nothing.
pub(super) const EMPTY_DOSSIER: &str = "'{\"profile\": {}, \"profile_version\": 0}'";

/// Only the first character stays, as the public check shows it.
const MASKED_HOLDER: &str = "CASE WHEN length(holder_name) > 1 THEN substr(holder_name, 1, 1) || substr('*************************************************', 1, length(holder_name) - 1) ELSE '*' END";

const fn table(table: &'static str, whose: &'static str, hidden: &'static [&'static str], erasure: Erasure) -> PersonalTable {
    PersonalTable { table, whose, hidden, erasure }
}

use Erasure::{Blanked, Deleted, Stays};

/// Every table with rows about people, in an order in which rows can be removed.
pub const PERSONAL_TABLES: &[PersonalTable] = &[
    table("profiles", OWN, &[], Deleted),
    table("notices", OWN, &[], Deleted),
    table("sessions", OWN, &["refresh_hash", "previous_hash"], Deleted),
    table("recovery_codes", "factor_id IN (SELECT id FROM second_factors WHERE account_id = $1)", &["code_hash"], Deleted),
    table("second_factors", OWN, &["secret_sealed"], Deleted),
    table("former_passwords", OWN, &["password_hash"], Deleted),
    table("password_resets", OWN, &["token_hash"], Deleted),
    table("personal_tokens", OWN, &["hash"], Deleted),
    table("idempotency", "principal = $1", &["fingerprint", "body", "body_sealed"], Deleted),
    table("memberships", OWN, &[], Stays),
    // Whoever raised an objection is another person: of what they say, its subject is told what came of it.
    table(
        "objections",
        OF_APPLICATION,
        &["receipt_index", "name_sealed", "contact_sealed", "text_sealed", "decided_by", "address_index"],
        Deleted,
    ),
    table("window_extensions", OWN, &[], Blanked(&[("reason", "''")])),
    table("proposals", OWN, &[], Blanked(&[("reason", "''"), ("statement", "NULL")])),
    table("corrections", OF_APPLICATION, &[], Blanked(&[("detail", "''"), ("why_late", "NULL"), ("answer", "NULL")])),
    table("transfers", "applicant_id = $1", &[], Blanked(&[("reason", "''"), ("decision_reason", "NULL")])),
    table("returned_dossiers", OF_APPLICATION, &[], Deleted),
    table("steps", OF_APPLICATION, &[], Blanked(&[("opinion", "NULL"), ("detail", "'{}'")])),
    table(
        "attachments",
        OF_APPLICATION,
        &[],
        Blanked(&[("file_name", "'erased'"), ("sha256", "''"), ("verification_code", "NULL"), ("status", "'deleted'")]),
    ),
    table(
        "publicities",
        OF_APPLICATION,
        &[],
        Blanked(&[("person_name", "'*'"), ("dossier_sha256", "''"), ("withdrawn_reason", "NULL")]),
    ),
    table("orders", "applicant_id = $1", &[], Stays),
    // A ledger: its rows are added and made void, and name nobody.
    table("payments", "order_id IN (SELECT id FROM orders WHERE applicant_id = $1)", &[], Stays),
    // Of money that nobody is known to have paid there is no person to be found.
    table(
        "held_money",
        "applicant_id = $1",
        &[],
        Blanked(&[("payer_name", "NULL"), ("quoted", "NULL"), ("refund_reason", "NULL")]),
    ),
    table("received_originals", OF_APPLICATION, &[], Stays),
    // The score and what the panel noted are not told.
    table(
        "defences",
        OF_APPLICATION,
        &["score", "note"],
        Blanked(&[("note", "NULL"), ("ground", "NULL"), ("approver", "NULL"), ("place", "NULL"), ("score", "NULL")]),
    ),
    // R4: how many voted how is told to nobody.
    table("meeting_candidates", OF_APPLICATION, &["tally", "ruling"], Stays),
    // Whoever is shown a certificate goes on checking it.
    table("certificates", "holder_id = $1", &[], Blanked(&[("holder_name", MASKED_HOLDER)])),
    table("certificate_revocations", "number IN (SELECT number FROM certificates WHERE holder_id = $1)", &[], Stays),
    table("fraud_decisions", OF_APPLICATION, &[], Blanked(&[("finding", "''"), ("reason", "''")])),
    table("sanctions", OWN, &[], Blanked(&[("reason", "''")])),
    table(
        "study_records",
        "id_number_index = (SELECT id_number_index FROM accounts WHERE id = $1)",
        &["id_number_sealed", "id_number_index", "recorded_by", "withdrawn_by"],
        Deleted,
    ),
    table("applications", "applicant_id = $1", &[], Blanked(&[("dossier", EMPTY_DOSSIER)])),
    table(
        "accounts",
        "id = $1",
        &["password_hash", "id_number_sealed", "id_number_index", "id_number_end_index", "phone_sealed", "phone_index"],
        // The blind index of the number is looked at by itself: a ban is kept by it (`service::erase`).
        Blanked(&[
            ("login", "'erased-' || id"),
            ("name", "'*'"),
            ("password_hash", "'!'"),
            ("status", "'suspended'"),
            ("id_number_sealed", "NULL"),
            ("id_number_end_index", "NULL"),
            ("phone_sealed", "NULL"),
            ("phone_index", "NULL"),
        ]),
    ),
];

/// Tables without rows about applicants, and why.
pub const OTHER_TABLES: &[(&str, &str)] = &[
    ("meta", "facts about the database"),
    ("audit", "ids and terms; details are erased beside, the chain stays"),
    ("audit_heads", "hashes"),
    ("events", "ids"),
    ("jobs", "ids"),
    ("upgrades", "versions"),
    ("organisations", "no people"),
    ("cycles", "no people"),
    ("cycle_versions", "the notice"),
    ("meetings", "those who lead them, who do so in office"),
    ("cap_settlements", "counts of a cycle, and who settled them in office"),
    ("sign_in_failures", "keyed digests of logins, gone in a day"),
    ("clients", "programs of organisations"),
    ("client_secrets", "programs of organisations"),
    ("client_tokens", "programs of organisations"),
    ("client_assertions", "programs of organisations"),
    ("imports", "names of columns, counts"),
    ("import_chunks", "rows of files that staff have sent, sealed, by no person; gone after thirty days"),
    ("import_batches", "lines, codes, ids; no cell of a file"),
    ("erasures", "that somebody was erased, by id"),
    ("erased_objects", "hashes of files that are about to go, or went within a day"),
];

/// Rows of the audit log whose details are about a person: by their own acts, by acts on them and on what is theirs.
pub(super) const RECORDED: &str = "detail IS NOT NULL AND (actor_id = $1 OR object_id = $1 \
    OR object_id IN (SELECT id FROM applications WHERE applicant_id = $1) \
    OR object_id IN (SELECT id FROM attachments WHERE application_id IN (SELECT id FROM applications WHERE applicant_id = $1)) \
    OR object_id IN (SELECT id FROM publicities WHERE application_id IN (SELECT id FROM applications WHERE applicant_id = $1)) \
    OR object_id IN (SELECT id FROM objections WHERE application_id IN (SELECT id FROM applications WHERE applicant_id = $1)) \
    OR object_id IN (SELECT id FROM orders WHERE applicant_id = $1) \
    OR object_id IN (SELECT id FROM held_money WHERE applicant_id = $1) \
    OR object_id IN (SELECT id FROM sessions WHERE account_id = $1) \
    OR object_id IN (SELECT id FROM memberships WHERE account_id = $1) \
    OR object_id IN (SELECT id FROM sanctions WHERE account_id = $1) \
    OR object_id IN (SELECT id FROM proposals WHERE account_id = $1) \
    OR object_id IN (SELECT id FROM study_records WHERE id_number_index = (SELECT id_number_index FROM accounts WHERE id = $1)) \
    OR object_id IN (SELECT id FROM personal_tokens WHERE account_id = $1) \
    OR object_id IN (SELECT number FROM certificates WHERE holder_id = $1))";
