//! Use cases: reading and replacing the own profile.

use super::store;
use crate::accounts;
use crate::app::{Act, Cx};
use crate::db;
use crate::precondition::IfMatch;
use crate::problem::{Code, Finding, Problem, Text};
use serde_json::json;
use title_review_core::clock::Instant;
use title_review_core::identity_numbers::parse_resident_id;
use title_review_core::ids::AccountId;
use title_review_core::profiles::model::Profile;
use title_review_core::profiles::rules::{Context, FieldFinding, impossible_dates};

/// A profile with its version; version 0 is the empty one that everybody starts with.
#[derive(Debug, Clone)]
pub struct Stored {
    /// The document.
    pub body: Profile,
    /// Rises with each change.
    pub version: i64,
    /// Last change; null for the empty one.
    pub updated_at: Option<Instant>,
}

/// The profile of an account.
pub fn find(cx: &mut Cx<'_>, account: AccountId) -> Result<Stored, db::Error> {
    Ok(match store::find_profile(cx.conn, account)? {
        Some((body, version, updated_at)) => Stored { body, version, updated_at: Some(updated_at) },
        None => Stored { body: Profile::default(), version: 0, updated_at: None },
    })
}

/// Replaces the own profile; every finding is told in one answer.
pub fn replace(cx: &mut Cx<'_>, if_match: IfMatch, profile: Profile) -> Result<Stored, Problem> {
    let id = cx.principal.account.ok_or(Code::Unauthenticated)?;
    let before = find(cx, id)?;
    if_match.check(before.version)?;
    let account = accounts::find_account(cx, id)?;
    let id_number = accounts::id_number_of(cx, &account)?;
    let context = Context {
        today: cx.now.date_in_shanghai(),
        resident_id: id_number.as_deref().and_then(|number| parse_resident_id(number).ok()),
    };
    refuse(profile.validate_document(&context))?;
    let text = serde_json::to_string(&profile).map_err(|error| Problem::internal(&error))?;
    if before.version == 0 {
        store::insert_profile(cx.conn, id, &text, cx.now)?;
    } else if !store::set_profile(cx.conn, id, before.version, &text, cx.now)? {
        return Err(Code::StaleVersion.into());
    }
    cx.record(Act {
        action: "profile.replace",
        object_kind: "profile",
        object_id: id.to_string(),
        clause: Some("4.2.1a"),
        detail: json!({ "version": before.version + 1 }),
    })?;
    Ok(Stored { body: profile, version: before.version + 1, updated_at: Some(cx.now) })
}

/// Refuses a document with dates that are no day of the calendar, all of them told.
pub fn refuse_impossible_dates(document: &serde_json::Value) -> Result<(), Problem> {
    refuse(impossible_dates(document))
}

fn refuse(findings: Vec<FieldFinding>) -> Result<(), Problem> {
    if findings.is_empty() {
        return Ok(());
    }
    Err(Problem::new(Code::InvalidBody).findings(findings.into_iter().map(|finding| {
        Finding::field(finding.pointer, finding.code.as_str(), Text::new(finding.zh, finding.en)).clause("4.2.1a", None)
    })))
}
