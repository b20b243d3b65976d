//! Drafting: a new application, its edits, the commitment.

use crate::accounts;
use crate::applications::basis::{Basis, person_facts};
use crate::applications::error::{BARRED, ChoiceFault, Error};
use crate::applications::facts::{Found, Situation, employer_facts, situation};
use crate::applications::record::{ApplicationRow, Dossier, Route};
use crate::applications::store::{self, DraftChange};
use crate::applications::turn::{self, RegionalKinds};
use crate::context::Version;
use crate::context::{Act, Cx, Part};
use crate::cycles::service::{self as cycles, Cycle};
use crate::db;
use crate::profiles;
use chrono::NaiveDate;
use serde_json::json;
use title_review_core::checks::{BarGround, BarSpan, EmployerFacts, RecordedBar};
use title_review_core::cycles::CycleDefinition;
use title_review_core::cycles::definition::{StepPlace, Way};
use title_review_core::findings::{Finding, Text};
use title_review_core::ids::{ApplicationId, OrganisationId};
use title_review_core::profiles::Profile;
use title_review_core::vocabulary::{Level, OrganisationStatus, Stage};
use title_review_core::workflow;

/// What an application is for.
#[derive(Debug, Clone)]
pub struct Filing {
    /// Track id.
    pub track: String,
    /// Specialty id.
    pub specialty: String,
    /// Level applied for.
    pub level: Level,
    /// Employer, or the agency in its place.
    pub employer_id: Option<OrganisationId>,
}

/// Files a draft with a snapshot of the profile. One per person and year (4.1d): the database decides.
pub fn create(cx: &mut Cx<'_>, cycle_id: &str, filing: &Filing) -> Result<Found, Error> {
    cx.changes_only(&[]);
    let account = cx.principal.account.ok_or(Error::Anonymous)?;
    let cycle = cycles::find_published(cx, cycle_id)?.ok_or(Error::CycleNotPublished)?;
    let definition = &cycle.definition;
    let windows = cycle.windows(&cycles::extensions_for(cx, &definition.id, account)?);
    if !windows.application.contains(cx.now) {
        return Err(Error::WindowClosed {
            opens: windows.application.opens,
            closes: definition.windows.application.closes.to_rfc3339(),
        });
    }
    let committee_id = Some(cycles::committee_of(cx, &definition.id)?.ok_or(Error::CommitteeMissing)?);
    let person = person_facts(cx, account)?;
    refuse_barred(&person.bars, definition, definition.local_date(cx.now.to_utc()))?;
    let profile = profiles::service::find(cx, account)?;
    let dossier = Dossier { profile: profile.body, profile_version: profile.version };
    let (series, route) = check_filing(cx, &cycle, filing, &dossier.profile)?;
    let row = ApplicationRow {
        id: ApplicationId::new(&*cx.app.ids, cx.now),
        applicant_id: account,
        cycle_id: definition.id.clone(),
        cycle_version: cycle.version,
        year: i32::from(definition.year),
        track: filing.track.clone(),
        series,
        specialty: filing.specialty.clone(),
        level: filing.level,
        stage: Stage::Draft,
        step: None,
        turn: None,
        live: true,
        employer_id: filing.employer_id,
        department_id: route.department_id,
        county: route.county,
        prefecture: route.prefecture,
        regional_kinds: route.regional_kinds,
        committee_id,
        returned_by: None,
        committee_submissions: 0,
        correction_due: None,
        uncounted_since: None,
        short_return_at: None,
        paid: false,
        lapse_at: Some(windows.application.end),
        commitment_at: None,
        submitted_at: None,
        reached_committee_at: None,
        stage_since: cx.now,
        came_by: None,
        came_from_stage: None,
        came_from_step: None,
        came_actor: None,
        untouched: true,
        version: 1,
        created_at: cx.now,
        updated_at: cx.now,
        employer_facts: None,
        decide_by: None,
        undecided_at: None,
    };
    cx.changes_also(&[Part::Application(row.id), Part::Person(account)]);
    store::insert_application(cx.conn, &row, &dossier).map_err(|error| match error {
        db::Error::Unique(_) => Error::year_taken(definition),
        other => other.into(),
    })?;
    crate::applications::expiry::watch(cx, windows.application.end)?;
    cx.record(Act {
        action: "application.create",
        object_kind: "application",
        object_id: row.id.to_string(),
        clause: Some("4.1a"),
        detail: json!({ "cycle": row.cycle_id, "cycle_version": row.cycle_version, "track": row.track, "specialty": row.specialty, "level": row.level }),
    })?;
    let mut basis = Basis::of_new(dossier, person);
    basis.note(&row);
    basis.keep(cx, &row);
    Ok(Found { basis, ..Found::from(row) })
}

/// Refuses somebody who is barred from the cycle, with the clause and the last year or day barred (1.1d, A3).
fn refuse_barred(bars: &[RecordedBar], cycle: &CycleDefinition, today: NaiveDate) -> Result<(), Error> {
    let findings: Vec<Finding> = bars
        .iter()
        .filter(|bar| bar.in_force(cycle.year, today))
        .map(|bar| {
            let clause = if bar.ground == BarGround::Fraud { &cycle.fraud.clause } else { &cycle.barred.recorded_bars.clause };
            let (zh, en) = match bar.span {
                BarSpan::Years { first, last } => (
                    format!("{first}至{last}年度不得申报"),
                    format!("barred for {first} to {last}; {last} is the last year barred"),
                ),
                BarSpan::Days { from, to: Some(to) } => (format!("{from}至{to}不得申报"), format!("barred from {from} to {to}")),
                BarSpan::Days { from, to: None } => (format!("自{from}起不得申报"), format!("barred from {from} on")),
            };
            let text = Text::new(format!("{}：{zh}", bar.ground.zh()), format!("{}: {en}", bar.ground.en()));
            Finding::whole(BARRED, text).clause(clause.clone(), Some(cycle.clause_words(clause).to_owned()))
        })
        .collect();
    if findings.is_empty() { Ok(()) } else { Err(Error::Barred(findings)) }
}

/// Checks the choice against the cycle and works out the way; every fault in one answer.
fn check_filing(cx: &mut Cx<'_>, cycle: &Cycle, filing: &Filing, profile: &Profile) -> Result<(String, Route), Error> {
    let definition = &cycle.definition;
    let mut faults = Vec::new();
    let words = |clause: &str| (clause.to_owned(), definition.clause_words(clause).to_owned());
    let track = definition.track(&filing.track);
    if track.is_none() {
        faults.push(ChoiceFault::UnknownTrack);
    }
    let specialty = definition.specialty(&filing.specialty);
    match specialty {
        None => faults.push(ChoiceFault::UnknownSpecialty),
        Some(found) if found.exam_replaces_review.contains(&filing.level) => {
            let (clause, words) = words(&found.exam_clause);
            faults.push(ChoiceFault::ExamReplacesReview { clause, words });
        }
        Some(_) if !definition.is_open(&filing.specialty, filing.level) => {
            let (clause, words) = words(definition.level_title(filing.level).map_or("3.1", |title| title.clause.as_str()));
            faults.push(ChoiceFault::LevelNotOpen { clause, words });
        }
        Some(_) => {}
    }
    let steps = track.map_or(&[][..], |track| &track.chain);
    let mut route = Route { department_id: None, county: None, prefecture: None, regional_kinds: RegionalKinds::of(steps.iter()) };
    if let (Some(track), Some(id)) = (track, filing.employer_id) {
        let reviewer = track.chain.first();
        let takes_part = |row: &accounts::OrganisationRow| {
            row.status == OrganisationStatus::Active && reviewer.is_some_and(|step| step.organisations.contains(&row.kind))
        };
        match accounts::find_organisation(cx, id) {
            Ok(row) if takes_part(&row) => {
                let county = county_of(definition, &employer_facts(&row), profile);
                let at_prefecture_seat = county == definition.region.code;
                let way = |has_department| Way { level: filing.level, has_department, at_prefecture_seat };
                let mut departments = track.chain.iter().filter(|step| step.place == StepPlace::Department);
                let department = departments.next();
                route.department_id = row.parent_id.filter(|_| department.is_some());
                // Nobody could decide at that step: it is said now, not when the application stands there.
                if let Some(step) = department.filter(|step| !step.left_out.applies(way(false)) && row.parent_id.is_none()) {
                    let (clause, words) = words(&step.clause);
                    faults.push(ChoiceFault::NoDepartment { clause, words });
                }
                route.prefecture = Some(prefecture_of(definition, &county));
                route.county = Some(county);
            }
            Ok(_) | Err(accounts::Error::NotFound) => faults.push(ChoiceFault::NotAnEmployer),
            Err(error) => return Err(error.into()),
        }
    }
    if faults.is_empty() {
        Ok((specialty.map(|found| found.series.clone()).unwrap_or_default(), route))
    } else {
        Err(Error::Choice(faults))
    }
}

/// The county whose service reviews: the employer's, or where an employer from outside has stationed the person (1.2c). The region's own code
/// where neither is a county of it: then the prefecture's service reviews alone.
fn county_of(definition: &CycleDefinition, employer: &EmployerFacts, profile: &Profile) -> String {
    let by_employer = profile.stationings.iter().filter(|stationing| employer.stations(stationing));
    let stationed = by_employer.max_by_key(|stationing| stationing.from).map(|stationing| stationing.region.as_str());
    [Some(employer.region.as_str()), stationed]
        .into_iter()
        .flatten()
        .find(|code| definition.in_region(code))
        .unwrap_or(&definition.region.code)
        .to_owned()
}

/// The prefecture that a county lies in: the cycle's region, or the county's own prefecture where the region is larger.
fn prefecture_of(definition: &CycleDefinition, county: &str) -> String {
    let region = &definition.region.code;
    if region.ends_with("0000") { turn::prefecture(county) } else { region.clone() }
}

/// The application with its way worked out anew from its employer and cycle as they are now: what the first submission takes over. Its choice has to fit
/// the cycle still.
pub(super) fn routed(cx: &mut Cx<'_>, row: ApplicationRow) -> Result<(ApplicationRow, Basis), Error> {
    let cycle = cycles::find_version(cx, &row.cycle_id, row.cycle_version)?;
    let mut basis = Basis::default();
    let dossier = basis.dossier(cx, row.id)?;
    let filing =
        Filing { track: row.track.clone(), specialty: row.specialty.clone(), level: row.level, employer_id: row.employer_id };
    let Route { department_id, county, prefecture, regional_kinds } = check_filing(cx, &cycle, &filing, &dossier.profile)?.1;
    Ok((ApplicationRow { department_id, county, prefecture, regional_kinds, ..row }, basis))
}

/// An application that its applicant may edit now, in the version that was read.
fn editable(cx: &mut Cx<'_>, id: ApplicationId, read: Version) -> Result<Situation, Error> {
    let row = super::read::find_own(cx, id)?;
    read.check(row.version)?;
    let situation = situation(cx, row)?;
    refuse_unless_open(&situation, situation.row.stage.is_with_applicant())?;
    Ok(situation)
}

/// Refuses unless the dossier is open at the stage and no deadline has ended the application.
pub(super) fn refuse_unless_open(situation: &Situation, is_open: bool) -> Result<(), Error> {
    let stage = situation.row.stage;
    if !is_open {
        return Err(Error::DossierClosed(stage));
    }
    match workflow::overdue(&situation.state, &situation.facts) {
        Some(refusal) => Err(situation.refused(vec![refusal], None)),
        None => Ok(()),
    }
}

/// After the first submission track, specialty, level and employer stay: the publicity and the recommendation spoke of them (4.3c, 4.4b). Every
/// fault in one answer.
fn refuse_frozen(row: &ApplicationRow, filing: &Filing, definition: &CycleDefinition) -> Result<(), Error> {
    if row.submitted_at.is_none() {
        return Ok(());
    }
    let changes = [
        ("/track", "申报方式", "the track", "4.1d", row.track != filing.track),
        ("/specialty", "申报专业", "the specialty", "4.3c", row.specialty != filing.specialty),
        ("/level", "申报级别", "the level", "4.3c", row.level != filing.level),
        ("/employer_id", "用人单位", "the employer", "4.3c", row.employer_id != filing.employer_id),
    ];
    let findings: Vec<Finding> = changes
        .into_iter()
        .filter(|(.., changed)| *changed)
        .map(|(pointer, zh, en, mechanism, _)| {
            let clause = definition.own_clause(mechanism);
            Finding::invalid_field(
                pointer,
                format!("提交后不能更改{zh}：公示和推荐意见以提交时为准"),
                format!("{en} stays as submitted: publicity and recommendation spoke of it"),
            )
            .clause(clause, Some(definition.clause_words(clause).to_owned()))
        })
        .collect();
    if findings.is_empty() { Ok(()) } else { Err(Error::Invalid(findings)) }
}

/// The way of an application as it was last worked out.
fn route_taken(row: &ApplicationRow) -> Route {
    Route {
        department_id: row.department_id,
        county: row.county.clone(),
        prefecture: row.prefecture.clone(),
        regional_kinds: row.regional_kinds.clone(),
    }
}

/// Replaces the choice and takes over the profile as it is now. A signed commitment spoke of the dossier before: it is to be signed again.
pub fn edit(cx: &mut Cx<'_>, id: ApplicationId, read: Version, filing: &Filing) -> Result<Found, Error> {
    cx.changes_only(&[]);
    let mut situation = editable(cx, id, read)?;
    situation.basis.person(cx, situation.row.applicant_id)?;
    let row = &situation.row;
    refuse_frozen(row, filing, &situation.cycle.definition)?;
    let profile = profiles::service::find(cx, row.applicant_id)?;
    let dossier = Dossier { profile: profile.body, profile_version: profile.version };
    // What the first submission or a transfer took over stays, whatever has become of the employer since.
    let (series, route) = match row.submitted_at {
        Some(_) => (row.series.clone(), route_taken(row)),
        None => check_filing(cx, &situation.cycle, filing, &dossier.profile)?,
    };
    let change = DraftChange {
        track: &filing.track,
        series: &series,
        specialty: &filing.specialty,
        level: filing.level,
        employer_id: filing.employer_id,
        department_id: route.department_id,
        county: route.county.as_deref(),
        prefecture: route.prefecture.as_deref(),
        regional_kinds: &route.regional_kinds,
        commitment_at: None,
        lapse_at: row.lapse_at,
        dossier: &dossier,
    };
    cx.changes_also(&[Part::Application(id), Part::Dossier(id), Part::Person(row.applicant_id)]);
    if !store::set_draft(cx.conn, row, &change, cx.now)? {
        return Err(Error::Changed);
    }
    let edited = change.applied_to(row, cx.now);
    cx.record(Act {
        action: "application.edit",
        object_kind: "application",
        object_id: id.to_string(),
        clause: Some("4.2.1a"),
        detail: json!({ "track": filing.track, "specialty": filing.specialty, "level": filing.level, "profile_version": dossier.profile_version }),
    })?;
    let mut basis = situation.basis.with_dossier(dossier);
    basis.note(&edited);
    basis.keep(cx, &edited);
    Ok(Found { basis, ..Found::from(edited) })
}

/// Signs the commitment for the dossier as it is (A3).
pub fn sign_commitment(cx: &mut Cx<'_>, id: ApplicationId, read: Version) -> Result<Found, Error> {
    cx.changes_only(&[Part::Application(id)]);
    let situation = editable(cx, id, read)?;
    if !store::set_commitment(cx.conn, &situation.row, cx.now)? {
        return Err(Error::Changed);
    }
    cx.record(Act {
        action: "application.sign_commitment",
        object_kind: "application",
        object_id: id.to_string(),
        clause: Some("A3"),
        detail: json!({ "version": situation.row.version + 1 }),
    })?;
    let Situation { row, basis, .. } = situation;
    let signed = ApplicationRow { commitment_at: Some(cx.now), version: row.version + 1, updated_at: cx.now, ..row };
    Ok(Found { basis, ..Found::from(signed) })
}
