//! Submitting, resubmitting after a return, withdrawing.

use super::read::find_own;
use crate::applications::error::Error;
use crate::applications::facts::{Found, Situation, situation};
use crate::applications::record::{ApplicationRow, StepDetail};
use crate::applications::store;
use crate::applications::transition::{Note, apply};
use crate::context::Cx;
use crate::context::Version;
use title_review_core::findings::Finding;
use title_review_core::ids::{ApplicationId, CorrectionId};
use title_review_core::vocabulary::{Action, Role, Stage};
use title_review_core::workflow::Decision;

/// What the applicant says of one correction.
#[derive(Debug, Clone)]
pub struct CorrectionAnswer {
    /// Which correction.
    pub correction_id: CorrectionId,
    /// What was done about it.
    pub answer: String,
}

/// Submits a draft, or a returned application with an answer to each correction (2.1, 4.2.1b).
pub fn submit(cx: &mut Cx<'_>, id: ApplicationId, read: Version, answers: &[CorrectionAnswer]) -> Result<Found, Error> {
    cx.changes_only(&[]);
    let row = find_own(cx, id)?;
    read.check(row.version)?;
    if row.stage == Stage::NotAccepted {
        // Whoever comes again after the last submission is told the clause, not only the stage.
        return Err(Error::SubmissionsExhausted(row.stage));
    }
    let action = if row.stage == Stage::Returned { Action::Resubmit } else { Action::Submit };
    write_answers(cx, &row, answers)?;
    let found = if row.stage == Stage::Draft {
        let (row, basis) = super::draft::routed(cx, row)?;
        Found { basis, ..Found::from(row) }
    } else {
        Found::from(row)
    };
    let mut situation = situation(cx, found)?;
    let report = if situation.rules_matter() { Some(situation.ask_rules(cx)?) } else { None };
    let decision = situation.decide(action, report)?;
    let note = Note {
        detail: StepDetail { evidence: super::evidence_seen(cx, &mut situation)?, ..StepDetail::default() },
        role: Some(Role::Applicant),
        ..Note::default()
    };
    moved(cx, situation, action, &decision, note)
}

fn moved(cx: &mut Cx<'_>, situation: Situation, action: Action, decision: &Decision, note: Note) -> Result<Found, Error> {
    let (row, _) = apply(cx, &situation, action, decision, note)?;
    let mut basis = situation.basis;
    basis.note(&row);
    basis.keep(cx, &row);
    Ok(Found { basis, ..Found::from(row) })
}

/// Takes back a submission about which nobody has done anything: to the draft, or to the return that it answered. Files and signature stay.
pub fn recall(cx: &mut Cx<'_>, id: ApplicationId, read: Version, reason: Option<String>) -> Result<Found, Error> {
    undo(cx, id, read, Action::Recall, reason)
}

fn write_answers(cx: &mut Cx<'_>, row: &ApplicationRow, answers: &[CorrectionAnswer]) -> Result<(), Error> {
    let mut findings = Vec::new();
    for (index, answer) in answers.iter().enumerate() {
        if !store::set_answer(cx.conn, row.id, answer.correction_id, &answer.answer, cx.now)? {
            findings.push(Finding::invalid_field(
                format!("/answers/{index}/correction_id"),
                "本申报没有这条修改意见",
                "the application has no such correction",
            ));
        }
    }
    if findings.is_empty() { Ok(()) } else { Err(Error::Invalid(findings)) }
}

/// Withdraws an application before its meeting. Before it has reached the committee the year is free again, later it is not (docs/decisions/0007).
pub fn withdraw(cx: &mut Cx<'_>, id: ApplicationId, read: Version, reason: Option<String>) -> Result<Found, Error> {
    undo(cx, id, read, Action::Withdraw, reason)
}

/// An act of the applicant's own on their application as it stands.
fn undo(cx: &mut Cx<'_>, id: ApplicationId, read: Version, action: Action, reason: Option<String>) -> Result<Found, Error> {
    cx.changes_only(&[]);
    let row = find_own(cx, id)?;
    read.check(row.version)?;
    let situation = situation(cx, row)?;
    let decision = situation.decide(action, None)?;
    let note = Note { opinion: reason, role: Some(Role::Applicant), ..Note::default() };
    moved(cx, situation, action, &decision, note)
}
