//! The audit log: what is on it, that nobody changes it unseen, who may ask it what.

use diesel::connection::SimpleConnection as _;
use serde_json::json;
use title_review::audit::{Entry, Outcome};
use title_review::db::{Conn, Db, Error};
use title_review_core::clock::Instant;
use title_review_core::ids::{AccountId, SeededIds};
use title_review_core::vocabulary::Role;

mod chain;
mod heads;
mod queries;
mod rows;
mod tampering;

/// Some act; each number is another one.
fn entry(number: usize) -> Entry {
    let at: Instant = "2024-08-30T18:00:00.5+08:00".parse().unwrap();
    Entry {
        at: at.plus_seconds(i64::try_from(number).unwrap()),
        actor: Some(AccountId::new(&SeededIds::new(1), at)),
        role: number.is_multiple_of(2).then_some(Role::Reviewer),
        organisation: None,
        action: "create_decision".to_owned(),
        object_kind: "application".to_owned(),
        object_id: format!("a{number}"),
        clause: Some("4.3b".to_owned()),
        outcome: Outcome::Done,
        trace_id: "t".to_owned(),
        detail: json!({ "opinion": "同意推荐", "number": number }),
    }
}

/// Whoever has the database's password can drop its triggers.
async fn take_off_the_guards(db: &Db) {
    db.write(|conn| {
        let on = if matches!(conn, Conn::Pg(_)) { " ON audit" } else { "" };
        let sql = ["audit_rows_stay", "audit_rows_are_fixed"].map(|name| format!("DROP TRIGGER IF EXISTS {name}{on};"));
        Ok::<_, Error>(conn.batch_execute(&sql.concat())?)
    })
    .await
    .unwrap();
}
