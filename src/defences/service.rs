//! Use cases on defences.

use super::error::Error;
use crate::applications::{self, ApplicationRow, Note};
use crate::authz::Permission;
use crate::context::Version;
use crate::context::{Act, Cx, Part};
use crate::cycles::service::{self as cycles, Cycle};
use crate::records::defences::{DefenceRow, DefenceStage, store};
use crate::records::notices;
use serde_json::json;
use std::sync::Arc;
use title_review_core::clock::Instant;
use title_review_core::ids::ApplicationId;
use title_review_core::vocabulary::{Action, Role, Stage};

/// A defence as the principal may see it.
pub struct DefenceView {
    /// The application.
    pub row: ApplicationRow,
    /// Where it stands.
    pub state: DefenceStage,
    /// Its row, once it is scheduled or settled.
    pub defence: Option<DefenceRow>,
    /// Score and note are for the committee's office and the supervisors alone.
    pub with_score: bool,
}

/// The defence of an application that the principal may read.
pub fn find(cx: &mut Cx<'_>, id: ApplicationId) -> Result<DefenceView, Error> {
    let row = applications::service::find(cx, id)?;
    let cycle = cycles::find_version(cx, &row.cycle_id, row.cycle_version)?;
    let defence = store::find_defence(cx.conn, row.id)?;
    let state = match &defence {
        Some(defence) => defence.state,
        None if cycle.definition.defence_required(row.level) => DefenceStage::Open,
        None => DefenceStage::NotRequired,
    };
    let with_score = match applications::service::find_for(cx, id, Permission::MeetingRead) {
        Ok(_) => true,
        Err(applications::Error::NotFound) => false,
        Err(error) => return Err(error.into()),
    };
    Ok(DefenceView { row, state, defence, with_score })
}

/// An application whose defence the principal may record, in the version that was read; its level has to defend.
fn defending(cx: &mut Cx<'_>, id: ApplicationId, read: Version) -> Result<(ApplicationRow, Arc<Cycle>), Error> {
    let row = applications::service::find_for(cx, id, Permission::DefenceRecord)?;
    read.check(row.version)?;
    let cycle = cycles::find_version(cx, &row.cycle_id, row.cycle_version)?;
    if !cycle.definition.defence_required(row.level) {
        return Err(Error::NotRequired);
    }
    Ok((row, cycle))
}

/// Says when and where the defence is held, and tells the applicant. Another time or place may be set until it is held.
pub fn schedule(cx: &mut Cx<'_>, id: ApplicationId, read: Version, at: Instant, place: &str) -> Result<DefenceView, Error> {
    cx.changes_only(&[Part::Evidence(id)]);
    let (row, cycle) = defending(cx, id, read)?;
    let mut situation = applications::situation(cx, row)?;
    // Scheduling moves nothing, but it is for whoever may record the defence now. One whose end is on record says so below.
    situation.facts.defence_owed = true;
    situation.decide(Action::RecordDefence, None)?;
    if at <= cx.now {
        return Err(Error::Past);
    }
    let row = &situation.row;
    match store::find_defence(cx.conn, row.id)? {
        None => {
            let defence = DefenceRow {
                application_id: row.id,
                state: DefenceStage::Scheduled,
                scheduled_at: Some(at),
                place: Some(place.to_owned()),
                score: None,
                note: None,
                ground: None,
                approver: None,
                recorded_by: None,
                recorded_at: None,
            };
            store::insert_defence(cx.conn, &defence)?;
        }
        Some(known) => {
            if !store::set_schedule(cx.conn, row.id, at, place)? {
                return Err(Error::Settled(known.state));
            }
        }
    }
    applications::service::bump_version(cx, row)?;
    let clause = cycle.definition.defence.clause.as_str();
    cx.record(Act {
        action: "defence.schedule",
        object_kind: "application",
        object_id: row.id.to_string(),
        clause: Some(clause),
        detail: json!({ "at": at, "place": place }),
    })?;
    notices::insert(cx, row.applicant_id, Some(row.id), "defence.schedule", Some(clause), &json!({ "at": at, "place": place }))?;
    find(cx, id)
}

/// How a defence ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// Held.
    Held {
        /// Score out of 100.
        score: i32,
        /// What the committee noted.
        note: Option<String>,
    },
    /// Exempted.
    Exempted {
        /// Ground, of the cycle's list.
        ground: String,
        /// Who approved it.
        approver: String,
        /// What else is to be said.
        note: Option<String>,
    },
}

/// Records how the defence ended. With everything else complete the application is ready for its meeting.
pub fn record(cx: &mut Cx<'_>, id: ApplicationId, read: Version, ending: Ending) -> Result<DefenceView, Error> {
    cx.changes_only(&[Part::Evidence(id)]);
    let (row, cycle) = defending(cx, id, read)?;
    if row.stage != Stage::Accepted {
        // Told first: a defence that is not there to be recorded has nothing else to say.
        applications::situation(cx, row.clone())?.decide(Action::RecordDefence, None)?;
    }
    let known = store::find_defence(cx.conn, row.id)?;
    if let Some(known) = known.as_ref().filter(|known| known.state.is_settled()) {
        return Err(Error::Settled(known.state));
    }
    let recorded_by = cx.principal.account.ok_or(Error::Anonymous)?;
    let (scheduled_at, place) = known.as_ref().map_or((None, None), |known| (known.scheduled_at, known.place.clone()));
    let mut ended = DefenceRow {
        application_id: row.id,
        state: DefenceStage::Held,
        scheduled_at,
        place,
        score: None,
        note: None,
        ground: None,
        approver: None,
        recorded_by: Some(recorded_by),
        recorded_at: Some(cx.now),
    };
    match ending {
        Ending::Held { score, note } => {
            if scheduled_at.is_none_or(|at| cx.now < at) {
                return Err(Error::NotHeldYet);
            }
            (ended.score, ended.note) = (Some(score), note);
        }
        Ending::Exempted { ground, approver, note } => {
            let rule = &cycle.definition.defence;
            if !rule.exemptions.iter().any(|exemption| exemption.id == ground) {
                return Err(Error::UnknownGround {
                    known: rule.exemptions.iter().map(|exemption| exemption.id.clone()).collect(),
                    clause: rule.clause.clone(),
                });
            }
            ended.state = DefenceStage::Exempted;
            (ended.ground, ended.approver, ended.note) = (Some(ground), Some(approver), note);
        }
    }
    if known.is_none() {
        store::insert_defence(cx.conn, &ended)?;
    } else if !store::set_ended(cx.conn, &ended)? {
        return Err(Error::Settled(ended.state));
    }
    // Judged with the ending written. A refusal undoes it.
    let mut situation = applications::situation(cx, row)?;
    situation.facts.defence_owed = true;
    let decision = situation.decide(Action::RecordDefence, None)?;
    let note = Note { role: Some(Role::CommitteeOffice), ..Note::default() };
    applications::apply(cx, &situation, Action::RecordDefence, &decision, note)?;
    find(cx, id)
}
