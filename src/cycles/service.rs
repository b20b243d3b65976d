//! Definitions as the other slices use them: found by version, cached, with their calendar and windows.

use super::model::{NewExtension, VersionStatus};
use super::record::{ExtensionRow, VersionRow};
use super::store;
use crate::audit::heads;
use crate::context::{Act, Cx, Kept};
use crate::db;
use std::sync::Arc;
use title_review_core::clock::Instant;
use title_review_core::cycles::calendar::WorkingCalendar;
use title_review_core::cycles::deadlines::{self, Deadline, EffectiveWindow, Extension, ShortCorrection, effective_window};
use title_review_core::cycles::definition::{CycleDefinition, PublicityRule, WindowName};
use title_review_core::cycles::{Calendars, Window, Windows, loader};
use title_review_core::ids::{AccountId, ExtensionId, OrganisationId};

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

/// What was asked for about cycles.
#[derive(Debug)]
pub struct Cache {
    /// A version never changes.
    versions: moka::sync::Cache<(String, i32), Arc<Cycle>>,
    current: Kept<String, (Option<i32>, Option<OrganisationId>)>,
    extensions: Kept<String, Arc<Vec<ExtensionRow>>>,
}

impl Default for Cache {
    fn default() -> Self {
        Self {
            versions: moka::sync::Cache::builder().max_capacity(100).build(),
            current: Kept::at_most(100),
            extensions: Kept::at_most(100),
        }
    }
}

impl Cycle {
    /// Reads a stored version. It passed the checks of the program that took it in; a later program's checks do not make it unreadable.
    fn read(text: &str, id: &str, version: i32, calendars: &Calendars) -> Result<Self, db::Error> {
        let unreadable = |what: String| db::Error::Unreadable(format!("cycle {id} version {version}: {what}"));
        let definition = loader::load_stored(text, id)
            .map_err(|errors| unreadable(errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")))?;
        let calendar = calendars.working(&definition).map_err(|error| unreadable(error.to_string()))?;
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

    /// How long a correction asked for at `now` has, where the end of the window leaves less than the notice gives (4.2.1b).
    pub fn short_correction(&self, now: Instant, extensions: &[Extension]) -> Result<Option<ShortCorrection>, db::Error> {
        let account = extensions.iter().find_map(|extension| extension.account);
        deadlines::short_correction(&self.definition, &self.calendar, now.to_utc(), account, extensions)
            .map_err(|error| db::Error::Other(format!("correction due: {error}")))
    }

    /// The windows with the extensions of one person.
    #[must_use]
    pub fn windows(&self, extensions: &[Extension]) -> Windows {
        let account = extensions.iter().find_map(|extension| extension.account);
        let window = |name: WindowName| effective_window(&self.definition, name, account, extensions);
        let end = |name: WindowName| Instant::from_utc(window(name).first_instant_after());
        let opens = |name: WindowName| window(name).opens.map_or(Instant::EPOCH, |at| Instant::from_utc(at.to_utc()));
        let dates = |name: WindowName| Window { opens: opens(name), end: end(name) };
        Windows {
            application: dates(WindowName::Application),
            review: dates(WindowName::FormalReview),
            payment_end: end(WindowName::Payment),
            booking_end: self.booking_end(&window(WindowName::Payment)),
        }
    }

    /// First instant at which nothing that was paid in this window is booked any more.
    fn booking_end(&self, payment: &EffectiveWindow<'_>) -> Instant {
        let last = deadlines::booking_day(&self.definition, &self.calendar, payment);
        // A year that no calendar has: no day is known, and none is given.
        let end = last.ok().flatten().map(|day| self.definition.end_of_day(day).to_utc());
        Instant::from_utc(end.unwrap_or_else(|| payment.first_instant_after()))
    }

    /// The deadlines with the extensions of one person, in the order of time.
    pub fn deadlines(&self, extensions: &[Extension]) -> Result<Vec<Deadline>, db::Error> {
        let account = extensions.iter().find_map(|extension| extension.account);
        deadlines::deadlines(&self.definition, &self.calendar, account, extensions)
            .map_err(|error| db::Error::Other(format!("deadlines: {error}")))
    }

    /// The last day on which the first of these publicities of a chain can start.
    pub fn publicity_deadline(
        &self,
        extensions: &[Extension],
        publicities: &[&PublicityRule],
    ) -> Result<Option<Deadline>, db::Error> {
        let account = extensions.iter().find_map(|extension| extension.account);
        deadlines::publicity_deadline(&self.definition, &self.calendar, account, extensions, publicities)
            .map_err(|error| db::Error::Other(format!("deadlines: {error}")))
    }
}

/// A version of a cycle.
pub fn find_version(cx: &mut Cx<'_>, cycle_id: &str, version: i32) -> Result<Arc<Cycle>, db::Error> {
    let key = (cycle_id.to_owned(), version);
    if let Some(cycle) = cx.app.state::<Cache>().versions.get(&key) {
        return Ok(cycle);
    }
    let source = store::find_source(cx.conn, cycle_id, version)?.ok_or(db::Error::NotFound)?;
    let cycle = Arc::new(Cycle::read(&source, cycle_id, version, cx.app.state::<Calendars>())?);
    cx.app.state::<Cache>().versions.insert(key, Arc::clone(&cycle));
    Ok(cycle)
}

/// The published version of a cycle; `None` if it has none.
pub fn find_published(cx: &mut Cx<'_>, cycle_id: &str) -> Result<Option<Arc<Cycle>>, db::Error> {
    match published_version(cx, cycle_id)? {
        Some(version) => find_version(cx, cycle_id, version).map(Some),
        None => Ok(None),
    }
}

/// The published version of a cycle and its committee, as far as it has them.
fn current(cx: &mut Cx<'_>, cycle_id: &str) -> Result<(Option<i32>, Option<OrganisationId>), db::Error> {
    let kept = &cx.app.state::<Cache>().current;
    kept.get(cx, cycle_id.to_owned(), &[], |cx| store::find_current(cx.conn, cycle_id))
}

/// Number of the published version of a cycle.
fn published_version(cx: &mut Cx<'_>, cycle_id: &str) -> Result<Option<i32>, db::Error> {
    Ok(current(cx, cycle_id)?.0)
}

/// The committee that reviews a cycle.
pub fn committee_of(cx: &mut Cx<'_>, cycle_id: &str) -> Result<Option<OrganisationId>, db::Error> {
    Ok(current(cx, cycle_id)?.1)
}

/// Every extension of a cycle's windows.
fn all_extensions(cx: &mut Cx<'_>, cycle_id: &str) -> Result<Arc<Vec<ExtensionRow>>, db::Error> {
    let kept = &cx.app.state::<Cache>().extensions;
    kept.get(cx, cycle_id.to_owned(), &[], |cx| Ok(Arc::new(store::list_all_extensions(cx.conn, cycle_id)?)))
}

/// The extensions of windows that hold for one person: everyone's and the person's own.
pub fn extensions_for(cx: &mut Cx<'_>, cycle_id: &str, account: AccountId) -> Result<Vec<Extension>, db::Error> {
    let rows = all_extensions(cx, cycle_id)?;
    let holding = rows.iter().filter(|row| row.account_id.is_none_or(|person| person == account));
    Ok(holding.cloned().map(Extension::from).collect())
}

/// The extensions that hold for everyone, and when the last of them was written.
pub fn extensions_of_everyone(cx: &mut Cx<'_>, cycle_id: &str) -> Result<(Vec<Extension>, Option<Instant>), db::Error> {
    let rows = all_extensions(cx, cycle_id)?;
    let rows: Vec<&ExtensionRow> = rows.iter().filter(|row| row.account_id.is_none()).collect();
    let last = rows.iter().map(|row| row.created_at).max();
    Ok((rows.into_iter().cloned().map(Extension::from).collect(), last))
}

/// Why an act on a cycle is refused.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file has errors; all of them.
    #[error("the definition has errors")]
    Invalid(Vec<loader::Finding>),
    /// There is no such cycle or version.
    #[error("not found")]
    NotFound,
    /// An amendment of a published cycle says why.
    #[error("an amendment has a reason")]
    ReasonMissing,
    /// An amendment is of the year of its cycle: people and applications count by it.
    #[error("an amendment keeps the year")]
    YearChanged,
    /// An extension ends after the window as it holds; when it closes now.
    #[error("the window closes later already")]
    NotLater(String),
    /// The database.
    #[error(transparent)]
    Db(#[from] db::Error),
}

/// Takes a definition in as the next version of its cycle; it holds only once it is published. The same text again is the same version.
/// Errors refuse it; the warnings are returned.
pub fn load_version(cx: &mut Cx<'_>, text: &str, source: &str) -> Result<(Arc<Cycle>, Vec<loader::Finding>), Error> {
    let loaded = loader::read_with(text, source, cx.app.state::<Calendars>());
    let Some(definition) = loaded.definition else {
        return Err(Error::Invalid(loaded.findings.into_iter().filter(loader::Finding::is_error).collect()));
    };
    insert_version(cx, text, &definition).map(|cycle| (cycle, loaded.findings))
}

fn insert_version(cx: &mut Cx<'_>, text: &str, definition: &CycleDefinition) -> Result<Arc<Cycle>, Error> {
    let id = definition.id.clone();
    let sha256 = crate::keys::sha256_hex(text.as_bytes());
    let last = store::find_last(cx.conn, &id)?;
    if let Some((version, known)) = &last
        && *known == sha256
    {
        return Ok(find_version(cx, &id, *version)?);
    }
    if let Some((version, _)) = &last
        && find_version(cx, &id, *version)?.definition.year != definition.year
    {
        return Err(Error::YearChanged);
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

/// Publishes a version: new applications are filed under it. Superseding a published version needs a reason.
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
    expect_closings(cx, &cycle.definition)?;
    Ok(cycle)
}

/// Has a head of the audit log signed when each window of a cycle has closed.
fn expect_closings(cx: &mut Cx<'_>, definition: &CycleDefinition) -> Result<(), db::Error> {
    let extensions = extensions_of_everyone(cx, &definition.id)?.0;
    for name in [WindowName::Application, WindowName::FormalReview, WindowName::Payment] {
        let closed = Instant::from_utc(effective_window(definition, name, None, &extensions).first_instant_after());
        if closed > cx.now {
            heads::schedule(cx.conn, &*cx.app.ids, cx.now, heads::HeadReason::WindowClosed, closed)?;
        }
    }
    Ok(())
}

/// `expect_closings` of every published cycle: at a start, for cycles that were published by an older program.
pub fn expect_all_closings(cx: &mut Cx<'_>) -> Result<(), db::Error> {
    for row in store::list_published(cx.conn, None, i64::MAX)? {
        let cycle = find_version(cx, &row.cycle_id, row.version)?;
        expect_closings(cx, &cycle.definition)?;
    }
    Ok(())
}

/// Loads and publishes cycles that come with the product, where the database does not have them yet: the first one, and with
/// `made_up` the others too, which are of prefectures that do not exist.
pub fn install_builtin(cx: &mut Cx<'_>, made_up: bool) -> Result<Vec<String>, Error> {
    let mut installed = Vec::new();
    let wanted = if made_up {
        title_review_core::cycles::builtin()
    } else {
        title_review_core::cycles::builtin().get(..1).unwrap_or_default()
    };
    for (name, text) in wanted {
        let definition = loader::load(text, name).map_err(Error::Invalid)?;
        if store::find_last(cx.conn, &definition.id)?.is_none() {
            let cycle = insert_version(cx, text, &definition)?;
            publish(cx, &cycle.definition.id, cycle.version, None)?;
            installed.push(definition.id);
        }
    }
    Ok(installed)
}

/// Loads the cycle files (`*.toml`) of a folder, in the order of their names. A cycle that the database does not have is published, as those that come
/// with the product; a changed file of a known one becomes a further version, to be published on record by an administrator. `Err` has every error;
/// the warnings on new files are returned. A file that was taken in before is not held to checks that came later.
pub fn install_folder(cx: &mut Cx<'_>, files: &[(String, String)]) -> Result<Vec<loader::Finding>, Error> {
    // All files are looked at before anything is written: the operator sees everything that is wrong at once.
    let (mut new, mut findings) = (Vec::new(), Vec::new());
    for (name, text) in files {
        let sha256 = crate::keys::sha256_hex(text.as_bytes());
        if let Ok(definition) = loader::load_stored(text, name) {
            // Any version, not only the last: a start must not bring back what was amended through the API since.
            let known = store::list_versions(cx.conn, &definition.id, None, i64::from(i32::MAX))?;
            if known.iter().any(|version| version.sha256 == sha256) {
                continue;
            }
        }
        let loaded = loader::read_with(text, name, cx.app.state::<Calendars>());
        findings.extend(loaded.findings);
        new.extend(loaded.definition.map(|definition| (text, definition)));
    }
    if findings.iter().any(loader::Finding::is_error) {
        return Err(Error::Invalid(findings));
    }
    for (text, definition) in new {
        let first = store::find_last(cx.conn, &definition.id)?.is_none();
        let cycle = insert_version(cx, text, &definition)?;
        if first {
            publish(cx, &definition.id, cycle.version, None)?;
        }
    }
    Ok(findings)
}

/// A version that the public may read, with what is kept about it: the published one, or an older one that it superseded.
pub fn find_public(cx: &mut Cx<'_>, cycle_id: &str, version: Option<i32>) -> Result<(VersionRow, Arc<Cycle>), Error> {
    let wanted = match version {
        Some(version) => version,
        None => published_version(cx, cycle_id)?.ok_or(Error::NotFound)?,
    };
    let row = store::find_version(cx.conn, cycle_id, wanted)?;
    let row = row.filter(|row| row.status != VersionStatus::Loaded).ok_or(Error::NotFound)?;
    let cycle = find_version(cx, cycle_id, row.version)?;
    Ok((row, cycle))
}

/// What is kept about a version.
pub fn find_version_row(cx: &mut Cx<'_>, cycle_id: &str, version: i32) -> Result<VersionRow, Error> {
    store::find_version(cx.conn, cycle_id, version)?.ok_or(Error::NotFound)
}

/// The published versions, by cycle.
pub fn list_published(cx: &mut Cx<'_>, after: Option<&str>, limit: i64) -> Result<Vec<VersionRow>, Error> {
    Ok(store::list_published(cx.conn, after, limit)?)
}

/// Every version of a cycle, newest first.
pub fn list_versions(cx: &mut Cx<'_>, cycle_id: &str, before: Option<i32>, limit: i64) -> Result<Vec<VersionRow>, Error> {
    find_committee(cx, cycle_id)?;
    Ok(store::list_versions(cx.conn, cycle_id, before, limit)?)
}

/// Every extension of a cycle's windows, newest first.
pub fn list_extensions(
    cx: &mut Cx<'_>,
    cycle_id: &str,
    before: Option<ExtensionId>,
    limit: i64,
) -> Result<Vec<ExtensionRow>, Error> {
    find_committee(cx, cycle_id)?;
    Ok(store::list_extensions(cx.conn, cycle_id, before, limit)?)
}

/// Refuses an extension whose new close is not later than the one that holds.
pub fn refuse_not_later(cx: &mut Cx<'_>, cycle: &Cycle, new: &NewExtension) -> Result<(), Error> {
    let cycle_id = &cycle.definition.id;
    let known = match new.account {
        Some(account) => extensions_for(cx, cycle_id, account)?,
        None => extensions_of_everyone(cx, cycle_id)?.0,
    };
    let account = new.account.and_then(|id| id.as_str().parse().ok());
    let closes = effective_window(&cycle.definition, new.window, account, &known).closes;
    if new.until.to_utc() <= closes { Err(Error::NotLater(closes.to_rfc3339())) } else { Ok(()) }
}

/// Keeps a window open longer, for everyone or for one person, on record. Whoever it is for exists: the caller has seen to that.
pub fn extend(cx: &mut Cx<'_>, cycle: &Cycle, new: NewExtension, decided_by: AccountId) -> Result<ExtensionRow, Error> {
    let cycle_id = &cycle.definition.id;
    refuse_not_later(cx, cycle, &new)?;
    let account = new.account.and_then(|id| id.as_str().parse().ok());
    let clause = cycle.definition.window(new.window).clause.clone();
    let row = ExtensionRow {
        id: ExtensionId::new(&*cx.app.ids, cx.now),
        cycle_id: cycle_id.clone(),
        window: new.window,
        account_id: new.account,
        until: new.until,
        reason: new.reason,
        created_by: decided_by,
        created_at: cx.now,
    };
    store::insert_extension(cx.conn, &row)?;
    cx.record(Act {
        action: "cycle.extend",
        object_kind: "cycle",
        object_id: cycle_id.clone(),
        clause: Some(&clause),
        detail: serde_json::json!({ "extension": row.id, "window": row.window, "account": row.account_id, "until": row.until }),
    })?;
    let known = [Extension::from(row.clone())];
    let closed = effective_window(&cycle.definition, row.window, account, &known).first_instant_after();
    heads::schedule(cx.conn, &*cx.app.ids, cx.now, heads::HeadReason::WindowClosed, Instant::from_utc(closed))?;
    Ok(row)
}

/// The people for whom a window of a cycle was extended.
pub fn list_people_extended(cx: &mut Cx<'_>, cycle_id: &str, window: WindowName) -> Result<Vec<AccountId>, db::Error> {
    store::list_people_extended(cx.conn, cycle_id, window)
}

/// The committee of a cycle and the version of the assignment.
pub fn find_committee(cx: &mut Cx<'_>, cycle_id: &str) -> Result<(Option<OrganisationId>, i64), Error> {
    store::find_committee_row(cx.conn, cycle_id)?.ok_or(Error::NotFound)
}

/// Says on record which committee reviews a cycle. It is a committee: the caller has seen to that.
pub fn set_committee(cx: &mut Cx<'_>, cycle_id: &str, committee: OrganisationId) -> Result<(), Error> {
    if !store::set_committee(cx.conn, cycle_id, committee)? {
        return Err(Error::NotFound);
    }
    cx.record(Act {
        action: "cycle.assign_committee",
        object_kind: "cycle",
        object_id: cycle_id.to_owned(),
        clause: None,
        detail: serde_json::json!({ "committee": committee }),
    })?;
    Ok(())
}
