//! Definitions as the other slices use them: found by version, cached, with their calendar and windows.

use super::calendar::WorkingCalendar;
use super::deadlines::{self, Deadline, Extension, effective_window};
use super::definition::{CycleDefinition, WindowName};
use super::{loader, store};
use crate::app::{Act, Cx};
use crate::clock::Instant;
use crate::db;
use crate::ids::{AccountId, OrganisationId};
use crate::workflow::{Span, Windows};
use std::sync::Arc;

/// A version of a definition, checked, with its working days.
#[derive(Debug)]
pub struct Cycle {
    /// Its number.
    pub version: i32,
    /// What it says.
    pub definition: CycleDefinition,
    /// Its working days.
    pub calendar: WorkingCalendar,
}

/// Versions that were asked for; a version never changes.
#[derive(Debug)]
pub struct Cache(moka::sync::Cache<(String, i32), Arc<Cycle>>);

impl Default for Cache {
    fn default() -> Self {
        Self(moka::sync::Cache::builder().max_capacity(100).build())
    }
}

impl Cycle {
    /// Reads a stored version; what was loaded has passed the checks.
    fn read(text: &str, id: &str, version: i32) -> Result<Self, db::Error> {
        let unreadable = |what: String| db::Error::Unreadable(format!("cycle {id} version {version}: {what}"));
        let definition = loader::load(text, id)
            .map_err(|errors| unreadable(errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")))?;
        let calendar = WorkingCalendar::of(&definition).map_err(|error| unreadable(error.to_string()))?;
        Ok(Self { version, definition, calendar })
    }

    /// First instant at which a correction asked for by the committee at `now` is late (4.2.1b).
    pub fn correction_due(&self, now: Instant, extensions: &[Extension]) -> Result<Instant, db::Error> {
        // The extensions are those of one person already: whose does not matter any more.
        let account = extensions.iter().find_map(|extension| extension.account);
        let due = deadlines::correction_due(&self.definition, &self.calendar, now.to_utc(), account, extensions)
            .map_err(|error| db::Error::Other(format!("correction due: {error}")))?;
        Ok(Instant::from_utc(due.first_instant_after()))
    }

    /// The windows with the extensions of one person.
    #[must_use]
    pub fn windows(&self, extensions: &[Extension]) -> Windows {
        let account = extensions.iter().find_map(|extension| extension.account);
        let window = |name: WindowName| effective_window(&self.definition, name, account, extensions);
        let over = |name: WindowName| Instant::from_utc(window(name).first_instant_after());
        let opens = |name: WindowName| window(name).opens.map_or(Instant::EPOCH, |at| Instant::from_utc(at.to_utc()));
        let span = |name: WindowName| Span { opens: opens(name), over: over(name) };
        Windows {
            application: span(WindowName::Application),
            review: span(WindowName::FormalReview),
            payment_over: over(WindowName::Payment),
        }
    }

    /// The deadlines with the extensions of one person, in the order of time.
    pub fn deadlines(&self, extensions: &[Extension]) -> Result<Vec<Deadline>, db::Error> {
        let account = extensions.iter().find_map(|extension| extension.account);
        deadlines::deadlines(&self.definition, &self.calendar, account, extensions)
            .map_err(|error| db::Error::Other(format!("deadlines: {error}")))
    }
}

/// A version of a cycle.
pub fn find_version(cx: &mut Cx<'_>, cycle_id: &str, version: i32) -> Result<Arc<Cycle>, db::Error> {
    let key = (cycle_id.to_owned(), version);
    if let Some(cycle) = cx.app.cycles.0.get(&key) {
        return Ok(cycle);
    }
    let source = store::find_source(cx.conn, cycle_id, version)?.ok_or(db::Error::NotFound)?;
    let cycle = Arc::new(Cycle::read(&source, cycle_id, version)?);
    cx.app.cycles.0.insert(key, Arc::clone(&cycle));
    Ok(cycle)
}

/// The published version of a cycle; `None` if it has none.
pub fn find_published(cx: &mut Cx<'_>, cycle_id: &str) -> Result<Option<Arc<Cycle>>, db::Error> {
    match store::find_published(cx.conn, cycle_id)? {
        Some(version) => find_version(cx, cycle_id, version).map(Some),
        None => Ok(None),
    }
}

/// The committee that reviews a cycle.
pub fn committee_of(cx: &mut Cx<'_>, cycle_id: &str) -> Result<Option<OrganisationId>, db::Error> {
    store::find_committee(cx.conn, cycle_id)
}

/// The extensions of windows that hold for one person: everyone's and the person's own.
pub fn extensions_for(cx: &mut Cx<'_>, cycle_id: &str, account: AccountId) -> Result<Vec<Extension>, db::Error> {
    let rows = store::list_extensions_for(cx.conn, cycle_id, account)?;
    Ok(rows
        .into_iter()
        .map(|row| Extension {
            window: row.window,
            account: row.account_id.and_then(|id| id.as_str().parse().ok()),
            until: row.until.in_shanghai(),
            reason: row.reason,
        })
        .collect())
}

/// Why a definition is not taken.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file has errors; all of them.
    #[error("the definition has errors")]
    Invalid(Vec<loader::LoadError>),
    /// There is no such cycle or version.
    #[error("not found")]
    NotFound,
    /// An amendment of a published cycle says why.
    #[error("an amendment has a reason")]
    ReasonMissing,
    /// The database.
    #[error(transparent)]
    Db(#[from] db::Error),
}

/// Takes a definition in as the next version of its cycle; it holds only once it is published. The same text again is the same version.
pub fn load_version(cx: &mut Cx<'_>, text: &str, source: &str) -> Result<Arc<Cycle>, Error> {
    let definition = loader::load(text, source).map_err(Error::Invalid)?;
    let id = definition.id.clone();
    let sha256 = crate::keys::sha256_hex(text.as_bytes());
    let last = store::find_last(cx.conn, &id)?;
    if let Some((version, known)) = &last
        && *known == sha256
    {
        return Ok(find_version(cx, &id, *version)?);
    }
    let version = last.map_or(0, |(version, _)| version) + 1;
    if version == 1 {
        store::insert_cycle(cx.conn, &id)?;
    }
    store::insert_version(
        cx.conn,
        &store::NewVersion {
            cycle_id: &id,
            version,
            year: i32::from(definition.year),
            title: &definition.title,
            source: text,
            sha256: &sha256,
            created_by: cx.principal.account,
            now: cx.now,
        },
    )?;
    cx.record(Act {
        action: "cycle.load",
        object_kind: "cycle",
        object_id: id.clone(),
        clause: None,
        detail: serde_json::json!({ "version": version, "sha256": sha256 }),
    })?;
    Ok(find_version(cx, &id, version)?)
}

/// Publishes a version: new applications are filed under it, those that exist keep theirs. Superseding a published version needs a reason.
pub fn publish(cx: &mut Cx<'_>, cycle_id: &str, version: i32, reason: Option<&str>) -> Result<Arc<Cycle>, Error> {
    let cycle = find_version(cx, cycle_id, version).map_err(|error| match error {
        db::Error::NotFound => Error::NotFound,
        other => Error::Db(other),
    })?;
    let before = store::find_published(cx.conn, cycle_id)?;
    if before == Some(version) {
        return Ok(cycle);
    }
    if before.is_some() && reason.is_none_or(|reason| reason.trim().is_empty()) {
        return Err(Error::ReasonMissing);
    }
    store::set_published(cx.conn, cycle_id, version, reason, cx.now)?;
    cx.record(Act {
        action: "cycle.publish",
        object_kind: "cycle",
        object_id: cycle_id.to_owned(),
        clause: Some("5.2"),
        detail: serde_json::json!({ "version": version, "supersedes": before, "reason": reason }),
    })?;
    Ok(cycle)
}

/// Loads and publishes the cycles that come with the product, where the database does not have them yet.
pub fn install_builtin(cx: &mut Cx<'_>) -> Result<Vec<String>, Error> {
    let mut installed = Vec::new();
    for (name, text) in super::builtin() {
        let definition = loader::load(text, name).map_err(Error::Invalid)?;
        if store::find_last(cx.conn, &definition.id)?.is_none() {
            let cycle = load_version(cx, text, name)?;
            publish(cx, &cycle.definition.id, cycle.version, None)?;
            installed.push(definition.id);
        }
    }
    Ok(installed)
}

/// Says which committee reviews a cycle; its applications go with it.
pub fn assign_committee(cx: &mut Cx<'_>, cycle_id: &str, committee: OrganisationId) -> Result<(), Error> {
    if !store::set_committee(cx.conn, cycle_id, committee)? {
        return Err(Error::NotFound);
    }
    crate::applications::service::move_to_committee(cx, cycle_id, committee)?;
    cx.record(Act {
        action: "cycle.assign_committee",
        object_kind: "cycle",
        object_id: cycle_id.to_owned(),
        clause: None,
        detail: serde_json::json!({ "committee": committee }),
    })?;
    Ok(())
}
