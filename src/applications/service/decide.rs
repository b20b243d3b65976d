//! A reviewer's decision: approve, return with corrections, not recommend, find ineligible (4.3a, 4.3b, 4.2.1b, R1); and taking it back.

use super::read::find_for;
use crate::applications::error::Error;
use crate::applications::facts::{Found, Situation, situation};
use crate::applications::places::Content;
use crate::applications::record::{ChecklistAnswer, CorrectionKind, Dossier, ShortTime, StepDetail};
use crate::applications::store;
use crate::applications::transition::{Note, apply};
use crate::authz::Permission;
use crate::context::Cx;
use crate::context::Version;
use std::collections::HashSet;
use title_review_core::checks;
use title_review_core::cycles::CycleDefinition;
use title_review_core::cycles::deadlines::ShortCorrection;
use title_review_core::cycles::definition::StepPlace;
use title_review_core::findings::Finding;
use title_review_core::ids::{ApplicationId, CorrectionId};
use title_review_core::vocabulary::{Action, Stage};
use title_review_core::workflow::{Document, Effect, ToldLate};

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
    /// A return that leaves less time than the notice gives is meant (4.2.1b).
    pub confirm_short: bool,
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
    match ruling.action {
        Action::Return => note_return(cx, &mut situation, &ruling)?,
        Action::Approve => {
            situation.facts.unsealed_documents = Some(unsealed(cx, &mut situation, &ruling.sealed_documents)?);
            if situation.row.stage == Stage::FormalReview {
                situation.look_at_chain(cx)?;
            }
        }
        _ => {}
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
            next_uncounted: decision.effects.contains(&Effect::WaiveCount),
            short_time: situation
                .facts
                .correction_short
                .filter(|_| decision.to == Stage::Returned)
                .map(|ShortCorrection { days, of }| ShortTime { days, of }),
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
        let dossier = situation.basis.dossier(cx, row.id)?;
        store::insert_returned_dossier(cx.conn, row.id, step, &dossier)?;
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

/// R1: corrections are told once. The first return of a step may name anything. A later one names what was told before and is not corrected, what
/// changed since or could not be seen then, or says why it was not told earlier. Gives the places of those that do none of this.
fn untimely(corrections: &[NewCorrection], told: &HashSet<&str>, now: &Content, before: Option<&Content>) -> Vec<String> {
    let in_time = |correction: &NewCorrection| match correction.kind {
        CorrectionKind::New => {
            let pointer = correction.pointer.as_str();
            before.map_or_else(|| !told.contains(pointer), |before| now.changed_at(pointer, before))
        }
        CorrectionKind::Uncorrected => told.contains(correction.pointer.as_str()),
        CorrectionKind::ToldLate => correction.why_late.as_deref().is_some_and(|why| !why.trim().is_empty()),
    };
    corrections.iter().filter(|correction| !in_time(correction)).map(|correction| correction.pointer.clone()).collect()
}

/// Notes what a return tells late, and how much time it leaves.
fn note_return(cx: &mut Cx<'_>, situation: &mut Situation, ruling: &Ruling) -> Result<(), Error> {
    let (id, step) = (situation.row.id, situation.row.step);
    // A new employer, and who reviews above it, are not held to what was told before; the committee is the same (4.3c).
    let present = situation.row.present_step(&situation.cycle.definition);
    let since_transfer = present.is_some_and(|step| step.place != StepPlace::Committee);
    let returns = store::list_returns(cx.conn, id, step, since_transfer)?;
    situation.facts.corrections_late = Some(Vec::new());
    if let Some(last) = returns.last() {
        let asked = store::list_corrections(cx.conn, id)?;
        let of_step = |step| returns.iter().any(|row| row.step_id == step);
        let told = asked.iter().filter(|correction| of_step(correction.step_id)).map(|correction| correction.pointer.as_str());
        // Of a return that was written before dossiers were kept it is known only what it told.
        let before: Option<Dossier> = last.dossier.as_deref().and_then(|text| serde_json::from_str(text).ok());
        let before = before.map(|dossier| Content::of(&dossier, last.detail.0.evidence.clone()));
        let dossier = situation.basis.dossier(cx, id)?;
        let now = Content::of(&dossier, super::evidence_seen(cx, situation)?);
        situation.facts.corrections_late = Some(untimely(&ruling.corrections, &told.collect(), &now, before.as_ref()));
        let late = ruling.corrections.iter().filter(|correction| correction.kind == CorrectionKind::ToldLate).count();
        situation.facts.told_late = match late {
            0 => ToldLate::None,
            all if all == ruling.corrections.len() => ToldLate::All,
            _ => ToldLate::Some,
        };
    }
    if situation.row.stage == Stage::FormalReview {
        situation.facts.correction_short = situation.cycle.short_correction(cx.now, &situation.extensions)?;
        situation.facts.short_confirmed = ruling.confirm_short;
    }
    Ok(())
}

/// Documents of the dossier that ask for signature and seal, and are not among those of which they were seen (4.2.6).
fn unsealed(cx: &mut Cx<'_>, situation: &mut Situation, sealed: &[String]) -> Result<Vec<Document>, Error> {
    let seen = super::evidence_seen(cx, situation)?;
    let asked = situation.cycle.definition.evidence.iter().filter(|rule| rule.signed_and_sealed);
    Ok(asked
        .filter(|rule| seen.iter().any(|file| file.category == rule.id) && !sealed.contains(&rule.id))
        .map(|rule| Document { id: rule.id.clone(), name: rule.name.clone() })
        .collect())
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
    for (index, category) in ruling.sealed_documents.iter().enumerate() {
        if !definition.evidence.iter().any(|rule| rule.id == *category) {
            invalid(format!("/sealed_documents/{index}"), "不在材料清单之内", "not in the evidence list");
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
