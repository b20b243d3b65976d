//! Use cases: putting up a notice, confirming a posting, withdrawing one.

use super::rules::{self, Irreplaceable, Parties, Period};
use crate::accounts;
use crate::applications::service as applications;
use crate::applications::{ApplicationRow, Error as ApplicationError, Note, Reviewer, apply, situation};
use crate::authz::{OwnApplication, Permission};
use crate::context::{Act, Cx, Part};
use crate::context::{Version, VersionMismatch};
use crate::cycles::service::{self as cycles, Cycle};
use crate::db;
use crate::keys;
use crate::records::notices;
pub use crate::records::publicity::store::RunningFilter;
use crate::records::publicity::store::{self, Posting};
use crate::records::publicity::{
    self as record, Counted, Newest, ObjectionStatus, PublicityKind, PublicityRow, PublicityState, PublicityStatus, rule_of,
    state_of,
};
use chrono::NaiveDate;
use serde_json::json;
use title_review_core::clock::Instant;
use title_review_core::cycles::definition::StepPlace;
use title_review_core::findings::Finding;
use title_review_core::ids::{ApplicationId, PublicityId};
use title_review_core::open_terms::ChainStepId;
use title_review_core::vocabulary::{Action, Role, Stage};

/// Why an act on a notice or an objection is refused.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Not there, or not to be seen.
    #[error("not found")]
    NotFound,
    /// The row has changed since it was read.
    #[error(transparent)]
    Version(#[from] VersionMismatch),
    /// Another change came between reading and writing.
    #[error("changed meanwhile")]
    Changed,
    /// Nobody makes their own application public, nor decides on objections to it (5.1).
    #[error(transparent)]
    OwnApplication(#[from] OwnApplication),
    /// Where it stands, nobody makes the application public.
    #[error("no notice at stage {0}")]
    StageConflict(Stage),
    /// It is somebody else's turn.
    #[error("out of turn")]
    OutOfTurn,
    /// The days of a notice or of a posting break the cycle's rule.
    #[error("the days are refused")]
    DaysRefused(Vec<Finding>),
    /// No other notice takes the place of the one that counts, which is in this state.
    #[error("the notice stays: {0:?}")]
    Irreplaceable(Irreplaceable, PublicityState),
    /// Another notice of the kind came first.
    #[error("there is a notice already")]
    AlreadyOpen,
    /// The notice, in this state, does not count any more: there is nothing to withdraw.
    #[error("the notice does not count")]
    NotCurrent(PublicityState),
    /// The notice, in this state, awaits no posting of the employer's.
    #[error("no posting is awaited")]
    NoPostingAwaited(PublicityState),
    /// The notice runs no longer: nobody objects to it any more.
    #[error("the notice is closed")]
    Closed(PublicityState),
    /// So many objections to the notice, or of one address to it, wait already.
    #[error("{0} objections wait")]
    TooManyObjections(u32),
    /// An objection that is to be decided with others is to another notice, or none.
    #[error("objection {0} is not to this notice")]
    OfAnotherNotice(usize),
    /// Somebody else decides on objections to this kind of notice.
    #[error("not responsible for the objection")]
    NotResponsible,
    /// The objection was decided before.
    #[error("decided already")]
    Decided(ObjectionStatus),
    /// Sealing or opening failed.
    #[error(transparent)]
    Keys(#[from] keys::Error),
    /// The application refuses it.
    #[error(transparent)]
    Application(#[from] ApplicationError),
    /// The accounts.
    #[error(transparent)]
    Accounts(#[from] accounts::Error),
    /// The database.
    #[error(transparent)]
    Db(#[from] db::Error),
}

/// Whom a notice about an application concerns.
pub(super) fn parties_of(application: &ApplicationRow, cycle: &Cycle, notice: &PublicityRow) -> Parties {
    let office = Reviewer::of_committee(application);
    let answerable = match notice.step {
        // What was objected at a former employer is not for the present one to read.
        Some(_) if notice.employer_id != application.employer_id => office.clone(),
        Some(id) => cycle.definition.chain_step(id).and_then(|step| Reviewer::at(application, step)),
        None => office.clone(),
    };
    Parties { applicant: application.applicant_id, answerable, office }
}

/// Puts up the notice of the reviewer for whom an application waits (4.3c). Without a last day, it runs as long as it has to.
pub fn open_of_step(
    cx: &mut Cx<'_>,
    id: ApplicationId,
    read: Version,
    from: NaiveDate,
    to: Option<NaiveDate>,
) -> Result<PublicityRow, Error> {
    cx.changes_only(&[]);
    let application = applications::find_for(cx, id, Permission::PublicityManage)?;
    read.check(application.version)?;
    let situation = situation(cx, application)?;
    let application = &situation.row;
    if !situation.state.present_step().is_some_and(|step| step.publicity) {
        return Err(Error::StageConflict(application.stage));
    }
    cx.principal.refuse_own(application.applicant_id)?;
    if !situation.relation.in_turn {
        return Err(Error::OutOfTurn);
    }
    let step = application.step;
    let rule = rule_of(&situation.cycle.definition, step);
    let period = judged(cx, &situation.cycle, step, from, to)?;
    if let Some(standing) = record::standing(cx.conn, application.id, step)? {
        let (definition, current) = (&situation.cycle.definition, &standing.current);
        let newest = newest_of(cx, current, application, &situation.cycle)?;
        let facts = standing.guard_facts(newest, definition);
        rules::replaceable(newest, facts, &rule.objections).map_err(|why| Error::Irreplaceable(why, state_of(current, cx.now)))?;
        if !store::set_superseded(cx.conn, current)? {
            return Err(Error::Changed);
        }
    }
    let row = put_up(cx, application, &situation.cycle, step, period)?;
    applications::bump_version(cx, application)?;
    let body = json!({ "publicity_id": row.id, "from_date": row.from_date, "to_date": row.to_date });
    notices::insert(cx, application.applicant_id, Some(application.id), "publicity.open", Some(&rule.clause), &body)?;
    Ok(row)
}

/// Puts up the notice of a result from `from` on, for as many days as the cycle asks for (2.4, R7). The application is moved by the caller.
pub fn open_result(cx: &mut Cx<'_>, application: &ApplicationRow, cycle: &Cycle, from: NaiveDate) -> Result<PublicityRow, Error> {
    let period = judged(cx, cycle, None, from, None)?;
    put_up(cx, application, cycle, None, period)
}

fn judged(cx: &Cx<'_>, cycle: &Cycle, step: Option<ChainStepId>, from: NaiveDate, to: Option<NaiveDate>) -> Result<Period, Error> {
    let definition = &cycle.definition;
    let rule = rule_of(definition, step);
    let today = definition.local_date(cx.now.to_utc());
    let words = definition.clause_words(&rule.clause);
    rules::period(rule, words, &cycle.calendar, from, to, today).map_err(Error::DaysRefused)
}

fn put_up(
    cx: &mut Cx<'_>,
    application: &ApplicationRow,
    cycle: &Cycle,
    step: Option<ChainStepId>,
    period: Period,
) -> Result<PublicityRow, Error> {
    let definition = &cycle.definition;
    let kind = match step.and_then(|id| definition.chain_step(id)).map(|step| step.place) {
        Some(StepPlace::Employer) => PublicityKind::Employer,
        Some(_) => PublicityKind::Reviewer,
        None => PublicityKind::Result,
    };
    let person = accounts::find_account(cx, application.applicant_id)?;
    let employer = match application.employer_id {
        Some(id) => Some(accounts::find_organisation(cx, id)?.name),
        None => None,
    };
    let row = PublicityRow {
        id: PublicityId::new(&*cx.app.ids, cx.now),
        application_id: application.id,
        kind,
        step,
        status: PublicityStatus::Current,
        cycle_id: application.cycle_id.clone(),
        cycle_version: application.cycle_version,
        employer_id: application.employer_id,
        person_name: person.name,
        employer_name: employer,
        series: application.series.clone(),
        specialty: application.specialty.clone(),
        level: application.level,
        dossier_sha256: record::digest(&application.subject(definition), applications::profile_of(cx.conn, application.id)?)?,
        from_date: period.from,
        to_date: period.to,
        starts_at: Instant::from_utc(definition.start_of_day(period.from).to_utc()),
        ends_at: Instant::from_utc(definition.end_of_day(period.to).to_utc()),
        days: i32::try_from(period.days).unwrap_or(i32::MAX),
        opened_by: cx.principal.account,
        opened_at: cx.now,
        posted_from: None,
        posted_to: None,
        posted_place: None,
        posted_by: None,
        posted_at: None,
        version: 1,
        withdrawn_at: None,
        withdrawn_by: None,
        withdrawn_reason: None,
    };
    store::insert_publicity(cx.conn, &row).map_err(|error| match error {
        // Another came first: the index of the table holds it to one.
        db::Error::Unique(_) => Error::AlreadyOpen,
        other => other.into(),
    })?;
    cx.record(Act {
        action: "publicity.open",
        object_kind: "publicity",
        object_id: row.id.to_string(),
        clause: Some(&rule_of(definition, step).clause),
        detail: json!({ "application": row.application_id, "kind": kind, "step": step, "from": row.from_date, "to": row.to_date, "days": row.days }),
    })?;
    Ok(row)
}

/// What there is to know of the notice that counts.
fn newest_of(cx: &mut Cx<'_>, current: &PublicityRow, application: &ApplicationRow, cycle: &Cycle) -> Result<Newest, Error> {
    let (subject, now) = (application.subject(&cycle.definition), cx.now);
    Ok(record::newest(current, &subject, now, || applications::profile_of(cx.conn, application.id))?)
}

/// A notice as those see it who may read the application.
#[derive(Debug)]
pub struct NoticeView {
    /// Its row.
    pub row: PublicityRow,
    /// The definition it was put up under.
    pub cycle: std::sync::Arc<Cycle>,
    /// The application says something else now.
    pub outdated: bool,
    /// It ends before the application window does; null for the notice of a result.
    pub in_time: Option<bool>,
    /// Objections to it, by status.
    pub objections: Vec<Counted>,
}

/// All notices about an application, oldest first.
pub fn list_of_application(cx: &mut Cx<'_>, id: ApplicationId) -> Result<(ApplicationRow, Vec<NoticeView>), Error> {
    let application = applications::find_for(cx, id, Permission::ApplicationRead)?;
    let rows = store::list_publicities(cx.conn, id)?;
    let seen = rows.into_iter().map(|row| load_view(cx, &application, row)).collect::<Result<_, _>>()?;
    Ok((application, seen))
}

/// One notice about an application.
pub fn find_of_application(
    cx: &mut Cx<'_>,
    application_id: ApplicationId,
    id: PublicityId,
) -> Result<(ApplicationRow, NoticeView), Error> {
    let application = applications::find_for(cx, application_id, Permission::ApplicationRead)?;
    let row = store::find_publicity(cx.conn, id)?.filter(|row| row.application_id == application_id).ok_or(Error::NotFound)?;
    let seen = load_view(cx, &application, row)?;
    Ok((application, seen))
}

fn load_view(cx: &mut Cx<'_>, application: &ApplicationRow, row: PublicityRow) -> Result<NoticeView, Error> {
    let cycle = cycles::find_version(cx, &row.cycle_id, row.cycle_version)?;
    let outdated = row.status == PublicityStatus::Current && newest_of(cx, &row, application, &cycle)?.outdated;
    let in_time = if row.step.is_some() {
        let windows = cycle.windows(&cycles::extensions_for(cx, &row.cycle_id, application.applicant_id)?);
        Some(rules::in_time(application.committee_submissions, row.ends_at, windows.application.end))
    } else {
        None
    };
    let mut objections = store::count_objections(cx.conn, application.id)?;
    objections.retain(|(id, _, _)| *id == row.id);
    Ok(NoticeView { row, cycle, outdated, in_time, objections })
}

/// The notices of results that run now, with the definition of each: what anybody may see. That of an employer or another reviewer is put up inside
/// the unit (4.3c, A1).
pub fn list_running(
    cx: &mut Cx<'_>,
    filter: RunningFilter,
    after: Option<(Instant, PublicityId)>,
    limit: i64,
) -> Result<Vec<(PublicityRow, std::sync::Arc<Cycle>)>, Error> {
    let rows = store::list_running(cx.conn, filter, cx.now, after, limit)?;
    rows.into_iter()
        .map(|row| {
            let cycle = cycles::find_version(cx, &row.cycle_id, row.cycle_version)?;
            Ok((row, cycle))
        })
        .collect()
}

/// A notice of a result that runs now; what has not begun, is over, or is put up inside a unit is not there.
pub fn find_running(cx: &mut Cx<'_>, id: PublicityId) -> Result<(PublicityRow, std::sync::Arc<Cycle>), Error> {
    let row = store::find_publicity(cx.conn, id)?
        .filter(|row| row.kind == PublicityKind::Result && state_of(row, cx.now) == PublicityState::Running)
        .ok_or(Error::NotFound)?;
    let cycle = cycles::find_version(cx, &row.cycle_id, row.cycle_version)?;
    Ok((row, cycle))
}

/// Notes that the employer has put up the result on its own premises too (2.4). The confirmation waits for it where the cycle says so.
pub fn confirm_posting(
    cx: &mut Cx<'_>,
    id: PublicityId,
    read: Version,
    from: NaiveDate,
    to: NaiveDate,
    place: Option<&str>,
) -> Result<(ApplicationRow, NoticeView), Error> {
    cx.changes_only(&[]);
    let row = store::find_publicity(cx.conn, id)?.ok_or(Error::NotFound)?;
    let application = applications::find_for(cx, row.application_id, Permission::PublicityManage)?;
    read.check(row.version)?;
    let cycle = cycles::find_version(cx, &row.cycle_id, row.cycle_version)?;
    let rule = rule_of(&cycle.definition, row.step);
    if !rules::awaits_posting(rule, row.status) {
        return Err(Error::NoPostingAwaited(state_of(&row, cx.now)));
    }
    cx.principal.refuse_own(application.applicant_id)?;
    // It is the employer's own premises that are spoken of.
    if !Reviewer::of_employer(&application).is_some_and(|employer| employer.is(cx.principal)) {
        return Err(Error::OutOfTurn);
    }
    let words = cycle.definition.clause_words(&rule.clause);
    let today = cycle.definition.local_date(cx.now.to_utc());
    let notice = (cycle.definition.local_date(row.starts_at.to_utc()), cycle.definition.last_day_before(row.ends_at.to_utc()));
    rules::posting(rule, words, &cycle.calendar, notice, (from, to), today).map_err(Error::DaysRefused)?;
    let posting = Posting { from, to, place, by: cx.principal.account };
    cx.changes_also(&[Part::Application(application.id)]);
    if !store::set_posting(cx.conn, &row, &posting, cx.now)? {
        return Err(Error::Changed);
    }
    cx.record(Act {
        action: "publicity.confirm_posting",
        object_kind: "publicity",
        object_id: id.to_string(),
        clause: Some("2.4"),
        detail: json!({ "application": row.application_id, "from": from, "to": to }),
    })?;
    find_of_application(cx, row.application_id, id)
}

/// Withdraws a notice with a wrong day or text, so that another can be put up: by who put it up, while nothing stands on it and no objection to it is
/// open or was upheld (4.3c, R7). The result goes back to where it was before it was made public.
pub fn withdraw(cx: &mut Cx<'_>, id: PublicityId, read: Version, reason: String) -> Result<(ApplicationRow, NoticeView), Error> {
    cx.changes_only(&[]);
    let row = store::find_publicity(cx.conn, id)?.ok_or(Error::NotFound)?;
    let application = applications::find_for(cx, row.application_id, Permission::PublicityWithdraw)?;
    read.check(row.version)?;
    let state = state_of(&row, cx.now);
    if row.status != PublicityStatus::Current {
        return Err(Error::NotCurrent(state));
    }
    // It has gone on by it.
    if row.step != application.step {
        return Err(Error::StageConflict(application.stage));
    }
    let situation = situation(cx, application)?;
    let decision = situation.decide(Action::WithdrawPublicity, None)?;
    let definition = &situation.cycle.definition;
    let clause = rule_of(definition, row.step).clause.clone();
    let role = situation.row.present_step(definition).map_or(Role::CommitteeOffice, |step| step.place.role());
    if !store::set_withdrawn(cx.conn, &row, &reason, cx.principal.account, cx.now)? {
        return Err(Error::Changed);
    }
    let detail = json!({
        "application": row.application_id, "kind": row.kind, "was": state, "from": row.from_date, "to": row.to_date, "reason": reason,
    });
    let note = Note { opinion: Some(reason), role: Some(role), ..Note::default() };
    apply(cx, &situation, Action::WithdrawPublicity, &decision, note)?;
    cx.record(Act {
        action: "publicity.withdraw",
        object_kind: "publicity",
        object_id: id.to_string(),
        clause: Some(&clause),
        detail,
    })?;
    find_of_application(cx, row.application_id, id)
}
