//! A reviewer's decision.

use super::view::Application;
use super::write_application;
use crate::applications::record::{ChecklistAnswer, CorrectionKind};
use crate::applications::service::{self, NewCorrection, Ruling};
use crate::authz::perm;
use crate::http::{Allowed, Answer, Body, IfMatch, Outcome, Path, Routes, routes};
use serde::{Deserialize, Serialize};
use title_review_core::ids::ApplicationId;
use title_review_core::vocabulary::{Action, wire_enum};
use utoipa::ToSchema;
use validator::Validate;

wire_enum! {
    /// What a reviewer can rule.
    DecisionAction {
        Approve = "approve", "审核通过", "approve and send on";
        Return = "return", "退回修改", "return with corrections";
        NotRecommend = "not_recommend", "不予推荐", "not recommend; before the committee";
        FindIneligible = "find_ineligible", "认定不符合条件", "find ineligible; the committee's office";
    }
}

impl From<DecisionAction> for Action {
    fn from(action: DecisionAction) -> Self {
        match action {
            DecisionAction::Approve => Self::Approve,
            DecisionAction::Return => Self::Return,
            DecisionAction::NotRecommend => Self::NotRecommend,
            DecisionAction::FindIneligible => Self::FindIneligible,
        }
    }
}

/// A correction to ask for.
#[derive(Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct CorrectionCreate {
    /// Field or evidence it is about, a JSON pointer.
    #[validate(length(min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200, example = "/profile/study_records/0")]
    pub pointer: String,
    /// Clause of the notice.
    #[validate(length(min = 1, max = 20))]
    #[schema(min_length = 1, max_length = 20, example = "4.2.4a")]
    pub clause: String,
    /// What to correct.
    #[validate(length(min = 1, max = 1000))]
    #[schema(min_length = 1, max_length = 1000, example = "2021年专业课不足60学时，请补充证书")]
    pub detail: String,
    /// Why it is asked for now (R1); `new` when omitted.
    pub kind: Option<CorrectionKind>,
    /// Why it was not told earlier; for `told_late`.
    #[validate(length(max = 1000))]
    #[schema(max_length = 1000)]
    pub why_late: Option<String>,
}

/// A decision.
#[derive(Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct DecisionCreate {
    /// Approve, return, not recommend, find ineligible.
    pub action: DecisionAction,
    /// A clear opinion (4.3b). For an employer's approval the sentence of 4.4b, word for word.
    #[validate(length(max = 2000))]
    #[schema(max_length = 2000)]
    pub opinion: Option<String>,
    /// Answers to the checklist of 4.3a; for an approval each item has to be in order.
    #[serde(default)]
    #[validate(length(max = 100), nested)]
    #[schema(max_items = 100)]
    pub checklist: Vec<ChecklistAnswer>,
    /// What is to be corrected, all of it at once (R1); for a return.
    #[serde(default)]
    #[validate(length(max = 200), nested)]
    #[schema(max_items = 200)]
    pub corrections: Vec<CorrectionCreate>,
    /// Clauses that are not met, of those by which the rules ask; for a refusal to recommend and a finding of ineligibility.
    #[serde(default)]
    #[validate(length(max = 100))]
    #[schema(max_items = 100)]
    pub grounds: Vec<String>,
    /// Evidence categories whose signature and seal were seen (4.2.6); an employer's approval names each that asks for them.
    #[serde(default)]
    #[validate(length(max = 100))]
    #[schema(max_items = 100)]
    pub sealed_documents: Vec<String>,
    /// A return that leaves less time to correct than the notice gives is meant (4.2.1b).
    #[serde(default)]
    pub confirm_short: bool,
}

/// 审核 / Decide on an application
///
/// For the reviewer whose turn it is. The hashes of the evidence that was there are recorded with the decision.
#[utoipa::path(post, path = "/v1/applications/{application_id}/decisions", tag = "review",
    extensions(("x-problems" = json!(["stage_conflict", "out_of_turn", "self_review", "second_step_by_same_person", "window_closed", "review_window_closed",
        "rules_unmet", "opinion_missing", "checklist_incomplete", "fixed_sentence_missing", "corrections_missing", "correction_told_late",
        "correction_time_short", "seals_undeclared",
        "grounds_missing", "publicity_incomplete", "publicity_not_covering", "recommendation_missing", "objection_open", "objection_upheld"]))))]
pub async fn decide_application(
    call: Allowed<perm::ApplicationDecide>,
    id: Path<ApplicationId>,
    if_match: IfMatch,
    body: Body<DecisionCreate>,
) -> Outcome<Answer<Application>> {
    let body = body.value;
    let ruling = Ruling {
        action: body.action.into(),
        opinion: body.opinion,
        checklist: body.checklist,
        corrections: body
            .corrections
            .into_iter()
            .map(|one| NewCorrection {
                pointer: one.pointer,
                clause: one.clause,
                detail: one.detail,
                kind: one.kind.unwrap_or(CorrectionKind::New),
                why_late: one.why_late,
            })
            .collect(),
        grounds: body.grounds,
        sealed_documents: body.sealed_documents,
        confirm_short: body.confirm_short,
    };
    write_application(&call, move |cx| service::decide(cx, id.0, if_match.version(), ruling)).await
}

/// Why a decision is taken back.
#[derive(Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct DecisionReversalCreate {
    /// Why.
    #[validate(length(min = 1, max = 1000))]
    #[schema(min_length = 1, max_length = 1000, example = "点选有误")]
    pub reason: String,
}

/// 收回审核意见 / Take back one's own decision
///
/// An approval, a refusal to recommend or a finding of ineligibility, while nobody has done anything about the application since. It stands again
/// where it stood; both acts stay on record.
#[utoipa::path(post, path = "/v1/applications/{application_id}/decision-reversal", tag = "review",
    extensions(("x-problems" = json!(["stage_conflict", "out_of_turn", "acted_on_since", "window_closed", "review_window_closed", "one_application_per_year"]))))]
pub async fn take_back_decision(
    call: Allowed<perm::ApplicationDecide>,
    id: Path<ApplicationId>,
    if_match: IfMatch,
    body: Body<DecisionReversalCreate>,
) -> Outcome<Answer<Application>> {
    write_application(&call, move |cx| service::take_back(cx, id.0, if_match.version(), body.value.reason)).await
}

pub(super) fn routes(list: &mut Routes) {
    routes!(list; decide_application, take_back_decision);
}
