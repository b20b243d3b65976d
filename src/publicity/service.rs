//! Use cases: putting up a notice, objecting, deciding, confirming a posting, and what the guards are told.

use super::rules::{self, Period};
use crate::accounts;
use crate::app::{Act, Cx};
use crate::applications::service as applications;
use crate::applications::{ApplicationRow, Error, situation};
use crate::authz::{Permission, Principal};
use crate::cycles::service::{self as cycles, Cycle};
use crate::db;
use crate::keys::{self, field_aad};
use crate::precondition::IfMatch;
use crate::problem::{Code, Finding, Problem};
use crate::records::notices;
use crate::records::publicity::store::{self, Posting, RunningFilter};
use crate::records::publicity::{
    self as record, Counted, Newest, ObjectionRow, ObjectionStatus, PublicityKind, PublicityRow, PublicityState, PublicityStatus,
    rule_of, state_of,
};
use chrono::NaiveDate;
use data_encoding::BASE32_NOPAD;
use serde_json::json;
use title_review_core::clock::Instant;
use title_review_core::ids::{ApplicationId, ObjectionId, PublicityId};
use title_review_core::vocabulary::Role;

/// Puts up the employer's notice about an application that waits for the employer (4.3c). Without a last day, it runs as long as it has to.
pub fn open_employer(
    cx: &mut Cx<'_>,
    id: ApplicationId,
    if_match: IfMatch,
    from: NaiveDate,
    to: Option<NaiveDate>,
) -> Result<PublicityRow, Error> {
    let application = applications::find_for(cx, id, Permission::PublicityManage)?;
    if_match.check(application.version)?;
    let situation = situation(cx, application)?;
    let application = &situation.row;
    if !situation.state.step(application.stage).is_some_and(|step| step.publicity) {
        return Err(Problem::new(Code::StageConflict).state(application.stage).into());
    }
    if situation.relation.applicant {
        return Err(Code::SelfReview.into());
    }
    if !situation.relation.in_turn {
        return Err(Code::OutOfTurn.into());
    }
    let kind = PublicityKind::Employer;
    let period = judged(cx, &situation.cycle, kind, from, to)?;
    if let Some(current) = store::find_current(cx.conn, application.id, kind)? {
        let rule = &situation.cycle.definition.employer_publicity.objections;
        let newest = newest_of(cx, &current, application, &situation.cycle)?;
        let facts = record::guard_facts(newest, &record::count_of_kind(cx.conn, application.id, kind)?, rule);
        rules::replaceable(newest, facts, rule).map_err(|code| Problem::new(code).state(state_of(&current, cx.now)))?;
        if !store::set_superseded(cx.conn, &current)? {
            return Err(Error::Changed);
        }
    }
    let row = put_up(cx, application, &situation.cycle, kind, period)?;
    applications::touch(cx, application)?;
    let body = json!({ "publicity_id": row.id, "from_date": row.from_date, "to_date": row.to_date });
    let clause = situation.cycle.definition.employer_publicity.clause.as_str();
    notices::insert(cx, application.applicant_id, Some(application.id), "publicity.open", Some(clause), &body)?;
    Ok(row)
}

/// Puts up the notice of a result from `from` on, for as many working days as the cycle asks for (2.4, R7). The application is moved by the caller.
pub fn open_result(cx: &mut Cx<'_>, application: &ApplicationRow, cycle: &Cycle, from: NaiveDate) -> Result<PublicityRow, Error> {
    let period = judged(cx, cycle, PublicityKind::Result, from, None)?;
    put_up(cx, application, cycle, PublicityKind::Result, period)
}

fn judged(cx: &Cx<'_>, cycle: &Cycle, kind: PublicityKind, from: NaiveDate, to: Option<NaiveDate>) -> Result<Period, Error> {
    let definition = &cycle.definition;
    let rule = rule_of(definition, kind);
    let today = definition.local_date(cx.now.to_utc());
    let words = definition.clause_words(&rule.clause);
    rules::period(rule, words, &cycle.calendar, from, to, today).map_err(|findings| refused(findings).into())
}

/// One kind of finding: its own code; several: the general one.
fn refused(findings: Vec<Finding>) -> Problem {
    let code = findings.first().and_then(|first| Code::find(&first.code)).filter(|_| findings.len() == 1);
    Problem::new(code.unwrap_or(Code::InvalidBody)).findings(findings)
}

fn put_up(
    cx: &mut Cx<'_>,
    application: &ApplicationRow,
    cycle: &Cycle,
    kind: PublicityKind,
    period: Period,
) -> Result<PublicityRow, Error> {
    let definition = &cycle.definition;
    let person = accounts::find_account(cx, application.applicant_id).map_err(Problem::from)?;
    let employer = match application.employer_id {
        Some(id) => Some(accounts::find_organisation(cx, id).map_err(Problem::from)?.name),
        None => None,
    };
    let row = PublicityRow {
        id: PublicityId::new(&*cx.app.ids, cx.now),
        application_id: application.id,
        kind,
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
        working_days: i32::try_from(period.working_days).unwrap_or(i32::MAX),
        opened_by: cx.principal.account,
        opened_at: cx.now,
        posted_from: None,
        posted_to: None,
        posted_place: None,
        posted_by: None,
        posted_at: None,
        version: 1,
    };
    store::insert_publicity(cx.conn, &row).map_err(|error| match error {
        // Another came first: the index of the table holds it to one.
        db::Error::Unique(_) => Error::from(Code::AlreadyExists),
        other => other.into(),
    })?;
    cx.record(Act {
        action: "publicity.open",
        object_kind: "publicity",
        object_id: row.id.to_string(),
        clause: Some(&rule_of(definition, kind).clause),
        detail: json!({ "application": row.application_id, "kind": kind, "from": row.from_date, "to": row.to_date, "working_days": row.working_days }),
    })?;
    Ok(row)
}

/// What there is to know of the notice that counts.
fn newest_of(cx: &mut Cx<'_>, current: &PublicityRow, application: &ApplicationRow, cycle: &Cycle) -> Result<Newest, Error> {
    let subject = application.subject(&cycle.definition);
    Ok(record::newest(cx.conn, current, &subject, cx.now, |conn| applications::profile_of(conn, application.id))?)
}

/// A notice as those see it who may read the application.
#[derive(Debug)]
pub struct Seen {
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
pub fn list_of_application(cx: &mut Cx<'_>, id: ApplicationId) -> Result<(ApplicationRow, Vec<Seen>), Error> {
    let application = applications::find_for(cx, id, Permission::ApplicationRead)?;
    let rows = store::list_publicities(cx.conn, id)?;
    let seen = rows.into_iter().map(|row| see(cx, &application, row)).collect::<Result<_, _>>()?;
    Ok((application, seen))
}

/// One notice about an application.
pub fn find_of_application(
    cx: &mut Cx<'_>,
    application_id: ApplicationId,
    id: PublicityId,
) -> Result<(ApplicationRow, Seen), Error> {
    let application = applications::find_for(cx, application_id, Permission::ApplicationRead)?;
    let row = store::find_publicity(cx.conn, id)?.filter(|row| row.application_id == application_id).ok_or(Error::NotFound)?;
    let seen = see(cx, &application, row)?;
    Ok((application, seen))
}

fn see(cx: &mut Cx<'_>, application: &ApplicationRow, row: PublicityRow) -> Result<Seen, Error> {
    let cycle = cycles::find_version(cx, &row.cycle_id, row.cycle_version)?;
    let outdated = row.status == PublicityStatus::Current && newest_of(cx, &row, application, &cycle)?.outdated;
    let in_time = if row.kind == PublicityKind::Employer {
        let windows = cycle.windows(&cycles::extensions_for(cx, &row.cycle_id, application.applicant_id)?);
        Some(application.committee_submissions > 0 || row.ends_at < windows.application.over)
    } else {
        None
    };
    let mut objections = store::count_objections(cx.conn, application.id)?;
    objections.retain(|(id, _, _)| *id == row.id);
    Ok(Seen { row, cycle, outdated, in_time, objections })
}

/// The notices that run now, with the definition of each: what anybody may see.
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

/// A notice that runs now; what has not begun or is over is not there.
pub fn find_running(cx: &mut Cx<'_>, id: PublicityId) -> Result<(PublicityRow, std::sync::Arc<Cycle>), Error> {
    let row = store::find_publicity(cx.conn, id)?
        .filter(|row| state_of(row, cx.now) == PublicityState::Running)
        .ok_or(Error::NotFound)?;
    let cycle = cycles::find_version(cx, &row.cycle_id, row.cycle_version)?;
    Ok((row, cycle))
}

/// Notes that the employer has put up the result in its own house too (2.4). The application does not wait for it.
pub fn confirm_posting(
    cx: &mut Cx<'_>,
    id: PublicityId,
    if_match: IfMatch,
    from: NaiveDate,
    to: NaiveDate,
    place: Option<&str>,
) -> Result<(ApplicationRow, Seen), Error> {
    let row = store::find_publicity(cx.conn, id)?.ok_or(Error::NotFound)?;
    let application = applications::find_for(cx, row.application_id, Permission::PublicityManage)?;
    if_match.check(row.version)?;
    let cycle = cycles::find_version(cx, &row.cycle_id, row.cycle_version)?;
    let rule = rule_of(&cycle.definition, row.kind);
    if !rule.employer_confirms || row.status != PublicityStatus::Current {
        return Err(Problem::new(Code::Conflict).state(state_of(&row, cx.now)).into());
    }
    if Some(application.applicant_id) == cx.principal.account {
        return Err(Code::SelfReview.into());
    }
    let mut findings = Vec::new();
    if from > cycle.definition.local_date(cx.now.to_utc()) {
        findings.push(Finding::field(
            "/from_date",
            Code::InvalidField.as_str(),
            crate::problem::Text::new("只能确认已经开始的张贴", "only a posting that has begun is confirmed"),
        ));
    }
    let words = cycle.definition.clause_words(&rule.clause);
    findings.extend(rules::counted(rule, words, &cycle.calendar, from, Some(to)).err());
    if !findings.is_empty() {
        return Err(refused(findings).into());
    }
    let posting = Posting { from, to, place, by: cx.principal.account };
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

/// What somebody objects.
pub struct NewObjection {
    /// What.
    pub text: String,
    /// Who, if they say so.
    pub name: Option<String>,
    /// How to reach them, if they say so.
    pub contact: Option<String>,
}

/// An objection as its receipt shows it.
#[derive(Debug)]
pub struct Receipt {
    /// The number, known to nobody but who raised it.
    pub number: String,
    /// The objection.
    pub row: ObjectionRow,
}

/// Takes an objection to a notice that runs. Gives its receipt, which is told once.
pub fn raise(cx: &mut Cx<'_>, publicity: PublicityId, new: &NewObjection) -> Result<Receipt, Error> {
    let notice = store::find_publicity(cx.conn, publicity)?.ok_or(Error::NotFound)?;
    match state_of(&notice, cx.now) {
        PublicityState::Running => {}
        // Nobody outside knows of it before its first day.
        PublicityState::Upcoming => return Err(Error::NotFound),
        state => return Err(Problem::new(Code::PublicityClosed).state(state).into()),
    }
    let number = BASE32_NOPAD.encode(&keys::random_bytes::<20>());
    let id = ObjectionId::new(&*cx.app.ids, cx.now);
    let ring = &cx.app.keys;
    let seal = |column: &str, text: &str| {
        ring.seal(&field_aad("objections", id.as_str(), column), text).map_err(|error| Problem::internal(&error))
    };
    let row = ObjectionRow {
        id,
        publicity_id: notice.id,
        application_id: notice.application_id,
        receipt_index: ring.blind_index("objections.receipt", &number),
        name_sealed: new.name.as_deref().map(|name| seal("name", name)).transpose()?,
        contact_sealed: new.contact.as_deref().map(|contact| seal("contact", contact)).transpose()?,
        text_sealed: seal("text", &new.text)?,
        raised_at: cx.now,
        status: ObjectionStatus::Open,
        reason: None,
        decided_by: None,
        decided_at: None,
    };
    store::insert_objection(cx.conn, &row)?;
    let application = applications::find_any(cx, notice.application_id)?;
    applications::touch(cx, &application)?;
    cx.record(Act {
        action: "objection.raise",
        object_kind: "objection",
        object_id: id.to_string(),
        clause: None,
        detail: json!({ "publicity": notice.id, "kind": notice.kind }),
    })?;
    Ok(Receipt { number, row })
}

/// What became of an objection, for the holder of its receipt.
pub fn find_receipt(cx: &mut Cx<'_>, number: &str) -> Result<Receipt, Error> {
    let number = number.to_ascii_uppercase();
    let index = cx.app.keys.blind_index("objections.receipt", &number);
    let row = store::find_objection_by_receipt(cx.conn, &index)?.ok_or(Error::NotFound)?;
    Ok(Receipt { number, row })
}

/// Who looks into objections to a kind of notice: the employer to its own, the committee office to those of a result. Nobody does about themselves.
fn responsible(principal: &Principal, application: &ApplicationRow, kind: PublicityKind) -> bool {
    let (role, organisation) = match kind {
        PublicityKind::Employer => (Role::EmployerClerk, application.employer_id),
        PublicityKind::Result => (Role::CommitteeOffice, application.committee_id),
    };
    principal.account != Some(application.applicant_id)
        && principal
            .grants
            .iter()
            .any(|grant| grant.role == role && grant.organisation.is_some() && grant.organisation == organisation)
}

/// The office of the committee sees, without deciding, what was objected to an employer's notice. An employer sees nothing of the other.
fn sees(principal: &Principal, application: &ApplicationRow, kind: PublicityKind) -> bool {
    responsible(principal, application, kind) || responsible(principal, application, PublicityKind::Result)
}

/// An objection as those see it who look into it.
#[derive(Debug)]
pub struct SeenObjection {
    /// Its row.
    pub row: ObjectionRow,
    /// Kind of the notice it was raised to.
    pub kind: PublicityKind,
    /// What is objected.
    pub text: String,
    /// Who raised it; only for who decides it, and only if they said so.
    pub name: Option<String>,
    /// How to reach them; only for who decides it, and only if they said so.
    pub contact: Option<String>,
}

/// Objections about an application that the principal may see, in the order in which they were raised.
pub fn list_objections(
    cx: &mut Cx<'_>,
    id: ApplicationId,
    status: Option<ObjectionStatus>,
    after: Option<ObjectionId>,
    limit: i64,
) -> Result<Vec<SeenObjection>, Error> {
    let application = applications::find_for(cx, id, Permission::ObjectionResolve)?;
    if Some(application.applicant_id) == cx.principal.account {
        return Err(Error::NotFound);
    }
    let mut shown = store::list_publicities(cx.conn, id)?;
    shown.retain(|row| sees(cx.principal, &application, row.kind));
    let ids: Vec<PublicityId> = shown.iter().map(|row| row.id).collect();
    let rows = store::list_objections(cx.conn, id, &ids, status, after, limit)?;
    rows.into_iter()
        .map(|row| {
            let kind =
                shown.iter().find(|notice| notice.id == row.publicity_id).map_or(PublicityKind::Employer, |notice| notice.kind);
            let open = |column: &str, sealed: &str| {
                cx.app
                    .keys
                    .open(&field_aad("objections", row.id.as_str(), column), sealed)
                    .map_err(|error| Problem::internal(&error))
            };
            let named = responsible(cx.principal, &application, kind);
            let text = open("text", &row.text_sealed)?;
            let name = row.name_sealed.as_deref().filter(|_| named).map(|sealed| open("name", sealed)).transpose()?;
            let contact = row.contact_sealed.as_deref().filter(|_| named).map(|sealed| open("contact", sealed)).transpose()?;
            Ok(SeenObjection { row, kind, text, name, contact })
        })
        .collect()
}

/// Decides an objection, once, and tells the applicant.
pub fn decide(cx: &mut Cx<'_>, id: ObjectionId, upheld: bool, reason: &str) -> Result<(ObjectionRow, PublicityKind), Error> {
    let row = store::find_objection(cx.conn, id)?.ok_or(Error::NotFound)?;
    let application = applications::find_for(cx, row.application_id, Permission::ObjectionResolve)?;
    let notice = store::find_publicity(cx.conn, row.publicity_id)?.ok_or(Error::NotFound)?;
    if Some(application.applicant_id) == cx.principal.account {
        return Err(Code::SelfReview.into());
    }
    if !responsible(cx.principal, &application, notice.kind) {
        return Err(if sees(cx.principal, &application, notice.kind) { Code::Forbidden.into() } else { Error::NotFound });
    }
    let status = if upheld { ObjectionStatus::Upheld } else { ObjectionStatus::Rejected };
    if !store::set_decided(cx.conn, id, status, reason, cx.principal.account, cx.now)? {
        let decided = store::find_objection(cx.conn, id)?.ok_or(Error::NotFound)?;
        return Err(Problem::new(Code::ObjectionDecided).state(decided.status).into());
    }
    applications::touch(cx, &application)?;
    let cycle = cycles::find_version(cx, &notice.cycle_id, notice.cycle_version)?;
    let clause = rule_of(&cycle.definition, notice.kind).objections.clause.as_str();
    cx.record(Act {
        action: "objection.decide",
        object_kind: "objection",
        object_id: id.to_string(),
        clause: Some(clause),
        detail: json!({ "publicity": notice.id, "kind": notice.kind, "status": status }),
    })?;
    let body = json!({ "publicity_id": notice.id, "kind": notice.kind, "status": status });
    notices::insert(cx, application.applicant_id, Some(application.id), "objection.decide", Some(clause), &body)?;
    let row = store::find_objection(cx.conn, id)?.ok_or(Error::NotFound)?;
    Ok((row, notice.kind))
}
