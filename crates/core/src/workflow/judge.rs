//! How each guard is judged, and what its refusal says.

use chrono::SecondsFormat;

use super::chain::{ChainRecord, StepName};
use super::deadlines::{due_lapse, window_for};
use super::facts::{Facts, PublicityFacts, Relation};
use super::guards::Guard;
use super::refusal::Refusal;
use super::state::State;
use crate::clock::Instant;
use crate::cycles::deadlines::ShortCorrection;
use crate::cycles::definition::StepPlace;
use crate::vocabulary::{Action, Stage};

impl Guard {
    /// The refusal if the guard does not hold.
    pub(super) fn refusal(self, state: &State, action: Action, actor: Relation, facts: &Facts) -> Option<Refusal> {
        let windows = &facts.windows;
        let step = state.present_step();
        let publicity = facts.step_publicity.filter(|_| step.is_some_and(|step| step.publicity));
        let notice = if state.stage == Stage::Publicised { facts.result_publicity } else { publicity };
        let holds = match self {
            // Both are judged by `decide` before the guards of the row.
            Self::StageAllows | Self::ActorAllowed => true,
            Self::NotOwnApplication => !actor.applicant,
            Self::OneStepPerPerson => !actor.decided_another_step,
            Self::ApplicationWindowOpen => {
                // Taken back from the committee, it has reached it once less.
                let taken_back = action == Action::TakeBack && state.stage == Stage::FormalReview && !state.uncounted;
                state.committee_submissions > u32::from(taken_back) || windows.application.contains(facts.now)
            }
            Self::ReviewWindowOpen => windows.review.contains(facts.now),
            Self::CorrectionInTime => state.correction_due.is_none_or(|due| facts.now < due),
            Self::PaymentInTime => facts.now < windows.booking_end,
            Self::DeadlinePassed => due_lapse(state, facts.now, windows).is_some_and(|lapse| lapse.action == action),
            Self::DeadlineExtended => {
                let ended = state.arrival.is_some_and(|arrival| matches!(arrival.action, Action::Lapse | Action::RefuseAcceptance));
                ended && state.before().is_some_and(|before| due_lapse(&before, facts.now, windows).is_none())
            }
            Self::WindowAhead => state.before().is_some_and(|before| {
                window_for(before.stage, before.reached_committee()).is_none_or(|window| facts.now < windows.end_of(window))
            }),
            Self::ReinstatementProposed => facts.reinstatement.is_some(),
            Self::SecondPerson => facts.reinstatement != Some(false),
            Self::NothingSince => state.arrival.is_some_and(|arrival| {
                let undone = match action {
                    Action::Recall => matches!(arrival.action, Action::Submit | Action::Resubmit),
                    Action::TakeBack => {
                        matches!(arrival.action, Action::Approve | Action::NotRecommend | Action::FindIneligible)
                    }
                    _ => false,
                };
                undone && arrival.untouched
            }),
            Self::DossierComplete => facts.dossier_complete,
            Self::CommitmentSigned => facts.commitment_signed,
            Self::RulesMet => facts.blocking_rules == Some(0),
            Self::CorrectionsAnswered => facts.unanswered_corrections == Some(0),
            Self::SubmissionsLeft => !state.is_last_submission() || state.uncounted,
            Self::ChecklistAnswered => facts.checklist_answered || !step.is_some_and(|step| step.checklist),
            // Where the fixed sentence is required, it is the opinion of the approval.
            Self::OpinionGiven => {
                facts.opinion_given || (action == Action::Approve && step.is_some_and(|step| step.fixed_sentence))
            }
            Self::FixedSentence => facts.fixed_sentence || !step.is_some_and(|step| step.fixed_sentence),
            Self::CorrectionsNamed => facts.corrections_named,
            Self::CorrectionsNew => facts.corrections_late.as_ref().is_some_and(Vec::is_empty),
            // The last submission is not corrected any more.
            Self::ShortTimeConfirmed => {
                facts.correction_short.is_none() || facts.short_confirmed || state.ends_on_return(facts.told_late)
            }
            Self::SealsDeclared => {
                let by_employer = step.is_some_and(|step| step.place == StepPlace::Employer);
                !by_employer || facts.unsealed_documents.as_ref().is_some_and(Vec::is_empty)
            }
            Self::GroundsNamed => facts.grounds_named,
            Self::StepPublicityFinished => publicity.is_some_and(|p| p.finished) || !step.is_some_and(|step| step.publicity),
            Self::StepObjectionsDecided => publicity.is_none_or(|p| p.open_objections == 0),
            Self::StepObjectionsRejected => publicity.is_none_or(|p| p.upheld_objections == 0),
            Self::ChainPublicised => facts.chain.as_ref().is_some_and(|chain| chain.uncovered.is_empty()),
            Self::ChainObjectionsDecided => facts.chain.as_ref().is_none_or(|chain| chain.open_objections == 0),
            Self::ChainObjectionsRejected => facts.chain.as_ref().is_none_or(|chain| chain.upheld_objections == 0),
            Self::ChainApproved => facts.chain.as_ref().is_some_and(|chain| chain.unapproved.is_empty()),
            Self::OrderUnpaid => !state.paid,
            Self::OriginalsOwed => facts.originals_owed,
            Self::OriginalReceived => facts.original_received,
            Self::DefenceOwed => facts.defence_owed,
            Self::OrderPaid => state.paid,
            Self::MeetingAhead => facts.meeting_at.is_some_and(|at| facts.now < at),
            Self::QuorumPresent => facts.quorum_present,
            Self::TallyRecorded => facts.outcome.is_some(),
            Self::ResultPublicityFinished => facts.result_publicity.is_some_and(|p| p.finished),
            Self::ResultObjectionsDecided => facts.result_publicity.is_none_or(|p| p.open_objections == 0),
            Self::ResultObjectionsRejected => facts.result_publicity.is_none_or(|p| p.upheld_objections == 0),
            Self::ResultPosted => facts.result_publicity.is_none_or(|p| !p.posting_missing),
            Self::NoticeStands => notice.is_some(),
            Self::NoticeUndisputed => notice.is_none_or(|p| p.undecided_objections == 0),
            Self::NoticeUncontested => notice.is_none_or(|p| p.upheld_objections == 0),
            Self::DisqualificationGround => facts.fraud_decided || facts.objection_upheld(),
            Self::FraudDecided => facts.fraud_decided,
            Self::NoPublicityRuns => !facts.publicity_runs,
            Self::NoCorrectionPending => {
                state.stage != Stage::Returned || !state.reached_committee() || state.correction_due.is_none()
            }
            Self::EverSubmitted => facts.ever_submitted,
            Self::FraudDecidedOnce => !facts.fraud_decided_before,
        };
        (!holds).then(|| self.refuse(state, action, facts))
    }

    /// The refusal with the values for its sentences.
    pub(super) fn refuse(self, state: &State, action: Action, facts: &Facts) -> Refusal {
        let windows = &facts.windows;
        let count = |objections: fn(&PublicityFacts) -> u32, publicity: &Option<PublicityFacts>| {
            publicity.as_ref().map_or(0, objections).to_string()
        };
        let notice = if state.stage == Stage::Publicised { &facts.result_publicity } else { &facts.step_publicity };
        let args = match self {
            Self::StageAllows => vec![
                ("stage", state.stage.as_str().to_owned()),
                ("stage_zh", state.stage.zh().to_owned()),
                ("action", action.as_str().to_owned()),
                ("action_zh", action.zh().to_owned()),
            ],
            Self::ApplicationWindowOpen => {
                vec![("opens", in_beijing_time(windows.application.opens)), ("closes", in_beijing_time(windows.application.end))]
            }
            Self::ReviewWindowOpen => {
                vec![("opens", in_beijing_time(windows.review.opens)), ("closes", in_beijing_time(windows.review.end))]
            }
            Self::CorrectionInTime => vec![("due", state.correction_due.map_or_else(String::new, in_beijing_time))],
            Self::PaymentInTime => vec![("due", in_beijing_time(windows.payment_end))],
            Self::RulesMet => vec![("count", facts.blocking_rules.unwrap_or_default().to_string())],
            Self::CorrectionsAnswered => vec![("count", facts.unanswered_corrections.unwrap_or_default().to_string())],
            Self::SubmissionsLeft => vec![("max", state.max_committee_submissions.to_string())],
            Self::StepObjectionsDecided => vec![("count", count(|p| p.open_objections, &facts.step_publicity))],
            Self::StepObjectionsRejected => vec![("count", count(|p| p.upheld_objections, &facts.step_publicity))],
            Self::ResultObjectionsDecided => vec![("count", count(|p| p.open_objections, &facts.result_publicity))],
            Self::ResultObjectionsRejected => vec![("count", count(|p| p.upheld_objections, &facts.result_publicity))],
            Self::ChainPublicised => named(facts.chain.as_ref(), |chain| &chain.uncovered),
            Self::ChainApproved => named(facts.chain.as_ref(), |chain| &chain.unapproved),
            Self::ChainObjectionsDecided => {
                vec![("count", facts.chain.as_ref().map_or(0, |chain| chain.open_objections).to_string())]
            }
            Self::ChainObjectionsRejected => {
                vec![("count", facts.chain.as_ref().map_or(0, |chain| chain.upheld_objections).to_string())]
            }
            Self::NoticeUndisputed => vec![("count", count(|p| p.undecided_objections, notice))],
            Self::NoticeUncontested => vec![("count", count(|p| p.upheld_objections, notice))],
            Self::CorrectionsNew => vec![("places", facts.corrections_late.as_deref().unwrap_or_default().join(", "))],
            Self::ShortTimeConfirmed => {
                let short = facts.correction_short.unwrap_or(ShortCorrection { days: 0, of: 0 });
                vec![("days", short.days.to_string()), ("of", short.of.to_string())]
            }
            Self::SealsDeclared => {
                let documents = facts.unsealed_documents.as_deref().unwrap_or_default();
                let ids: Vec<_> = documents.iter().map(|document| document.id.as_str()).collect();
                let names: Vec<_> = documents.iter().map(|document| document.name.as_str()).collect();
                vec![("documents", ids.join(", ")), ("documents_zh", names.join("、"))]
            }
            Self::ActorAllowed
            | Self::NotOwnApplication
            | Self::OneStepPerPerson
            | Self::DeadlinePassed
            | Self::DeadlineExtended
            | Self::WindowAhead
            | Self::ReinstatementProposed
            | Self::SecondPerson
            | Self::NothingSince
            | Self::DossierComplete
            | Self::CommitmentSigned
            | Self::ChecklistAnswered
            | Self::OpinionGiven
            | Self::FixedSentence
            | Self::CorrectionsNamed
            | Self::GroundsNamed
            | Self::StepPublicityFinished
            | Self::OrderUnpaid
            | Self::OriginalsOwed
            | Self::OriginalReceived
            | Self::DefenceOwed
            | Self::OrderPaid
            | Self::MeetingAhead
            | Self::QuorumPresent
            | Self::TallyRecorded
            | Self::ResultPublicityFinished
            | Self::ResultPosted
            | Self::NoticeStands
            | Self::DisqualificationGround
            | Self::FraudDecided
            | Self::NoPublicityRuns
            | Self::NoCorrectionPending
            | Self::EverSubmitted
            | Self::FraudDecidedOnce => Vec::new(),
        };
        // What has ended says by which clause it did.
        let ended_by = match state.stage {
            Stage::Lapsed if state.reached_committee() => Some("2.3"),
            Stage::Lapsed => Some("2.1"),
            Stage::NotAccepted => Some("4.2.1b"),
            Stage::NotRecommended => Some("4.3b"),
            _ => None,
        };
        // The notice of a result has a clause of its own.
        let of_result = Some("R7").filter(|_| self.is_about_a_step_publicity() && state.stage == Stage::Publicised);
        let mechanism = of_result.or(self.text().clause).or(ended_by.filter(|_| self == Self::StageAllows));
        Refusal { guard: self, args, mechanism, own_clause: None }
    }
}

/// The names of steps.
fn named(chain: Option<&ChainRecord>, which: fn(&ChainRecord) -> &Vec<StepName>) -> Vec<(&'static str, String)> {
    let steps = chain.map(which).map_or(&[][..], Vec::as_slice);
    let zh: Vec<&str> = steps.iter().map(|step| step.zh.as_str()).collect();
    let en: Vec<&str> = steps.iter().map(|step| step.en.as_str()).collect();
    vec![("steps", en.join(", ")), ("steps_zh", zh.join("、"))]
}

/// An instant to the second in the zone of all deadlines.
fn in_beijing_time(instant: Instant) -> String {
    instant.in_shanghai().to_rfc3339_opts(SecondsFormat::Secs, false)
}
