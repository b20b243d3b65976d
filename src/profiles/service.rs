//! Use cases: reading and replacing the own profile.

use super::store;
use crate::accounts;
use crate::context::{Act, Cx};
use crate::context::{Version, VersionMismatch};
use crate::db;
use serde_json::json;
use title_review_core::clock::Instant;
use title_review_core::findings::{Finding, Text};
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

/// Why a profile is not replaced.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The profile has changed since it was read.
    #[error(transparent)]
    Version(#[from] VersionMismatch),
    /// Another change came between reading and writing.
    #[error("changed meanwhile")]
    Changed,
    /// The document breaks rules; all findings.
    #[error("invalid profile")]
    Invalid(Vec<Finding>),
    /// The document cannot be written as text.
    #[error("the profile cannot be written")]
    Unwritable(#[from] serde_json::Error),
    /// The accounts.
    #[error(transparent)]
    Accounts(#[from] accounts::Error),
    /// The database.
    #[error(transparent)]
    Db(#[from] db::Error),
}

/// The profile of an account.
pub fn find(cx: &mut Cx<'_>, account: AccountId) -> Result<Stored, db::Error> {
    Ok(match store::find_profile(cx.conn, account)? {
        Some((body, version, updated_at)) => Stored { body, version, updated_at: Some(updated_at) },
        None => Stored { body: Profile::default(), version: 0, updated_at: None },
    })
}

/// Replaces the profile of an account; every finding is told in one answer.
pub fn replace(cx: &mut Cx<'_>, id: AccountId, read: Version, profile: Profile) -> Result<Stored, Error> {
    let before = find(cx, id)?;
    read.check(before.version)?;
    let account = accounts::find_account(cx, id)?;
    let id_number = accounts::id_number_of(cx, &account)?;
    let context = Context {
        today: cx.now.date_in_shanghai(),
        resident_id: id_number.as_deref().and_then(|number| parse_resident_id(number).ok()),
    };
    refuse(profile.validate_document(&context))?;
    let text = serde_json::to_string(&profile)?;
    if before.version == 0 {
        store::insert_profile(cx.conn, id, &text, cx.now)?;
    } else if !store::set_profile(cx.conn, id, before.version, &text, cx.now)? {
        return Err(Error::Changed);
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
pub fn refuse_impossible_dates(document: &serde_json::Value) -> Result<(), Error> {
    refuse(impossible_dates(document))
}

fn refuse(findings: Vec<FieldFinding>) -> Result<(), Error> {
    if findings.is_empty() {
        return Ok(());
    }
    let finding = |found: FieldFinding| {
        Finding::field(found.pointer, found.code.as_str(), Text::new(found.zh, found.en)).clause("4.2.1a", None)
    };
    Err(Error::Invalid(findings.into_iter().map(finding).collect()))
}
