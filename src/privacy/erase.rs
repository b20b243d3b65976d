//! Erasing people after the retention: rows first, in one transaction for each person, then files. Whatever a kill leaves undone, the next run does.

use super::error::Error;
use super::inventory::{Erasure, OF_APPLICATION, PERSONAL_TABLES, PersonalTable, RECORDED};
use super::retention::KEPT_DAYS;
use super::store;
use crate::audit;
use crate::context::{Act, App, Cx};
use crate::db::proven::{self, ProvenTable};
use crate::db::{self, raw};
use crate::disclosures::OBJECT;
use crate::erased_files;
use crate::records::evidence::objects;
use chrono::Months;
use serde_json::json;
use title_review_core::clock::Instant;
use title_review_core::ids::AccountId;
use title_review_core::vocabulary::{AccountKind, Role, Stage};

/// What has to hold before somebody is erased: a condition on `accounts a`, and what is said where it does not hold.
type Condition = (&'static str, String);

fn conditions(now: Instant, months: u32) -> Result<Vec<Condition>, Error> {
    let before = now.date_in_shanghai().checked_sub_months(Months::new(months)).ok_or(Error::RetentionTooLong(months))?;
    let before = raw::literal(Instant::start_of_day(before));
    let ended = Stage::ALL.iter().filter(|stage| stage.has_ended() || **stage == Stage::Confirmed);
    let ended: Vec<String> = ended.map(|stage| format!("'{stage}'")).collect();
    let none = |table: &str, person: &str, condition: &str| {
        format!("NOT EXISTS (SELECT 1 FROM {table} o WHERE o.{person} = a.id AND {condition})")
    };
    Ok(vec![
        ("is no person", format!("a.kind = '{}'", AccountKind::Person)),
        ("was erased before", none("erasures", "account_id", "1 = 1")),
        (
            "holds or held another role than the applicant's",
            none("memberships", "account_id", &format!("o.role <> '{}'", Role::Applicant)),
        ),
        (
            "has an application that has not ended",
            none("applications", "applicant_id", &format!("o.stage NOT IN ({})", ended.join(", "))),
        ),
        (
            "has an application that ended within the retention",
            none("applications", "applicant_id", &format!("o.stage_since >= {before}")),
        ),
        (
            "was made or used within the retention",
            format!("a.created_at < {before} AND {}", none("sessions", "account_id", &format!("o.last_used_at >= {before}"))),
        ),
    ])
}

/// A sanction of `a` is in force, or will be.
fn is_sanctioned(now: Instant) -> String {
    let today = now.date_in_shanghai();
    format!(
        "EXISTS (SELECT 1 FROM sanctions s WHERE s.account_id = a.id AND ((s.until_day IS NULL AND s.last_year IS NULL) OR s.until_day >= '{today}' OR s.last_year >= {}))",
        today.format("%Y")
    )
}

fn retention(cx: &Cx<'_>) -> Result<u32, Error> {
    match cx.app.config.privacy.retention_months {
        0 => Err(Error::RetentionNotSet),
        months => Ok(months),
    }
}

/// Everybody whose retention is over and against whom nothing is in force, by id.
pub fn list_due(cx: &mut Cx<'_>) -> Result<Vec<AccountId>, Error> {
    let conditions = conditions(cx.now, retention(cx)?)?;
    let all: Vec<String> =
        conditions.into_iter().map(|(_, condition)| condition).chain([format!("NOT {}", is_sanctioned(cx.now))]).collect();
    let ids = raw::load(cx.conn, &format!("SELECT a.id AS row FROM accounts a WHERE {} ORDER BY a.id", all.join(" AND ")), &[])?;
    let read = |id: &String| id.parse().map_err(|_| db::Error::Unreadable(format!("accounts.id {id}")).into());
    ids.iter().map(read).collect()
}

/// What came of erasing somebody.
#[derive(Debug, Clone, Copy)]
pub struct Erased {
    /// Rows that were removed or blanked.
    pub rows: usize,
    /// Details of the record that were erased.
    pub details: usize,
    /// Files that are to go.
    pub files: usize,
    /// The blind index of the resident ID stays, since a sanction is in force: whoever has this number cannot register anew and apply.
    pub index_kept: bool,
}

/// Erases somebody whose retention is over.
pub fn erase(cx: &mut Cx<'_>, id: AccountId) -> Result<Erased, Error> {
    erase_by(cx, id, PERSONAL_TABLES)
}

/// As [`erase`], by this list: a mutant of the tests forgets something.
pub fn erase_by(cx: &mut Cx<'_>, id: AccountId, tables: &[PersonalTable]) -> Result<Erased, Error> {
    let person = id.as_str();
    for (reason, condition) in conditions(cx.now, retention(cx)?)? {
        let sql = format!("SELECT CASE WHEN {condition} THEN 'yes' ELSE 'no' END AS row FROM accounts a WHERE a.id = $1");
        let holds = raw::load(cx.conn, &sql, &[person])?.pop().ok_or(Error::NotFound)?;
        if holds != "yes" {
            return Err(Error::NotErasable(reason));
        }
    }
    let sql = format!("SELECT CASE WHEN {} THEN 'yes' ELSE 'no' END AS row FROM accounts a WHERE a.id = $1", is_sanctioned(cx.now));
    let index_kept = raw::load(cx.conn, &sql, &[person])?.pop().as_deref() == Some("yes");
    let files = queue_files(cx, id)?;
    let told = raw::load(cx.conn, &format!("SELECT detail AS row FROM audit WHERE detail IS NOT NULL AND {RECORDED}"), &[person])?;
    let kept = proved_rows(cx, tables, person)?;
    // First what leads to their rows from elsewhere.
    let details =
        raw::execute(cx.conn, &format!("UPDATE audit SET detail = NULL, detail_salt = NULL WHERE {RECORDED}"), &[person])?;
    let mut rows = 0;
    for PersonalTable { table, whose, erasure, .. } in tables {
        let sql = match erasure {
            Erasure::Stays => continue,
            Erasure::Deleted => format!("DELETE FROM {table} WHERE {whose}"),
            Erasure::Blanked(columns) => {
                let set: Vec<String> = columns.iter().map(|(column, value)| format!("{column} = {value}")).collect();
                format!("UPDATE {table} SET {} WHERE {whose}", set.join(", "))
            }
        };
        rows += raw::execute(cx.conn, &sql, &[person])?;
    }
    let now = raw::literal(cx.now);
    raw::execute(
        cx.conn,
        &format!("UPDATE memberships SET ended_at = {now} WHERE account_id = $1 AND ended_at IS NULL"),
        &[person],
    )?;
    raw::execute(
        cx.conn,
        &format!("UPDATE attachments SET ended_at = {now} WHERE ended_at IS NULL AND {OF_APPLICATION}"),
        &[person],
    )?;
    // Answers to others, about them: sealed, and good for days.
    let old = raw::literal(cx.session_now.plus_seconds(-KEPT_DAYS * 24 * 3600));
    raw::execute(cx.conn, &format!("DELETE FROM idempotency WHERE created_at < {old}"), &[])?;
    if !index_kept {
        raw::execute(cx.conn, "UPDATE accounts SET id_number_index = NULL WHERE id = $1", &[person])?;
    }
    // What the erased details proved, and what is blanked now, is proved by this act.
    audit::rows::note_again(cx.conn, &told)?;
    for (table, key) in kept {
        proven::note_present(cx.conn, table, &key)?;
    }
    store::insert_erasure(cx.conn, id, cx.now)?;
    let erased = Erased { rows, details, files, index_kept };
    cx.principals_changed();
    cx.record(Act {
        action: "personal_data.erase",
        object_kind: OBJECT,
        object_id: id.to_string(),
        clause: None,
        detail: json!({ "rows": rows, "details": details, "files": files, "index_kept": index_kept }),
    })?;
    Ok(erased)
}

/// The rows that an erasure may change and that the audit log proves.
fn proved_rows(cx: &mut Cx<'_>, tables: &[PersonalTable], person: &str) -> db::Result<Vec<(&'static ProvenTable, String)>> {
    let changed = tables.iter().filter(|table| !matches!(table.erasure, Erasure::Stays)).map(|table| (table.table, table.whose));
    let ended = [("memberships", "account_id = $1"), ("attachments", OF_APPLICATION), ("accounts", "id = $1")];
    let mut rows = Vec::new();
    for (name, whose) in changed.chain(ended) {
        if let Some(table) = proven::find_table(name) {
            rows.extend(proven::list_keys(cx.conn, table, whose, person)?.into_iter().map(|key| (table, key)));
        }
    }
    Ok(rows)
}

/// As [`erase`]; a try does all of it and takes it back.
pub async fn erase_or_try(app: &App, id: AccountId, only_try: bool) -> Result<Erased, Error> {
    let ended = app
        .act_as_system(move |cx| match erase(cx, id) {
            Ok(erased) if only_try => Err(Ended::Tried(erased)),
            Ok(erased) => Ok(erased),
            Err(error) => Err(Ended::Refused(error)),
        })
        .await;
    match ended {
        Ok(erased) | Err(Ended::Tried(erased)) => Ok(erased),
        Err(Ended::Refused(error)) => Err(error),
    }
}

/// Why an erasure was taken back.
enum Ended {
    Tried(Erased),
    Refused(Error),
}

impl From<db::Error> for Ended {
    fn from(error: db::Error) -> Self {
        Self::Refused(error.into())
    }
}

fn queue_files(cx: &mut Cx<'_>, id: AccountId) -> db::Result<usize> {
    let sql = "SELECT DISTINCT sha256 AS row FROM attachments WHERE sha256 <> '' AND application_id IN (SELECT id FROM applications WHERE applicant_id = $1)";
    let files = raw::load(cx.conn, sql, &[id.as_str()])?;
    for sha256 in &files {
        erased_files::queue_object(cx.conn, sha256, cx.session_now)?;
    }
    Ok(files.len())
}

/// Those who were erased while a sanction was in force that is not any more: now their numbers may register again.
pub fn release_numbers(cx: &mut Cx<'_>) -> db::Result<usize> {
    let over = format!("SELECT a.id FROM accounts a JOIN erasures e ON e.account_id = a.id WHERE NOT {}", is_sanctioned(cx.now));
    let released = format!("id_number_index IS NOT NULL AND id IN ({over})");
    let accounts = raw::load(cx.conn, &format!("SELECT id AS row FROM accounts WHERE {released}"), &[])?;
    let count = raw::execute(cx.conn, &format!("UPDATE accounts SET id_number_index = NULL WHERE {released}"), &[])?;
    if let Some(table) = proven::find_table("accounts").filter(|_| !accounts.is_empty()) {
        for account in &accounts {
            proven::note_present(cx.conn, table, account)?;
        }
        cx.record(Act {
            action: "personal_data.release_numbers",
            object_kind: OBJECT,
            object_id: "accounts".to_owned(),
            clause: None,
            detail: json!({ "accounts": count }),
        })?;
    }
    Ok(count)
}

/// Removes the files of everybody who was erased, unless somebody else's dossier has the same one.
pub async fn remove_files(app: &App) -> Result<usize, Error> {
    let waiting = app.act_as_system(|cx| erased_files::list_waiting(cx.conn)).await?;
    let mut removed = 0;
    for sha256 in waiting {
        removed += usize::from(objects::remove_unless_used(app, &sha256).await?);
    }
    app.act_as_system(|cx| erased_files::forget_removed(cx.conn, cx.session_now.plus_seconds(-24 * 3600))).await?;
    Ok(removed)
}
