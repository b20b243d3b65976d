//! A reviewer's decision: approve, return with corrections, not recommend, find ineligible (4.3a, 4.3b, 4.2.1b, R1); and taking it back.

use super::read::find_for;
use crate::applications::error::Error;
use crate::applications::facts::{Found, Situation, situation};
use crate::applications::record::{ChecklistAnswer, CorrectionKind, CorrectionRow, StepDetail};
use crate::applications::store;
use crate::applications::transition::{Note, apply};
use crate::authz::Permission;
use crate::context::Cx;
use crate::context::Version;
use std::collections::HashSet;
use title_review_core::checks;
use title_review_core::cycles::CycleDefinition;
use title_review_core::findings::Finding;
use title_review_core::ids::{ApplicationId, CorrectionId};
use title_review_core::vocabulary::Action;

/// What a reviewer rules.
#[derive(Debug, Clone)]
pub struct Ruling {
    /// Approve, return, not recommend or find ineligible.
    pub action: Action,
    /// Opinion; for an employer's approval the notice's sentence (4.4b).
    pub opinion: Option<String>,
    /// Answers to the checklist.
    pub checklist: Vec<ChecklistAnswer>,
    /// What is to be corrected; for a return.
    pub corrections: Vec<NewCorrection>,
    /// Clauses that are not met; for a refusal to recommend or a finding of ineligibility.
    pub grounds: Vec<String>,
    /// Documents whose signature and seal were seen (4.2.6).
    pub sealed_documents: Vec<String>,
}

/// A correction to ask for.
#[derive(Debug, Clone)]
pub struct NewCorrection {
    /// Field or evidence it is about.
    pub pointer: String,
    /// Clause it rests on.
    pub clause: String,
    /// What to correct.
    pub detail: String,
    /// Why now.
    pub kind: CorrectionKind,
    /// Why not earlier.
    pub why_late: Option<String>,
}

/// Decides on an application whose turn it is.
pub fn decide(cx: &mut Cx<'_>, id: ApplicationId, read: Version, ruling: Ruling) -> Result<Found, Error> {
    cx.changes_only(&[]);
    let row = find_for(cx, id, Permission::ApplicationDecide)?;
    read.check(row.version)?;
    let mut situation = situation(cx, row)?;
    check_references(&situation.cycle.definition, &ruling)?;
    let definition = &situation.cycle.definition;
    let role = situation.row.present_step(definition).map(|step| step.place.role());

    let answered: HashSet<&str> = ruling.checklist.iter().map(|answer| answer.item.as_str()).collect();
    let positive = ruling.action != Action::Approve || ruling.checklist.iter().all(|answer| answer.ok);
    situation.facts.checklist_answered =
        positive && definition.checklist.items.iter().all(|item| answered.contains(item.id.as_str()));
    situation.facts.opinion_given = ruling.opinion.as_deref().is_some_and(|opinion| !opinion.trim().is_empty());
    situation.facts.fixed_sentence = ruling.opinion.as_deref().map(str::trim) == Some(definition.fixed_sentence.text.as_str());
    situation.facts.corrections_named = !ruling.corrections.is_empty();
    situation.facts.grounds_named = !ruling.grounds.is_empty();
    if !ruling.corrections.is_empty() {
        let earlier = store::list_corrections(cx.conn, situation.row.id)?;
        situation.facts.corrections_new = told_in_time(&ruling.corrections, &earlier);
    }

    let report = if situation.rules_matter() { Some(situation.ask_rules(cx)?) } else { None };
    check_grounds(&situation, report.as_ref(), &ruling.grounds)?;
    let decision = situation.decide(ruling.action, report)?;
    let note = Note {
        opinion: ruling.opinion,
        detail: StepDetail {
            checklist: ruling.checklist,
            grounds: ruling.grounds,
            evidence: super::evidence_seen(cx, &mut situation)?,
            sealed_documents: ruling.sealed_documents,
            note: None,
        },
        role,
        at: None,
    };
    let (row, step) = apply(cx, &situation, ruling.action, &decision, note)?;
    let rows: Vec<store::NewCorrection<'_>> = ruling
        .corrections
        .iter()
        .zip(1..)
        .map(|(correction, seq)| store::NewCorrection {
            id: CorrectionId::new(&*cx.app.ids, cx.now),
            step_id: step,
            seq,
            pointer: &correction.pointer,
            clause: &correction.clause,
            detail: &correction.detail,
            kind: correction.kind,
            why_late: correction.why_late.as_deref(),
        })
        .collect();
    if !rows.is_empty() {
        store::insert_corrections(cx.conn, row.id, &rows)?;
    }
    Ok(Found { basis: situation.basis, ..Found::from(row) })
}

/// Takes back one's own decision about which nobody has done anything since; the application stands where it stood.
pub fn take_back(cx: &mut Cx<'_>, id: ApplicationId, read: Version, reason: String) -> Result<Found, Error> {
    cx.changes_only(&[]);
    let row = find_for(cx, id, Permission::ApplicationDecide)?;
    read.check(row.version)?;
    let situation = situation(cx, row)?;
    let decision = situation.decide(Action::TakeBack, None)?;
    let step = situation.row.step_before(&situation.cycle.definition);
    let note = Note { opinion: Some(reason), role: step.map(|step| step.place.role()), ..Note::default() };
    let (row, _) = apply(cx, &situation, Action::TakeBack, &decision, note)?;
    Ok(Found { basis: situation.basis, ..Found::from(row) })
}

/// Grounds are clauses by which the rules were asked, or that of the step's publicity: no other clause stands against an application (4.3b).
fn check_grounds(situation: &Situation, report: Option<&checks::Report>, grounds: &[String]) -> Result<(), Error> {
    let definition = &situation.cycle.definition;
    let step = situation.row.present_step(definition);
    let publicity = step.and_then(|step| definition.publicity_of(step)).map(|rule| rule.clause.as_str());
    let of_rules = report.map_or(&[][..], |report| &report.results);
    let stands = |ground: &str| Some(ground) == publicity || of_rules.iter().any(|result| result.clause == ground);
    let findings: Vec<Finding> = grounds
        .iter()
        .enumerate()
        .filter(|(_, ground)| !stands(ground))
        .map(|(index, _)| {
            let clause = definition.own_clause("4.3b");
            Finding::invalid_field(
                format!("/grounds/{index}"),
                "此条款不是申报条件，不能作为理由",
                "no condition of applying: it cannot be a ground",
            )
            .clause(clause, Some(definition.clause_words(clause).to_owned()))
        })
        .collect();
    if findings.is_empty() { Ok(()) } else { Err(Error::Invalid(findings)) }
}

/// R1: corrections are told once. The first return may name anything. A later one names what was told before and is not corrected, what is new, or
/// says why it was not told earlier; `new` cannot be about a place of which an earlier return has spoken.
fn told_in_time(corrections: &[NewCorrection], earlier: &[CorrectionRow]) -> bool {
    if earlier.is_empty() {
        return true;
    }
    let told: HashSet<&str> = earlier.iter().map(|correction| correction.pointer.as_str()).collect();
    corrections.iter().all(|correction| match correction.kind {
        CorrectionKind::New => !told.contains(correction.pointer.as_str()),
        CorrectionKind::Uncorrected => told.contains(correction.pointer.as_str()),
        CorrectionKind::ToldLate => correction.why_late.as_deref().is_some_and(|why| !why.trim().is_empty()),
    })
}

/// Clauses and checklist items have to be the cycle's; corrections belong to returns, grounds to findings of ineligibility.
fn check_references(definition: &CycleDefinition, ruling: &Ruling) -> Result<(), Error> {
    let mut findings = Vec::new();
    let mut invalid = |pointer: String, zh: &str, en: &str| {
        findings.push(Finding::invalid_field(pointer, zh, en));
    };
    for (index, answer) in ruling.checklist.iter().enumerate() {
        if !definition.checklist.items.iter().any(|item| item.id == answer.item) {
            invalid(format!("/checklist/{index}/item"), "不在审核要点之内", "not an item of the checklist");
        }
    }
    for (index, correction) in ruling.corrections.iter().enumerate() {
        if definition.clause(&correction.clause).is_none() {
            invalid(format!("/corrections/{index}/clause"), "通知中没有此条款", "the notice has no such clause");
        }
    }
    for (index, clause) in ruling.grounds.iter().enumerate() {
        if definition.clause(clause).is_none() {
            invalid(format!("/grounds/{index}"), "通知中没有此条款", "the notice has no such clause");
        }
    }
    if ruling.action != Action::Return && !ruling.corrections.is_empty() {
        invalid("/corrections".to_owned(), "仅退回时可列修改意见", "only a return names corrections");
    }
    if !matches!(ruling.action, Action::FindIneligible | Action::NotRecommend) && !ruling.grounds.is_empty() {
        invalid(
            "/grounds".to_owned(),
            "仅不予推荐、认定不符合条件时可列条款",
            "only a refusal to recommend or a finding of ineligibility names clauses",
        );
    }
    if findings.is_empty() { Ok(()) } else { Err(Error::Invalid(findings)) }
}
