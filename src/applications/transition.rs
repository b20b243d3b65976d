//! The only writer of a stage: one guarded UPDATE with its history, record, event and notice, and the effects of other slices.

use super::error::Error;
use super::facts::{Situation, employer_facts};
use super::record::{ApplicationRow, StepDetail, StepRow};
use super::store::{self, Moved, TakenOver};
use super::turn::{Reviewer, turn_at, turns_of};
use crate::accounts;
use crate::authz::{Grant, Principal};
use crate::context::{Act, Cx, Part};
use crate::cycles::service as cycles;
use crate::db::{self, Json};
use crate::records::{certificates, evidence, notices, orders, publicity, sanctions};
use serde_json::json;
use title_review_core::checks::EmployerFacts;
use title_review_core::clock::Instant;
use title_review_core::cycles::definition::WindowName;
use title_review_core::ids::StepId;
use title_review_core::vocabulary::{Action, Role, Stage};
use title_review_core::workflow::{self, Decision, Effect};

/// What the actor says with an act.
#[derive(Debug, Default)]
pub struct Note {
    /// Opinion, in the actor's words.
    pub opinion: Option<String>,
    /// Checklist, grounds, evidence.
    pub detail: StepDetail,
    /// The role in which it is done; null for the system.
    pub role: Option<Role>,
    /// The instant from which the act counts, when that is not now: a lapse counts from its deadline.
    pub at: Option<Instant>,
}

/// Moves the application as decided. Gives its row after the move and the id of the step.
pub fn apply(
    cx: &mut Cx<'_>,
    situation: &Situation,
    action: Action,
    decision: &Decision,
    note: Note,
) -> Result<(ApplicationRow, StepId), Error> {
    let row = &situation.row;
    let clause = situation.cycle.definition.own_clause(decision.clause);
    let correction_due = if decision.effects.contains(&Effect::SetCorrectionDue) {
        Some(situation.cycle.correction_due(cx.now, &situation.extensions)?)
    } else {
        row.correction_due
    };
    let mut after = situation.state.after(decision, correction_due);
    // Where the cycle asks no fee of the level there is nothing to wait for (4.6).
    after.paid |= decision.effects.contains(&Effect::CreateOrder) && situation.cycle.definition.fee(row.level) == Some(0);
    let at = note.at.unwrap_or(cx.now);
    let definition = &situation.cycle.definition;
    let step_after = decision.step.and_then(|id| row.chain_step(definition, id));
    let elsewhere = (decision.to, decision.step) != (row.stage, row.step);
    // What is recalled is a draft as if it had never been submitted: it follows its cycle and its employer again. So does a draft that comes back.
    let first = action == Action::Submit && row.submitted_at.is_none();
    let comes_back = action == Action::Recall || (row.stage != Stage::Draft && row.submitted_at.is_none());
    let follows_again = comes_back && decision.to == Stage::Draft;
    // Facts of the employer count as at the first submission, and those of another one as at the transfer to it.
    let takes_over = first || action == Action::Transfer;
    let cycle_now = if follows_again { cycles::find_published(cx, &row.cycle_id)? } else { None };
    let windows = cycle_now.as_ref().map(|cycle| cycle.windows(&situation.extensions));
    let employer = match row.employer_id.filter(|_| takes_over) {
        Some(id) => {
            let taken_over_on = Some(definition.local_date(cx.now.to_utc()));
            Some(Json(EmployerFacts { taken_over_on, ..employer_facts(&accounts::find_organisation(cx, id)?) }))
        }
        None => None,
    };
    let reaches_committee = decision.effects.contains(&Effect::CountCommitteeSubmission);
    let windows = windows.as_ref().unwrap_or(&situation.facts.windows);
    let moved = Moved {
        stage: decision.to,
        step: decision.step,
        turn: step_after.and_then(|step| turn_at(row, step)),
        // Withdrawn or not recommended before the committee saw it: the year is free again. Later it is not, or withdrawing would buy new submissions (4.2.1b).
        live: !matches!(decision.to, Stage::Withdrawn | Stage::NotRecommended) || after.reached_committee(),
        returned_by: after.returned_by,
        committee_submissions: i32::try_from(after.committee_submissions).unwrap_or(i32::MAX),
        correction_due: after.correction_due,
        uncounted_since: if decision.effects.contains(&Effect::WaiveCount) {
            Some(at)
        } else {
            row.uncounted_since.filter(|_| after.uncounted)
        },
        short_return_at: if note.detail.short_time.is_some() { Some(at) } else { row.short_return_at },
        paid: after.paid,
        lapse_at: workflow::next_lapse_at(&after, windows),
        decide_by: (decision.to == Stage::FormalReview).then(|| windows.end_of(WindowName::FormalReview)),
        submitted_at: if follows_again { None } else { row.submitted_at.or(first.then_some(cx.now)) },
        reached_committee_at: row
            .reached_committee_at
            .filter(|_| after.reached_committee())
            .or(reaches_committee.then_some(cx.now)),
        stage_since: if elsewhere { at } else { row.stage_since },
        arrival: after.arrival,
        came_actor: if elsewhere { note.role.and(cx.principal.account) } else { row.came_actor },
        cycle_version: cycle_now.map_or(row.cycle_version, |cycle| cycle.version),
        taken_over: (takes_over || follows_again).then_some(TakenOver { employer }),
    };
    cx.changes_also(&[Part::Application(row.id)]);
    if (moved.live, moved.submitted_at) != (row.live, row.submitted_at) {
        cx.changes_also(&[Part::Person(row.applicant_id)]);
    }
    let written = store::set_stage(cx.conn, row, &moved, cx.now).map_err(|error| match error {
        // Meanwhile another application took the place of the year (4.1d).
        db::Error::Unique(_) => Error::year_taken(definition),
        other => other.into(),
    })?;
    if !written {
        return Err(Error::Changed);
    }
    let moved_row = moved.applied_to(row, cx.now);
    if let Some(lapse_at) = moved.lapse_at {
        super::expiry::watch(cx, lapse_at)?;
    }
    if decision.to.has_ended() {
        publicity::take_down(cx.conn, row.id, cx.now)?;
    }
    let grant = note.role.and_then(|role| grant_for(cx.principal, situation, action, role));
    let step = StepRow {
        id: StepId::new(&*cx.app.ids, cx.now),
        application_id: row.id,
        seq: store::next_step_seq(cx.conn, row.id)?,
        at,
        action,
        from_stage: row.stage,
        from_step: row.step,
        to_stage: decision.to,
        to_step: decision.step,
        actor_id: note.role.and(cx.principal.account),
        actor_role: note.role,
        organisation_id: grant.and_then(|grant| grant.organisation),
        clause: clause.to_owned(),
        opinion: note.opinion,
        detail: Json(note.detail),
    };
    store::insert_step(cx.conn, &step)?;
    cx.record(Act {
        action: &format!("application.{action}"),
        object_kind: "application",
        object_id: row.id.to_string(),
        clause: Some(clause),
        detail: json!({
            "from": row.stage, "from_step": row.step, "to": decision.to, "to_step": decision.step, "step": step.id, "at": at,
        }),
    })?;
    let subject = moved_row.subject(&situation.cycle.definition);
    for effect in &decision.effects {
        match effect {
            // On the row itself, written above.
            Effect::CountCommitteeSubmission
            | Effect::UncountCommitteeSubmission
            | Effect::RecordReturn
            | Effect::SetCorrectionDue
            | Effect::WaiveCount
            | Effect::ClearReturn
            | Effect::MarkPaid
            | Effect::MarkUnpaid => {}
            Effect::LeaveEmployer => {
                publicity::withdraw_all(cx.conn, row.id)?;
                let brought = situation.cycle.definition.evidence.iter().filter(|rule| rule.from_employer);
                let categories: Vec<&str> = brought.map(|rule| rule.id.as_str()).collect();
                evidence::take_out(cx.conn, row.id, &categories, cx.principal.account, cx.now)?;
                cx.changes_also(&[Part::Evidence(row.id)]);
            }
            Effect::NotifyApplicant => notify(cx, &moved_row, action, clause)?,
            Effect::CreateOrder => orders::open_order(cx, &subject)?,
            Effect::CloseOrder => orders::close_order(cx, &subject, clause)?,
            Effect::ReopenOrder => orders::reopen_order(cx, &subject, clause)?,
            Effect::IssueCertificate => {
                let holder = accounts::find_account(cx, moved_row.applicant_id)?;
                certificates::issue_certificate(cx, &subject, holder.name)?;
            }
            Effect::RevokeCertificate => certificates::revoke_certificate(cx, &subject, clause)?,
            Effect::BarApplicant => sanctions::bar_applicant(cx, &subject)?,
        }
    }
    Ok((moved_row, step.id))
}

/// The grant by which the principal acts in a role: that of the organisation whose turn it is, or whose decision is taken back, where they hold the role in
/// several; the first otherwise.
fn grant_for<'a>(principal: &'a Principal, situation: &Situation, action: Action, role: Role) -> Option<&'a Grant> {
    let (row, definition) = (&situation.row, &situation.cycle.definition);
    let step = if action == Action::TakeBack { row.step_before(definition) } else { row.present_step(definition) };
    let reviewers = [step.and_then(|step| Reviewer::at(row, step)), Reviewer::of_employer(row), Reviewer::of_committee(row)];
    let turn = reviewers.into_iter().flatten().find(|reviewer| reviewer.role == role).map(|reviewer| reviewer.turn);
    let of_role = || principal.grants.iter().filter(|grant| grant.role == role);
    of_role().find(|grant| turns_of(grant).any(|own| Some(own) == turn)).or_else(|| of_role().next())
}

/// Tells the applicant what happened, in the transaction in which it happened.
fn notify(cx: &mut Cx<'_>, row: &ApplicationRow, action: Action, clause: &str) -> Result<(), Error> {
    let body = json!({ "action": action, "stage": row.stage, "step": row.step, "correction_due": row.correction_due });
    notices::insert(cx, row.applicant_id, Some(row.id), &format!("application.{action}"), Some(clause), &body)?;
    Ok(())
}
